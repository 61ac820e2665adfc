"""HTML and SVG out of values. The one place where text becomes markup, and is escaped."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from celery2dramatiq.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_VOID = ("meta", "link")
_CODE = re.compile(r"`([^`]+)`")


class Html(str):
    """Text that is markup already; any other text is escaped wherever it is put in."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: object) -> Html:
    """Return an element. `class_` is the attribute class, `stroke_width` is stroke-width."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(str(value))}"'
        for key, value in attributes.items()
    )
    end = "" if name in _VOID else f"</{name}>"
    return Html(f"<{name}{given}>{join(children)}{end}")


def join(parts: Iterable[str], between: str = "") -> Html:
    """Return the parts in a row."""
    return Html(between.join(p if isinstance(p, Html) else _escaped(p) for p in parts))


def style(text: str) -> Html:
    """Return a style sheet of ours as it stands."""
    return Html(f"<style>\n{text}</style>")


def _escaped(text: str) -> str:
    return html.escape(visible(text))


# -- what most sections have


def prose(text: str) -> Html:
    """Return a text with code between backticks."""
    parts = _CODE.split(text)
    return join(tag("code", part) if at % 2 else part for at, part in enumerate(parts))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """Return a table that scrolls by itself where it is too wide."""
    cells = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    top = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in head)))
    return tag("div", tag("table", top, tag("tbody", *cells)), class_="wide", tabindex="0")


def place(path: str, line: object) -> Html:
    """Return where something stands."""
    return tag("code", f"{path}:{line}", class_="place")


def listed(items: Iterable[str], kind: str = "ul") -> Html:
    """Return a list. kind: `ol` for one with numbers."""
    return tag(kind, *(tag("li", item) for item in items))


def folded(title: str, *children: str) -> Html:
    """Return what is seen when it is unfolded, without a script."""
    return tag("details", tag("summary", title), *children)
