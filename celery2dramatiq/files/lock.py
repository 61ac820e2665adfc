"""One process at a time writes into a project."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from celery2dramatiq.files.change import Refused, reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "lock"
BUSY = "another celery2dramatiq is writing into this project right now"
# Each try loses to a holder that took its lock file along; that many do not come in a row.
TRIES = 20


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the lock in the state folder, creating the folder and leaving nothing behind.

    Raises Refused while another process holds it, or where the folder cannot be created.
    """
    try:
        descriptor = _acquire(state)
    except OSError as error:
        problem = f"{reason(error)}; the originals must be kept there while files are written"
        raise Refused(f"{problem}: set XDG_STATE_HOME to a folder that can be written") from error
    try:
        yield
    finally:
        with suppress(OSError):  # the folder stays where it still holds something
            (state / NAME).unlink()
            state.rmdir()
        with suppress(OSError):
            os.close(descriptor)


def busy(state: Path) -> bool:
    """Say whether a process holds the lock now, writing nothing."""
    try:
        descriptor = os.open(state / NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _flock(descriptor)
    finally:
        os.close(descriptor)


def _acquire(state: Path) -> int:
    for _ in range(TRIES):
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(state / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:  # the last holder removed the folder in between
            continue
        if not _flock(descriptor):
            os.close(descriptor)
            break
        if _is_at(descriptor, state / NAME):
            return descriptor
        os.close(descriptor)
    raise Refused(BUSY)


def _flock(descriptor: int) -> bool:
    """Take the lock; False while another process has it."""
    import fcntl  # not on Windows, where the rest of this package can be imported

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have no locks; then there is none
        return True
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Say whether the open file still has its name: the holder before removes it at the end."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
