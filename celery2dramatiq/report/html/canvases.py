"""Draws a canvas: what comes after runs to the right, what runs together stands in a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from celery2dramatiq.report.html import svg
from celery2dramatiq.report.html.markup import Html, join, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celery2dramatiq.report.drawings import Drawing, Figure

GAP, ARROW, HEIGHT, MOST = 10, 34, 30, 48


class Shape(NamedTuple):
    """A figure with its size; it is drawn from its top left corner."""

    width: float
    height: float
    markup: Html


def drawn(one: Drawing) -> Html:
    """Return the drawing of one canvas."""
    shape = _shape(one.figure)
    inner = tag("g", shape.markup, transform="translate(2 2)")
    return svg.drawing(shape.width + 4, shape.height + 4, one.text, inner)


def _shape(figure: Figure) -> Shape:
    if figure.kind == "row":
        return _row([_shape(part) for part in figure.parts])
    if figure.kind == "stack":
        return _stack([_shape(part) for part in figure.parts])
    letters = min(len(figure.text), MOST)
    width = letters * svg.LETTER + 2 * GAP
    words = svg.text(GAP, HEIGHT / 2 + 4, figure.text, MOST)
    return Shape(width, HEIGHT, join([svg.box(0, 0, width, HEIGHT, "node"), words]))


def _row(shapes: Sequence[Shape]) -> Shape:
    height = max(shape.height for shape in shapes)
    x, parts = 0.0, []
    for shape in shapes:
        if x:
            parts.append(svg.line(x, height / 2, x + ARROW, height / 2, "edge"))
            x += ARROW
        parts.append(_moved(shape, x, (height - shape.height) / 2))
        x += shape.width
    return Shape(x, height, join(parts))


def _stack(shapes: Sequence[Shape]) -> Shape:
    width = max(shape.width for shape in shapes) + 2 * GAP
    y, parts = float(GAP), []
    for shape in shapes:
        parts.append(_moved(shape, GAP, y))
        y += shape.height + GAP
    return Shape(width, y, join([svg.box(0, 0, width, y, "frame"), *parts]))


def _moved(shape: Shape, x: float, y: float) -> Html:
    return tag("g", shape.markup, transform=f"translate({x:g} {y:g})")
