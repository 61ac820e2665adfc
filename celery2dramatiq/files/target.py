"""What a change meets on the disk, looked at before anything is written."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from celery2dramatiq.files import disk
from celery2dramatiq.files.change import Change, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celery2dramatiq.files.disk import Attributes


@dataclass(frozen=True, slots=True)
class Target:
    """A change that can be made, and the file it is made to: relative to the root, no link."""

    path: str
    change: Change
    kept: Attributes | None


def targets(root: Path, changes: Sequence[Change]) -> tuple[Target, ...]:
    """Check every change against the disk. Raises Refused with one problem a change."""
    checked = [_target(root, change) for change in changes]
    problems = [each for each in checked if isinstance(each, str)]
    found = [each for each in checked if isinstance(each, Target)]
    times = Counter(each.path for each in found)
    problems += [f"{each.change.path}: changed twice" for each in found if times[each.path] > 1]
    if problems:
        raise Refused(*problems)
    return tuple(found)


def missing_folders(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """List the folders that have to be created for these paths, parents first."""
    folders = {str(folder) for path in paths for folder in PurePosixPath(path).parents}
    return tuple(sorted(each for each in folders if not os.path.lexists(root / each)))


def _target(root: Path, change: Change) -> Target | str:
    full = Path(os.path.realpath(root / change.path))
    if not full.is_relative_to(root) or full == root or ".." in PurePosixPath(change.path).parts:
        return f"{change.path}: outside the project"
    try:
        if change.after is None and (root / change.path).is_symlink():
            return f"{change.path}: a link, and only a file can be deleted"
        problem = _new_problem(root, change, full) or _problem(change, full)
        kept = None if change.before is None or problem else disk.attributes(full)
    except OSError as error:
        return f"{change.path}: {error.strerror}"
    if problem:
        return f"{change.path}: {problem}"
    return Target(full.relative_to(root).as_posix(), change, kept)


def _new_problem(root: Path, change: Change, full: Path) -> str:
    if change.before is not None:
        return ""
    if os.path.lexists(full) or os.path.lexists(root / change.path):
        return "exists already"
    folder = next(each for each in full.parents if os.path.lexists(each))
    if not folder.is_dir():
        return f"{folder.relative_to(root).as_posix()} is not a folder"
    return "" if _is_writable(folder) else "its folder is read-only"


def _problem(change: Change, full: Path) -> str:
    if change.before is None:
        return ""
    found = disk.read(full)
    if found is None:
        return "is gone"
    if found != change.before:
        return "changed since it was read"
    if not _is_writable(full):
        return "is read-only"
    return "" if _is_writable(full.parent) else "its folder is read-only"


def _is_writable(path: Path) -> bool:
    # Root may write anything, but a file without a write bit was meant to be left alone.
    return bool(path.stat().st_mode & 0o222) and os.access(path, os.W_OK)
