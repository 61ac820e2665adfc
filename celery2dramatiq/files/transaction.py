"""Writing a set of files: all of them, or none.

The originals and a manifest go to a folder outside the tree and onto the disk. Then the new
contents are written beside their targets, and only then the targets are replaced, one after
another. Removing the manifest is the commit. Whatever happens before it, the originals come back:
at once, or after a power failure or kill -9 with the next `recover`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from celery2dramatiq.files import disk, interrupt, journal
from celery2dramatiq.files.change import Change, Refused, WriteFailed, counted, reason, some
from celery2dramatiq.files.journal import Entry, Journal
from celery2dramatiq.files.lock import BUSY, busy, locked
from celery2dramatiq.files.rollback import roll_back, sync_folders
from celery2dramatiq.files.target import Target, missing_folders, targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Change", "Refused", "WriteFailed", "drop_empty", "interrupted", "recover", "write",
]  # fmt: skip


def write(root: Path, changes: Sequence[Change], state: Path | None = None) -> None:
    """Make all the changes or none; `state` is the folder that keeps the originals meanwhile.

    Raises Refused where a change cannot be made, before anything is written, and WriteFailed where
    something broke later and was rolled back. An interruption is rolled back and goes on.
    """
    wanted = [change for change in changes if change.before != change.after]
    if not wanted:
        return
    root = Path(os.path.realpath(root))
    state = state or journal.state_folder(root)
    with locked(state), interrupt.raised():
        if journal.pending(state):
            raise Refused("an earlier write was interrupted and must be rolled back first")
        found = targets(root, wanted)
        saved = _plan(root, found)
        try:
            _write(root, state, saved, found)
        except OSError as error:
            with interrupt.ignored():
                raise _failure(root, state, saved, error) from error
        except BaseException:
            with interrupt.ignored():
                _give_up(root, state, saved)
            raise


def drop_empty(root: Path, changes: Iterable[Change]) -> None:
    """Remove the folders of deleted files in which nothing else lies."""
    for folder in {(root / one.path).parent for one in changes if one.after is None}:
        with suppress(OSError):  # something else lies in it
            folder.rmdir()


def interrupted(root: Path, state: Path | None = None) -> str | None:
    """Describe a write that has not ended; None where there is none. Writes nothing."""
    try:
        state = state or journal.state_folder(root)
    except Refused:
        return None
    if not journal.pending(state):
        return None
    if busy(state):
        return f"{BUSY}."
    try:
        paths = [entry.path for entry in journal.load(state).entries]
    except WriteFailed as error:
        return f"An earlier write was interrupted: {error}."
    files = f"{counted(len(paths))} ({some(paths, 3)})"
    return f"An earlier write of {files} was interrupted; the next apply rolls it back first."


def recover(root: Path, state: Path | None = None) -> str | None:
    """Roll an interrupted write back and say so; None where there was none.

    Raises Refused while another process writes, WriteFailed where an original cannot be put back.
    """
    root = Path(os.path.realpath(root))
    state = state or journal.state_folder(root)
    if not journal.remains(state):
        return None
    with locked(state):
        if not journal.pending(state):
            journal.clear(state)
            return None
        saved = journal.load(state)
        kept = roll_back(root, state, saved)
    done = f"An interrupted write of {counted(len(saved.entries))} was rolled back"
    return f"{done}; {kept}." if kept else f"{done}."


def _plan(root: Path, found: Sequence[Target]) -> Journal:
    token = journal.token()
    entries = (
        Entry(
            path=each.path,
            temporary=str(Path(each.path).with_name(f".celery2dramatiq-{token}-{number}")),
            after=journal.digest(each.change.after),
            kept=each.kept,
        )
        for number, each in enumerate(found)
    )
    new = [each.path for each in found if each.kept is None]
    return Journal(token, tuple(entries), missing_folders(root, new))


def _write(root: Path, state: Path, saved: Journal, found: Sequence[Target]) -> None:
    originals = {each.path: each.change.before for each in found}
    journal.save(state, saved, {path: old for path, old in originals.items() if old is not None})
    work = list(zip(saved.entries, (each.change for each in found), strict=True))
    for step in (_stage, _replace):
        for entry, change in work:
            with _naming(change.path):
                step(root, entry, change)
    sync_folders(root, saved)
    journal.close(state)


@contextmanager
def _naming(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        error.filename = path  # not the temporary file, which says nothing to the user
        raise


def _stage(root: Path, entry: Entry, change: Change) -> None:
    temporary = root / entry.temporary
    if change.after is not None:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        disk.create(temporary, change.after, entry.kept)


def _replace(root: Path, entry: Entry, change: Change) -> None:
    path = root / entry.path
    if disk.read(path) != change.before:
        raise OSError(0, "changed by someone else while it was being written")
    if change.after is None:
        path.unlink()
    else:
        (root / entry.temporary).replace(path)


def _failure(root: Path, state: Path, saved: Journal, error: OSError) -> Exception:
    """Roll back after a failure, and return what to raise."""
    if not journal.pending(state):  # the manifest was not written, so nothing was
        journal.clear(state)
        return Refused(f"the originals cannot be kept in {state}: {reason(error)}")
    try:
        kept = roll_back(root, state, saved)
    except WriteFailed as second:
        return WriteFailed(f"{reason(error)}; {second}")
    done = f"{reason(error)}; everything was rolled back"
    return WriteFailed(f"{done}; {kept}" if kept else done)


def _give_up(root: Path, state: Path, saved: Journal) -> None:
    """Roll back after an interruption, unless the write was committed already."""
    if journal.pending(state):
        roll_back(root, state, saved)
    else:
        journal.clear(state)
