"""What was printed, and how its lines looked before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.brackets import layout_of
from celery2dramatiq.rewrite.gaps import is_broken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from libcst.metadata import CodeSpan

    from celery2dramatiq.index import Place
    from celery2dramatiq.rewrite.layout import Layout
    from celery2dramatiq.rewrite.source import Source


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of something that was printed.

    long: its lines were too long before. column: of its first argument, where lines may be aligned
    with it. wrapped: its arguments stood on a line of their own because one line was too long.
    """

    long: bool = False
    column: int | None = None
    wrapped: bool = False


class Marks(dict[cst.CSTNode, Mark]):
    """The marks of a module, by the nodes that were printed."""

    def __init__(
        self,
        spans: Mapping[cst.CSTNode, CodeSpan],
        source: Source,
        width: int,
    ) -> None:
        super().__init__()
        self.spans = spans
        self.source = source
        self.width = width

    def printed(self, node: cst.BaseExpression, place: Place, *, fresh: bool = False) -> None:
        """Mark what was printed at a place. fresh: hardly anything of it was there before."""
        self[node] = Mark(long=not fresh and self._is_long(place.start, place.end))

    def call(self, original: cst.BaseExpression, new: cst.Call, holder: cst.Call) -> None:
        """Mark a call of several lines, and the one that has got the arguments."""
        if not isinstance(original, cst.Call) or not original.args:
            return
        span, first = self.spans[original], self.spans[original.args[0]].start
        end = span.start + span.length
        start = self.source.line_of(span.start)
        if self.source.line_of(end) == start:
            return
        long = self._is_long(span.start, end) and self.get(new, Mark(long=True)).long
        aligned = not is_broken(original.whitespace_before_args)
        self[new] = Mark(long, wrapped=self._had_to_be_wrapped(original, first, end))
        if aligned:
            self[holder] = Mark(long, self.source.column_of(first))

    def _is_long(self, start: int, end: int) -> bool:
        lines = range(self.source.line_of(start), self.source.line_of(end) + 1)
        return any(len(self.source.lines[number]) > self.width for number in lines)

    def _had_to_be_wrapped(self, call: cst.Call, first: int, end: int) -> bool:
        if not is_wrapped(layout_of(call)):
            return False
        on_next_line = self.source.line_of(end) == self.source.line_of(first) + 1
        return on_next_line and self.room(call.args[0]) is not None

    def room(self, first: cst.CSTNode) -> int | None:
        """Return the room between brackets on one line, if what was there was too long for it.

        first: of the parts, which stood on one line of their own.
        """
        number = self.source.line_of(self.spans[first].start)
        head, inside, tail = self.source.lines[number - 1 : number + 2]
        if unwrapped_length([head, inside, tail]) <= self.width:
            return None
        return self.width - len(head) - len(tail.strip())


def is_wrapped(layout: Layout) -> bool:
    """Tell whether all arguments stand on one line of their own, as black wraps them."""
    return (
        is_broken(layout.opening)
        and is_broken(layout.closing)
        and not any(map(is_broken, layout.inner))
        and layout.commas[-1:] == (None,)
        and not layout.commented
    )


def unwrapped_length(lines: list[str]) -> int:
    """Return the length of a wrapped call's three lines as one."""
    head, arguments, tail = lines
    return len(head) + len(arguments.strip()) + len(tail.strip())
