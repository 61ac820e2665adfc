"""Lines for a terminal: coloured if asked, and nothing in them can steer it."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from celery2dramatiq.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

STYLES = {
    "add": "green",
    "remove": "red",
    "hunk": "cyan",
    "head": "bold",
    "good": "bold green",
    "bad": "bold red",
    "": "none",
}


class Line(NamedTuple):
    """One line of a report. style: a key of STYLES."""

    text: str = ""
    style: str = ""


def wants_color(color: bool | None) -> bool:
    """Tell whether to colour: the option, then NO_COLOR and FORCE_COLOR, then the terminal."""
    if color is not None:
        return color
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def render(lines: Sequence[Line], *, color: bool) -> str:
    """Return the lines as one text. Nothing is wrapped, cut or read as markup."""
    if color:
        return _colored(lines)
    return "".join(f"{visible(line.text)}\n" for line in lines)


def _colored(lines: Sequence[Line]) -> str:
    # Imported only where it is used: it is slow to import.
    from rich.console import Console
    from rich.segment import Segment, Segments
    from rich.style import Style

    file = io.StringIO()
    console = Console(
        file=file, force_terminal=True, color_system="standard", no_color=False,
        markup=False, highlight=False, emoji=False, soft_wrap=True, legacy_windows=False,
    )  # fmt: skip
    styles = {name: Style.parse(style) for name, style in STYLES.items()}
    # Segments, as rich's Text would turn tabs into spaces.
    segments = [Segment(visible(line.text), styles[line.style]) for line in lines]
    console.print(Segments(segments, new_lines=True))
    return file.getvalue()
