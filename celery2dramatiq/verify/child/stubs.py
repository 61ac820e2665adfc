"""Brokers as the project makes them, with their options and middleware, that reach no server."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

from .events import Events
from .failure import is_ours


class Seen:
    """What the project did with Dramatiq so far. fallback: the broker that nobody has asked for."""

    def __init__(self) -> None:
        self.brokers: list[Any] = []
        self.fallback: Any = None
        self.fallback_place: tuple[str, int] | None = None

    @property
    def count(self) -> int:
        """Return how many actors there are."""
        return sum(len(broker.actors) for broker in self.brokers)


def install(note: Events) -> Seen:
    """Have every broker noted, and none of them send anything."""
    import dramatiq
    import dramatiq.broker as module

    seen = Seen()
    _watch_brokers(module.Broker, seen)
    _silence(module.Broker, note)
    _watch_set_broker(dramatiq, module, seen)
    return seen


def _watch_brokers(kind: Any, seen: Seen) -> None:
    make = kind.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        seen.brokers.append(self)
        make(self, *args, **kwargs)

    kind.__init__ = noted


def _watch_set_broker(dramatiq: Any, module: Any, seen: Seen) -> None:
    """Note which broker Dramatiq makes by itself, in `get_broker()`."""
    original = module.set_broker

    def set_broker(broker: Any) -> None:
        caller = sys._getframe(1)
        if caller.f_code is module.get_broker.__code__:
            seen.fallback, seen.fallback_place = broker, user_place(caller)
        original(broker)

    module.set_broker = dramatiq.set_broker = set_broker


def _silence(kind: Any, note: Events) -> None:
    """Replace what reaches a server, in every class of brokers that is or will be there."""

    def enqueue(self: Any, message: Any, **options: Any) -> Any:  # noqa: ARG001 - as Dramatiq's
        place = user_place(sys._getframe(1))
        note("sent", actor=str(message.actor_name), place=place)
        return message

    def silence(cls: Any) -> None:
        if "enqueue" in cls.__dict__:
            cls.enqueue = enqueue
        # Dramatiq's own brokers declare a queue without a server; dramatiq_sqs 0.2 does not.
        if "declare_queue" in cls.__dict__ and not cls.__module__.startswith("dramatiq."):
            cls.declare_queue = declare_queue

    def every(cls: Any, **options: Any) -> None:
        super(kind, cls).__init_subclass__(**options)
        silence(cls)

    kind.__init_subclass__ = classmethod(every)  # type: ignore[arg-type]
    for cls in (kind, *kind.__subclasses__()):
        silence(cls)


def declare_queue(self: Any, queue_name: str, **options: Any) -> None:  # noqa: ARG001
    """Declare a queue as Dramatiq's brokers do, without asking a server."""
    declared = self.__dict__.setdefault("_declared_in_verify", set())
    if queue_name not in declared:
        self.emit_before("declare_queue", queue_name)
        declared.add(queue_name)
        self.emit_after("declare_queue", queue_name)


def user_place(frame: FrameType | None) -> tuple[str, int] | None:
    """Return file and line of the inmost frame that is neither Dramatiq's nor ours."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.split(".")[0] != "dramatiq" and not is_ours(frame.f_code.co_filename):
            return os.path.abspath(frame.f_code.co_filename), frame.f_lineno  # noqa: PTH100
        frame = frame.f_back
    return None
