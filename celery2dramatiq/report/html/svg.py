"""Shapes that the drawings share. Numbers are units of the drawing, about a pixel each."""

from __future__ import annotations

from celery2dramatiq.report.html.markup import Html, tag

LETTER = 7.3  # width of a letter of 12 units, in a font whose letters are all as wide


def shared() -> Html:
    """Return what all drawings of a page refer to: the tip of an arrow. It takes no room."""
    tip = tag(
        "marker", tag("path", d="M0 0L8 4L0 8z", class_="tip"), id="tip",
        viewBox="0 0 8 8", refX=8, refY=4, markerWidth=7, markerHeight=7, orient="auto",
    )  # fmt: skip
    return tag("svg", tag("defs", tip), width=0, height=0, class_="shared", aria_hidden="true")


def drawing(width: float, height: float, label: str, *parts: str) -> Html:
    """Return a drawing in its own size, that scrolls by itself where it is too wide."""
    inner = tag(
        "svg", *parts, viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}", height=f"{height:.0f}", role="img", aria_label=label,
    )  # fmt: skip
    return tag("div", inner, class_="wide drawing", tabindex="0")


def box(x: float, y: float, width: float, height: float, class_: str) -> Html:
    """Return a rectangle with round corners."""
    return tag("rect", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}", rx=5,
               class_=class_)  # fmt: skip


def path(x: float, y: float, name: str, most: int, class_: str = "") -> Html:
    """Return a file's path, of which the end says most."""
    short = name if len(name) <= most else f"…{name[1 - most :]}"
    whole = [] if short == name else [tag("title", name)]
    return tag("text", *whole, short, x=f"{x:g}", y=f"{y:g}", class_=class_)


def text(x: float, y: float, words: str, most: int, class_: str = "") -> Html:
    """Return a text, cut to so many letters; the whole of it is said when it is pointed at."""
    short = words if len(words) <= most else f"{words[: most - 1]}…"
    whole = [] if short == words else [tag("title", words)]
    return tag("text", *whole, short, x=f"{x:g}", y=f"{y:g}", class_=class_)


def line(x: float, y: float, to_x: float, to_y: float, class_: str) -> Html:
    """Return a curve with an arrow's tip at its end."""
    bend = max((to_x - x) / 2, 12)
    way = f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"
    return tag("path", d=way, class_=class_, marker_end="url(#tip)")
