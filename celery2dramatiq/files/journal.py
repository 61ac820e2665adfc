"""The state folder: the originals and the manifest of a write, kept outside the tree.

While the manifest is there, the write has not happened: whoever finds it puts the originals back.
Removing it is the commit.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery2dramatiq.files import disk
from celery2dramatiq.files.change import Refused, WriteFailed
from celery2dramatiq.files.disk import Attributes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANIFEST = "manifest.json"
ORIGINALS = "originals"
UNFINISHED = "manifest.new"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a write: where it is, its new content's digest, what it keeps.

    `after` is None for a deletion, `kept` for a new file. `temporary` stands beside `path`.
    """

    path: str
    temporary: str
    after: str | None
    kept: Attributes | None


@dataclass(frozen=True, slots=True)
class Journal:
    """A whole write: its files, and the folders it creates, parents first."""

    token: str
    entries: tuple[Entry, ...]
    folders: tuple[str, ...]


def digest(data: bytes | None) -> str | None:
    """Return what tells one content from another; None for no file."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def token() -> str:
    """Return a name that no other write has."""
    return secrets.token_hex(4)


def state_folder(root: Path) -> Path:
    """Return the root's folder below $XDG_STATE_HOME; raises Refused where there is no home."""
    given = os.environ.get("XDG_STATE_HOME", "")
    try:
        # The specification wants a relative path to be ignored.
        states = Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError as error:
        raise Refused(f"{error} Set XDG_STATE_HOME to a folder that can be written") from error
    name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]
    return states / "celery2dramatiq" / name


def pending(state: Path) -> bool:
    """Say whether a manifest is there."""
    return os.path.lexists(state / MANIFEST)


def remains(state: Path) -> bool:
    """Say whether an ended process left anything to put back or to remove."""
    return any(os.path.lexists(state / name) for name in (MANIFEST, ORIGINALS, UNFINISHED))


def save(state: Path, journal: Journal, originals: Mapping[str, bytes]) -> None:
    """Keep the originals, then the manifest; on the disk when it returns. Raises OSError."""
    clear(state)
    folders = {state.parent, state, state / ORIGINALS}
    for path, data in originals.items():
        place = original(state, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        disk.create(place, data)
        folders.update(each for each in place.parents if each.is_relative_to(state))
    disk.create(state / UNFINISHED, json.dumps(asdict(journal), indent=1).encode())
    disk.sync(folders)
    (state / UNFINISHED).replace(state / MANIFEST)
    disk.sync([state])


def load(state: Path) -> Journal:
    """Read the manifest. Raises WriteFailed for one that cannot be understood."""
    try:
        fields = json.loads((state / MANIFEST).read_bytes())
        entries = tuple(_entry(each) for each in fields["entries"])
        return Journal(fields["token"], entries, tuple(fields["folders"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"{state / MANIFEST} cannot be read ({error}), so nothing was put back"
        raise WriteFailed(f"{problem}; the originals are in {state / ORIGINALS}") from error


def original(state: Path, path: str) -> Path:
    """Return where a file's original is kept."""
    return state / ORIGINALS / path


def keep(state: Path, journal: Journal, paths: Sequence[str]) -> Path:
    """Copy originals to where no later write removes them; return that folder."""
    folder = state / f"kept-{journal.token}"
    for path in paths:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)  # from a process that was killed here
        disk.create(place, original(state, path).read_bytes())
    return folder


def close(state: Path) -> None:
    """Remove the manifest, which ends the write, then the originals."""
    (state / MANIFEST).unlink()
    # From here on the write is done. Were the removal lost with the power, the originals would be
    # needed, so they stay until it is known to be on the disk; the next write removes them.
    with suppress(OSError):
        disk.sync([state])
        clear(state)


def clear(state: Path) -> None:
    """Remove what is left of a write without a manifest."""
    with suppress(OSError):
        (state / UNFINISHED).unlink(missing_ok=True)
    shutil.rmtree(state / ORIGINALS, ignore_errors=True)


def _entry(fields: Mapping[str, Any]) -> Entry:
    kept = fields["kept"]
    return Entry(
        fields["path"],
        fields["temporary"],
        fields["after"],
        None if kept is None else Attributes(**kept),
    )
