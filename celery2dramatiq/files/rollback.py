"""Putting the originals of an unfinished write back."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from celery2dramatiq.files import disk, journal
from celery2dramatiq.files.change import WriteFailed, reason, some

if TYPE_CHECKING:
    from pathlib import Path

    from celery2dramatiq.files.journal import Entry, Journal


def roll_back(root: Path, state: Path, saved: Journal) -> str:
    """Put every original back, remove what was created, and end the write.

    What someone else changed in the meantime is left alone: the returned text names it, and where
    its original is; the text is empty otherwise. Raises WriteFailed where an original cannot be
    put back; then the manifest stays, for another try.
    """
    outcomes = [(entry, _outcome(root, state, entry)) for entry in saved.entries]
    problems = [
        f"{entry.path}: {end.strerror}" for entry, end in outcomes if isinstance(end, OSError)
    ]
    foreign = [entry for entry, end in outcomes if end is False]
    try:
        text = _kept(state, saved, foreign)
        if not problems:
            _end(root, state, saved)
    except OSError as error:
        problems.append(reason(error))
    if problems:
        where = journal.original(state, "")
        text = f"rolling back failed ({'; '.join(problems)}); the originals are in {where}"
        raise WriteFailed(f"{text}, and the next run of apply tries again")
    return text


def sync_folders(root: Path, saved: Journal) -> None:
    """Put the names that a write creates or replaces on the disk."""
    changed = [*(entry.path for entry in saved.entries), *saved.folders]
    disk.sync((root / path).parent for path in changed)


def _outcome(root: Path, state: Path, entry: Entry) -> bool | OSError:
    try:
        return _undo(root, state, entry)
    except OSError as error:
        return error


def _undo(root: Path, state: Path, entry: Entry) -> bool:
    """Bring one file back; False where it is neither as it was nor as the write left it."""
    path = root / entry.path
    if os.path.realpath(path.parent) != str(path.parent):  # a folder became a link
        return False
    temporary = root / entry.temporary
    with suppress(NotADirectoryError):
        temporary.unlink(missing_ok=True)
    try:
        found = disk.read(path)
    except disk.NotRegular:
        return False
    before = None if entry.kept is None else journal.original(state, entry.path).read_bytes()
    if found == before:
        return True
    if journal.digest(found) != entry.after:
        return False
    if before is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.create(temporary, before, entry.kept)
        temporary.replace(path)
    return True


def _kept(state: Path, saved: Journal, foreign: list[Entry]) -> str:
    if not foreign:
        return ""
    names = some([entry.path for entry in foreign], 10)
    text = f"changed by someone else in the meantime and left as found: {names}"
    originals = [entry.path for entry in foreign if entry.kept is not None]
    if not originals:
        return text
    return f"{text}; what was there before is in {journal.keep(state, saved, originals)}"


def _end(root: Path, state: Path, saved: Journal) -> None:
    for folder in reversed(saved.folders):
        with suppress(OSError):  # someone put something there, or it was never created
            (root / folder).rmdir()
    sync_folders(root, saved)
    journal.close(state)
