"""Draws the modules: on the left what sends tasks, on the right the modules that declare them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from celery2dramatiq.report.html import svg
from celery2dramatiq.report.html.markup import Html, tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery2dramatiq.report.modules import Module

LEFT, RIGHT, BETWEEN, PAD, ROW = 330, 500, 220, 8, 18
NAMED = 40  # tasks of a project whose names are drawn; of more, each is a square
MOST = 40  # boxes in a column
SQUARE, ACROSS = 14, 34
_BESIDE = 46  # for the lines between modules that hang together


class Box(NamedTuple):
    """Where a module is drawn."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Half-way down."""
        return self.y + self.height / 2


def drawn(modules: Sequence[Module], sends: Mapping[tuple[str, str], int]) -> Html:
    """Return the drawing. sends: how often the first file uses tasks of the second."""
    shown = modules[:MOST]
    named = sum(len(module.tasks) for module in shown) <= NAMED
    right = _column(LEFT + BETWEEN, RIGHT, [(m.path, _height(m, named)) for m in shown])
    links = Counter({pair: n for pair, n in sends.items() if pair[1] in right})
    left = _column(0, LEFT, [(path, ROW + 2 * PAD) for path in _senders(links, right)])
    parts = [
        *_edges(links, left, right),
        *_ties(shown, right),
        *(_sender(path, box) for path, box in left.items()),
        *(part for module in shown for part in _module(module, right[module.path], named)),
    ]
    height = max(box.y + box.height for box in (*left.values(), *right.values())) + 2
    label = f"{len(shown)} modules with tasks, and {len(left)} files that send them"
    return svg.drawing(LEFT + BETWEEN + RIGHT + _BESIDE, height, label, *parts)


def left_out(modules: Sequence[Module], sends: Mapping[tuple[str, str], int]) -> int:
    """Return how many modules and files are not in the drawing, as there are too many."""
    senders = {path for path, _ in sends}
    return max(len(modules) - MOST, 0) + max(len(senders) - MOST, 0)


def _senders(links: Counter[tuple[str, str]], right: Mapping[str, Box]) -> list[str]:
    """Return the files that send most, each about as high as what it sends."""
    total: Counter[str] = Counter()
    heights: defaultdict[str, list[float]] = defaultdict(list)
    for (path, to), number in links.items():
        total[path] += number
        heights[path].append(right[to].middle)
    most = sorted(total, key=lambda path: (-total[path], path))[:MOST]
    return sorted(most, key=lambda path: (sum(heights[path]) / len(heights[path]), path))


def _column(x: float, width: float, heights: Sequence[tuple[str, float]]) -> dict[str, Box]:
    boxes, y = {}, 1.0
    for path, height in heights:
        boxes[path] = Box(x, y, width, height)
        y += height + 12
    return boxes


def _height(module: Module, named: bool) -> float:
    lines = len(module.tasks) * ROW if named else -(-len(module.tasks) // ACROSS) * SQUARE + 2
    return ROW + lines + 2 * PAD


def _sender(path: str, box: Box) -> Html:
    words = svg.path(PAD, box.y + PAD + 13, path, 42)
    return tag("g", svg.box(*box, "node"), words)


def _module(module: Module, box: Box, named: bool) -> Iterator[Html]:
    yield svg.box(*box, "node")
    moving = sum(task.moves for task in module.tasks)
    yield svg.path(box.x + PAD, box.y + PAD + 12, module.path, 56, "strong")
    end = box.x + box.width - PAD
    said = f"{moving}/{len(module.tasks)}"
    yield tag("text", said, x=f"{end:g}", y=f"{box.y + PAD + 12:g}", class_="end")
    for at, task in enumerate(module.tasks):
        kind = "moves" if task.moves else "stays"
        if named:
            y = box.y + PAD + ROW * (at + 1)
            yield svg.box(box.x + PAD, y + 4, 9, 9, kind)
            yield svg.text(box.x + PAD + 16, y + 13, task.name, 62)
        else:
            down, across = divmod(at, ACROSS)
            x, y = box.x + PAD + across * SQUARE, box.y + PAD + ROW + 2 + down * SQUARE
            yield tag("g", tag("title", f"{task.name} {kind}"), svg.box(x, y, 10, 10, kind))


def _edges(
    links: Mapping[tuple[str, str], int], left: Mapping[str, Box], right: Mapping[str, Box]
) -> Iterator[Html]:
    for (path, to), _ in sorted(links.items()):
        if path in left:
            start, end = left[path], right[to]
            yield svg.line(LEFT, start.middle, end.x, end.middle, "edge")


def _ties(modules: Sequence[Module], right: Mapping[str, Box]) -> Iterator[Html]:
    """Draw a line beside modules that hang together, from each to the next."""
    for module in modules:
        for other in module.together:
            if other > module.path and other in right:
                one, two = right[module.path], right[other]
                x = one.x + one.width
                out = x + _BESIDE - 6
                way = f"M{x:g} {one.middle:g}C{out:g} {one.middle:g} {out:g} {two.middle:g}"
                yield tag("path", d=f"{way} {x:g} {two.middle:g}", class_="tie")


def legend() -> Html:
    """Return what the colours stand for."""
    items = {"moves": "can move", "stays": "stays on Celery"}
    parts = (tag("li", tag("span", class_=f"dot {kind}"), said) for kind, said in items.items())
    return tag("ul", *parts, class_="legend")
