"""Finds the spec of a node, by the bytes that it stands on."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

import libcst as cst

from celery2dramatiq.rewrite.errors import Unprintable
from celery2dramatiq.specs import AboveSpec, FileEdit, FirstElementSpec, Spec, TodoSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from libcst.metadata import CodeSpan

Kind = TypeVar("Kind", bound=Spec)
Key = tuple[type[Spec], int, int]
_SEVERAL = (AboveSpec, FirstElementSpec, TodoSpec)  # of which a place may have more than one


class Places:
    """The specs of an edit. Raises Unprintable if two of them want different things of a place."""

    def __init__(self, spans: Mapping[cst.CSTNode, CodeSpan], edit: FileEdit) -> None:
        self.spans = spans
        self.path = edit.path
        self.specs: dict[Key, Spec] = {}
        self.several: defaultdict[Key, list[Spec]] = defaultdict(list)
        for spec in edit.specs:
            key = (type(spec), spec.place.start, spec.place.end)
            given = self.specs.setdefault(key, spec)
            if isinstance(spec, _SEVERAL):
                self.several[key].append(spec)
            elif given != spec:
                raise self._unprintable(spec, "two different changes of one place")
        self.left = dict(self.specs)
        self.starts = sorted(start for _, start, _ in self.specs)

    def check(self) -> None:
        """Raise Unprintable if a spec has found no node at its place."""
        for spec in self.left.values():
            raise self._unprintable(spec, f"nothing to rewrite at byte {spec.place.start}")

    def take(self, kind: type[Kind], node: cst.CSTNode) -> Kind | None:
        """Return the spec of that kind for the node."""
        for start, end in self.of(node):
            spec = self.specs.get((kind, start, end))
            if isinstance(spec, kind):
                self.left.pop((kind, start, end), None)
                return spec
        return None

    def take_all(self, kind: type[Kind], node: cst.CSTNode) -> list[Kind]:
        """Return the specs of that kind for the node, one of which a place may have several."""
        first = self.take(kind, node)
        every = self.several[kind, first.place.start, first.place.end] if first is not None else []
        return [spec for spec in every if isinstance(spec, kind)]

    def todos(self, node: cst.CSTNode) -> list[str]:
        """Return what is left to do at the node."""
        return [spec.text for spec in self.take_all(TodoSpec, node)]

    def of(self, node: cst.CSTNode) -> Iterator[tuple[int, int]]:
        """Yield the node's place, and the one in `ast` if that has its parentheses too."""
        span = self.spans[node]
        yield span.start, span.start + span.length
        if isinstance(node, cst.Tuple | cst.GeneratorExp) and node.lpar:
            end = self.spans[node.rpar[0]]
            yield self.spans[node.lpar[-1]].start, end.start + end.length

    def is_touched(self, node: cst.CSTNode) -> bool:
        """Tell whether something is printed inside a node."""
        span = self.spans[node]
        decorators = getattr(node, "decorators", ())  # they stand in front of its place
        start = self.spans[decorators[0]].start if decorators else span.start
        position = bisect_left(self.starts, start)
        return position < len(self.starts) and self.starts[position] < span.start + span.length

    def _unprintable(self, spec: Spec, reason: str) -> Unprintable:
        return Unprintable(f"{self.path}:{spec.place.line}: {reason}")
