"""Draws every canvas: what is sent after what, and what is sent together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celery2dramatiq.mapping import Action
from celery2dramatiq.report.layout import Item, Section
from celery2dramatiq.report.terminal import Line

if TYPE_CHECKING:
    from celery2dramatiq.index import Place, Use
    from celery2dramatiq.plan import Plan

CANVASES = {"celery.chain": "chain", "celery.group": "group", "celery.chord": "chord"}
CALLBACKS = ("link", "link_error")
SIGNATURES = ("s", "si", "signature", "subtask")


@dataclass
class Node:
    """A canvas or a signature. place: of the calls that make it. text: of a signature."""

    place: Place
    statement: Place
    kind: str
    text: str = ""
    piped: bool = False
    body: int = 0  # where the second call of a chord ends
    parts: list[Node] = field(default_factory=list)


@dataclass(frozen=True)
class Figure:
    """What is drawn. kind: a `signature`, a `row` of one after another, a `stack` at a time."""

    kind: str
    text: str = ""
    parts: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """One expression. place: where it begins. moves: every task of it becomes an actor."""

    place: Place
    figure: Figure
    moves: bool

    @property
    def text(self) -> str:
        """Return it in one line."""
        return _text(self.figure)

    @property
    def graph(self) -> Graph:
        """Return its signatures, and which comes after which."""
        graph = Graph()
        graph.add(self.figure, [])
        return graph


def canvases(plan: Plan) -> Section:
    """Return a section with a line for each canvas of more than one signature."""
    items: list[Item] = [[Line(_line(drawing))] for drawing in drawings(plan)]
    return Section(Line("What is sent after what", "head"), items)


def _line(drawing: Drawing) -> str:
    where = f"{drawing.place.path}:{drawing.place.line}"
    end = "kept" if drawing.moves else "stays on Celery"
    return f"  {where}  {drawing.text}   ({end})"


def drawings(plan: Plan) -> Iterator[Drawing]:
    """Yield the drawings in order of place."""
    nodes = sorted(_nodes(plan), key=lambda node: (node.place.path, node.place.start, -_end(node)))
    held = {
        (finding.place.path, finding.place.line)
        for finding in plan.findings
        if finding.action is Action.MANUAL
    }
    for whole in _wholes(nodes):
        figure = _joined(whole)
        if sum(1 for _ in _signatures(figure)) > 1:
            lines = {(node.place.path, node.place.line) for top in whole for node in _all(top)}
            yield Drawing(whole[0].place, figure, lines.isdisjoint(held))


def _all(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from _all(part)


def _end(node: Node) -> int:
    return max(node.place.end, node.body)


def _nodes(plan: Plan) -> Iterator[Node]:
    """Yield what the uses say that is made where they stand, not taken from a name."""
    for use in plan.index.uses:
        name = use.target.name
        if name in CANVASES and use.steps and use.steps[0].shape == "()" and not use.made:
            yield _canvas(use, CANVASES[name])
        elif use.target.kind in ("task", "self") and use.role.keyword not in CALLBACKS:
            yield from _signature(use, plan)


def _canvas(use: Use, kind: str) -> Node:
    second = use.steps[1] if len(use.steps) > 1 and use.steps[1].shape == "()" else None
    body = second.place.end if kind == "chord" and second is not None and second.args else 0
    return Node(use.steps[0].place, use.statement, kind, piped=_is_piped(use), body=body)


def _signature(use: Use, plan: Plan) -> Iterator[Node]:
    for attribute, call in zip(use.steps, use.steps[1:], strict=False):
        if attribute.name in SIGNATURES and call.shape == "()":
            given = ", ".join(
                f"{arg.star}{f'{arg.keyword}=' if arg.keyword else ''}{arg.code}"
                for arg in call.args
            )
            text = f"{plan.index.task(use.target.name).function}({given})"
            yield Node(call.place, use.statement, "signature", text, _is_piped(use))
            return


def _is_piped(use: Use) -> bool:
    return use.role.kind == "operand" and use.role.detail == "|"


def _wholes(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Yield the outermost nodes; those that `|` joins in one statement together."""
    open_nodes: list[Node] = []
    tops: list[Node] = []
    for node in nodes:
        while open_nodes and not _holds(open_nodes[-1], node):
            open_nodes.pop()
        (open_nodes[-1].parts if open_nodes else tops).append(node)
        open_nodes.append(node)
    piped: defaultdict[Place, list[Node]] = defaultdict(list)
    for node in tops:
        if node.piped:
            piped[node.statement].append(node)
    for node in tops:
        if not node.piped:
            yield [node]
        elif piped[node.statement][0] is node:
            yield piped[node.statement]


def _holds(outer: Node, inner: Node) -> bool:
    same = outer.place.path == inner.place.path and outer.kind != "signature"
    return same and outer.place.start <= inner.place.start and inner.place.end <= _end(outer)


_ELLIPSIS = Figure("signature", "...")  # what cannot be seen from here


def _joined(nodes: Sequence[Node]) -> Figure:
    """Return the nodes one after another; rows in a row are one."""
    figures = [_figure(node) for node in nodes]
    parts = [part for one in figures for part in (one.parts if one.kind == "row" else (one,))]
    return parts[0] if len(parts) == 1 else Figure("row", parts=tuple(parts))


def _figure(node: Node) -> Figure:
    if node.kind == "signature":
        return Figure("signature", node.text)
    if node.kind == "chain":
        return _joined(node.parts) if node.parts else _ELLIPSIS
    if node.kind == "group":
        return _beside(node.parts)
    *header, body = node.parts or [Node(node.place, node.statement, "signature", "...")]
    if len(header) == 1 and header[0].kind == "group":
        header = header[0].parts
    end = _figure(body)
    after = end.parts if end.kind == "row" else (end,)
    return Figure("row", parts=(_beside(header), *after))


def _beside(parts: Sequence[Node]) -> Figure:
    """Join members; those that `|` joins belong to one."""
    members: list[list[Node]] = []
    for part in parts:
        if part.piped and members and members[-1][-1].piped:
            members[-1].append(part)
        else:
            members.append([part])
    return Figure("stack", parts=tuple(map(_joined, members)) or (_ELLIPSIS,))


def _signatures(figure: Figure) -> Iterator[Figure]:
    if figure.kind == "signature":
        yield figure
    for part in figure.parts:
        yield from _signatures(part)


def _text(figure: Figure) -> str:
    if figure.kind == "row":
        return " -> ".join(map(_text, figure.parts))
    return f"[{' | '.join(map(_text, figure.parts))}]" if figure.kind == "stack" else figure.text


@dataclass
class Graph:
    """The signatures of a drawing, and which comes after which, by their numbers from 0."""

    nodes: list[str] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)

    def add(self, figure: Figure, before: list[int]) -> list[int]:
        """Add a figure behind the signatures of these numbers; return the numbers of its last."""
        if figure.kind == "stack":
            return [end for part in figure.parts for end in self.add(part, before)]
        for part in figure.parts:
            before = self.add(part, before)
        if figure.kind == "row":
            return before
        self.nodes.append(figure.text)
        number = len(self.nodes) - 1
        self.edges.extend((each, number) for each in before)
        return [number]
