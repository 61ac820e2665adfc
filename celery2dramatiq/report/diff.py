"""Unified diffs that `git apply` takes, whatever the files' line ends."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from celery2dramatiq.files import Change

_LETTERS = dict(zip('"\\\a\b\t\n\v\f\r', '"\\abtnvfr', strict=True))


def patch(changes: Iterable[Change], root: Path) -> str:
    """Return the patch of all changes. Bytes that are no UTF-8 come as surrogates."""
    prefix = below_repository(root)
    return "".join(one(change, prefix) for change in changes)


def one(change: Change, prefix: str = "") -> str:
    """Return the patch of one file. prefix: goes before its path."""
    path = prefix + change.path
    old, new = _name("a", path), _name("b", path)
    head = f"diff --git {old} {new}\n"
    if change.before is None:
        head += "new file mode 100644\n"
    elif change.after is None:
        head += "deleted file mode 100644\n"
    lines = difflib.unified_diff(
        _lines(change.before),
        _lines(change.after),
        "/dev/null" if change.before is None else old + _end(old),
        "/dev/null" if change.after is None else new + _end(new),
    )
    return head + "".join(_ended(line) for line in lines)


def counts(change: Change) -> tuple[int, int]:
    """Return how many lines are added, and how many removed."""
    lines = list(difflib.unified_diff(_lines(change.before), _lines(change.after), n=0))[2:]
    return (
        sum(line.startswith("+") for line in lines),
        sum(line.startswith("-") for line in lines),
    )


def below_repository(root: Path) -> str:
    """Return the way from the top of the git repository, from which `git apply` reads paths."""
    for folder in _upwards(root):
        if os.path.lexists(folder / ".git"):
            below = root.relative_to(folder).as_posix()
            return "" if below == "." else f"{below}/"
    return ""


def _upwards(root: Path) -> Iterator[Path]:
    yield root
    yield from root.parents


def _lines(data: bytes | None) -> list[str]:
    """Split at line feeds only: a carriage return is part of its line, as for git."""
    text = (data or b"").decode("utf-8", "surrogateescape")
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()
    return lines if last == "\n" else [*lines, last.removesuffix("\n")]


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _name(side: str, path: str) -> str:
    """Return the name as git writes it: quoted where it has odd characters."""
    name = f"{side}/{path}"
    if name.isascii() and name.isprintable() and not set(name) & {'"', "\\"}:
        return name
    quoted = "".join(_escaped(byte) for byte in os.fsencode(name))
    return f'"{quoted}"'


def _end(name: str) -> str:
    """Return what git writes after a name with a space, so that it is clear where it ends."""
    return "\t" if " " in name and not name.startswith('"') else ""


def _escaped(byte: int) -> str:
    char = chr(byte)
    if char in _LETTERS:
        return f"\\{_LETTERS[char]}"
    return char if 32 <= byte < 127 else f"\\{byte:03o}"
