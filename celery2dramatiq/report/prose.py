"""Text in Markdown: our own, with `code` in it, and what comes from a stranger's tree."""

from __future__ import annotations

import re

from celery2dramatiq.visible import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$^=:@-])")
_CODE = re.compile(r"(`[^`]+`)")


def escaped(text: str) -> str:
    """Return text that reads as it stands, whatever is in it: a name, a path, a message."""
    return _SPECIAL.sub(r"\\\1", visible(text).replace("\t", " "))


def prose(text: str) -> str:
    """Return a text of ours: what stands between backticks is code, the rest is escaped."""
    parts = _CODE.split(text)
    return "".join(part if _CODE.fullmatch(part) else _light(part) for part in parts)


def cell(text: str) -> str:
    """Return a note about a project, with code between backticks, for the cell of a table."""
    parts = _CODE.split(visible(text).replace("\t", " "))
    return "".join(code(part[1:-1]) if _CODE.fullmatch(part) else _light(part) for part in parts)


def _light(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|~&])", r"\\\1", text)


def code(text: str) -> str:
    """Return a span of code, whatever backticks are in it; a bar would end a table's cell."""
    text = visible(text).replace("\t", " ").replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"
