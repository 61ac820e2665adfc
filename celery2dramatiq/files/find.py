"""Which files of a project may be looked at."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from celery2dramatiq.files.ignore import left_aside, patterns
from celery2dramatiq.files.listing import by_git, by_walk
from celery2dramatiq.files.source import is_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathspec import GitIgnoreSpec

MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", "manage.py")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A name in the tree that was not looked at, and why."""

    path: str
    reason: str
    mentions_celery: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Every regular file that may be looked at, relative to the root, and what may not.

    `ignored` counts the files and folders left aside by git's ignore rules or ours.
    """

    files: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    ignored: int


def find(root: Path, exclude: Sequence[str] = (), *, tracked: bool = False) -> Found:
    """List the project's files: those git knows or would add; without git, those not ignored.

    `exclude` holds more patterns in the syntax of `.gitignore`; raises ValueError where one is
    none. tracked: only those that git knows, where there is a repository. A link to a file inside
    the root stands for its target, which is listed once.
    """
    root = Path(os.path.realpath(root))
    excluded = patterns(exclude)
    listing = by_git(root, tracked=tracked)
    if not listing.names:
        listing = by_walk(root)
    files = set()
    aside = {name for name in listing.names if excluded.match_file(name)}
    reasons = dict(listing.skipped)
    for name in listing.names - aside:
        target, reason = _target(root, name)
        if reason:
            reasons[name] = reason
        elif target == name:
            files.add(name)
        elif target and _left_out(target, excluded):
            aside.add(name)
        elif target:
            files.add(target)
    skipped = (
        Skipped(name, reason, mentions_celery=False)
        for name, reason in sorted(reasons.items())
        if not excluded.match_file(name)
    )
    return Found(tuple(sorted(files)), tuple(skipped), len((listing.aside | aside) - files))


def project_root(start: Path) -> Path:
    """Return the nearest folder that holds a repository, else a project file, else `start`.

    A file stands for the folder it is in.
    """
    start = Path(os.path.realpath(start))
    folder = start if start.is_dir() else start.parent
    for names in ((".git",), MARKERS):
        for each in (folder, *folder.parents):
            if any(os.path.lexists(each / name) for name in names):
                return each
    return folder


def _left_out(target: str, excluded: GitIgnoreSpec) -> bool:
    return left_aside(target) is not None or excluded.match_file(target)


def _target(root: Path, name: str) -> tuple[str, str]:
    """Return the regular file that a name stands for, and the reason where there is none.

    Both are empty where nothing is missed: a tracked file that was deleted, a link to a folder.
    """
    full = root / name
    real = os.path.realpath(full)
    if not is_below(str(root), real):
        return "", "a link out of the project"
    try:
        mode = full.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "", "a broken link" if _is_link(full) else ""
    except OSError as error:
        # A file behind a closed folder is there: reading it says what is wrong.
        return ("", f"a link: {error.strerror}") if _is_link(full) else (name, "")
    if stat.S_ISREG(mode):
        return os.path.relpath(real, root) if real != str(full) else name, ""
    return "", "" if stat.S_ISDIR(mode) else _kind(mode)


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:
        return False


def _kind(mode: int) -> str:
    kinds = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
