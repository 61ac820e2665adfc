"""The code of a notebook, each line where it stands in the file.

Jupyter writes a notebook as JSON with one line of code a line (nbformat/v4/rwbase.py:
`split_lines`, `json.dumps(indent=1)`), so a place in the code is a place in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

_START = re.compile(r'\s*"source":\s*\[\s*')
_END = re.compile(r"\s*\],?\s*")
_MAGIC = re.compile(r"^(\s*)[%!?]")
_ASSIGNED = re.compile(r"^(\s*[\w., ]+=\s*)[%!]")
# Cell magics of IPython whose cell is Python all the same (IPython/core/magics/).
_PYTHON = ("%%capture", "%%prun", "%%time", "%%timeit")


def code(text: str) -> str:
    """Return as many lines as the file has: its code where there is code, else empty ones.

    Lines for IPython itself (`%cd`, `!ls`) do nothing here. Raises ValueError where the file is no
    notebook, or its code does not stand line by line.
    """
    cells = iter(_cells(text))
    lines: list[str] = []
    block: list[str] | None = None
    for line in text.split("\n"):
        if block is None and _START.fullmatch(line):
            block = []
        elif block is not None and _END.fullmatch(line):
            if block:
                lines[-len(block) :] = _python(block, next(cells, None))
            block = None
        elif block is not None:
            block.append(_string(line))
        lines.append("")
    if next(cells, None) is not None:
        raise ValueError("a notebook whose code does not stand line by line")
    return "\n".join(lines)


def _cells(text: str) -> Iterator[tuple[bool, Sequence[str]]]:
    """Yield for each cell whose source is more than nothing whether it is code, and its lines."""
    try:
        for cell in json.loads(text)["cells"]:
            source: Any = cell["source"]
            if source:
                yield cell["cell_type"] == "code", source if isinstance(source, list) else [source]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a notebook of format 4") from error


def _string(line: str) -> str:
    try:
        return str(json.loads(line.strip().removesuffix(",")))
    except ValueError:
        return ""  # it is not what the cell has there


def _python(block: Sequence[str], cell: tuple[bool, Sequence[str]] | None) -> list[str]:
    """Return a cell's lines as Python, empty ones where it is something else."""
    if cell is None or list(cell[1]) != block:
        raise ValueError("a notebook whose code does not stand line by line")
    first = block[0].split() or [""]
    if not cell[0] or (first[0].startswith("%%") and first[0] not in _PYTHON):
        return [""] * len(block)
    return [_plain(line.rstrip("\r\n")) for line in block]


def _plain(line: str) -> str:
    return _ASSIGNED.sub(r"\1None  # ", _MAGIC.sub(r"\1pass  # ", line, count=1), count=1)
