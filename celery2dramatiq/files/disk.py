"""Reads and writes that are on the disk, not only on their way, when they return."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# File systems that have no such thing as syncing a folder say so with these.
NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP)


class NotRegular(OSError):
    """A folder, a link or something else stands where a file is expected."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a replaced file keeps."""

    mode: int
    uid: int
    gid: int


def attributes(path: Path) -> Attributes:
    """Read a file's mode and owner."""
    found = path.lstat()
    return Attributes(stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


def read(path: Path) -> bytes | None:
    """Read a regular file; None where there is none. Raises NotRegular for anything else."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(mode):
        raise NotRegular(errno.EINVAL, "not a regular file", str(path))
    return path.read_bytes()


def create(path: Path, data: bytes, kept: Attributes | None = None) -> None:
    """Write a file that does not exist yet, with the attributes it is to keep, and sync it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    # Nobody else may read a file that keeps its attributes before it has them.
    descriptor = os.open(path, flags, 0o600 if kept else 0o666)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        if kept:
            _keep(descriptor, kept)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync(folders: Iterable[Path]) -> None:
    """Sync the folders' lists of names, those that (still) exist."""
    for folder in sorted(set(folders)):
        with suppress(FileNotFoundError, NotADirectoryError):
            _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def _keep(descriptor: int, kept: Attributes) -> None:
    found = os.fstat(descriptor)
    if (found.st_uid, found.st_gid) != (kept.uid, kept.gid):
        os.fchown(descriptor, kept.uid, kept.gid)
    os.fchmod(descriptor, kept.mode)  # after the owner: changing that clears setuid
