"""Writes decisions into the project's configuration, so that the next run does the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import tomlkit

from celery2dramatiq.configuration import OWN, SHARED, TABLE
from celery2dramatiq.files import Change, Refused

if TYPE_CHECKING:
    from pathlib import Path

Decisions = Mapping[str, "str | tuple[str, ...]"]  # by key; those of a list are added


def store(root: Path, decisions: Decisions, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes with the decisions among them, as an edit of the configuration.

    It is the project's own file for it, or else pyproject.toml, or else a new file. Raises
    files.Refused where that cannot be edited.
    """
    others = {change.path: change for change in changes}
    if not decisions:
        return tuple(others.values())
    path = SHARED if not (root / OWN).exists() and (root / SHARED).exists() else OWN
    try:
        disk = (root / path).read_bytes() if (root / path).exists() else None
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    now = others[path].after if path in others else disk
    after = _edited(path, now or b"", decisions)
    if after != (now or b""):
        others[path] = Change(path, disk, after)
    return tuple(others[path] for path in sorted(others))


def _edited(path: str, data: bytes, decisions: Decisions) -> bytes:
    try:
        text = data.decode("utf-8")
        document = tomlkit.parse(text)
    except ValueError as error:  # of the decoder, or tomlkit's own
        raise Refused(f"{path} cannot be edited to store decisions: {error}") from error
    table = document
    for name in ("tool", TABLE) if path == SHARED else ():
        if name not in table:
            table[name] = tomlkit.table(is_super_table=name == "tool")
        table = table[name]
    for key, value in decisions.items():
        if isinstance(value, str):
            table[key] = value
        elif not set(value) <= set(table.get(key, ())):
            table[key] = sorted({*table.get(key, ()), *value})
    ends = "\r\n" if "\r\n" in text else "\n"
    return ends.join(tomlkit.dumps(document).replace("\r\n", "\n").split("\n")).encode()
