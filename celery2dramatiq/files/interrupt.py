"""Signals while files are written."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextmanager
def raised() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, where they would end the process at once."""
    ending = [each for each in (signal.SIGTERM, signal.SIGHUP) if _is_default(each)]
    with _handled(_raise, ending):
        yield


@contextmanager
def ignored() -> Iterator[None]:
    """Let a second Ctrl-C not stop what the first one started: putting everything back."""
    with _handled(_ignore, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]):
        yield


@contextmanager
def _handled(
    handler: Callable[[int, FrameType | None], None], signals: list[signal.Signals]
) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only that one gets signals
        yield
        return
    before = {each: signal.getsignal(each) for each in signals}
    try:
        for each in before:
            signal.signal(each, handler)
        yield
    finally:
        for each, old in before.items():
            signal.signal(each, old)


def _is_default(number: signal.Signals) -> bool:
    return signal.getsignal(number) is signal.SIG_DFL


def _raise(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's signature
    raise KeyboardInterrupt(signal.Signals(number).name)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing; unlike SIG_IGN, children do not inherit it."""
