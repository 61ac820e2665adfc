"""Unified diffs that `git apply` takes, whatever the files' line ends."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from celery2dramatiq.files import Change


def patch(changes: Iterable[Change]) -> str:
    """Return the patch of all changes. Bytes that are no UTF-8 come as surrogates."""
    return "".join(one(change) for change in changes)


def one(change: Change) -> str:
    """Return the patch of one file."""
    before, after = _lines(change.before), _lines(change.after)
    old = "/dev/null" if change.before is None else _name("a", change.path)
    new = "/dev/null" if change.after is None else _name("b", change.path)
    head = f"diff --git {_name('a', change.path)} {_name('b', change.path)}\n"
    if change.before is None:
        head += "new file mode 100644\n"
    if change.after is None:
        head += "deleted file mode 100644\n"
    lines = difflib.unified_diff(before, after, old, new, n=3, lineterm="\n")
    return head + "".join(_ended(line) for line in lines)


def counts(change: Change) -> tuple[int, int]:
    """Return how many lines are added, and how many removed."""
    lines = list(difflib.unified_diff(_lines(change.before), _lines(change.after), n=0))[2:]
    return (
        sum(line.startswith("+") for line in lines),
        sum(line.startswith("-") for line in lines),
    )


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
    if all(char.isprintable() and char not in '"\\' for char in name):
        return name
    quoted = "".join(_escaped(byte) for byte in name.encode("utf-8", "surrogateescape"))
    return f'"{quoted}"'


def _escaped(byte: int) -> str:
    char = chr(byte)
    if char in '"\\':
        return f"\\{char}"
    return char if 32 <= byte < 127 else f"\\{byte:03o}"
