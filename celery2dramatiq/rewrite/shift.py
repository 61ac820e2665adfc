"""Moves continuation lines to the right or to the left."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Callable

Node = TypeVar("Node", bound=cst.CSTNode)


class Shift(cst.CSTTransformer):
    """Moves the lines inside brackets that begin at `column` (from 0) or behind it.

    block: the width of the block's own indentation. moved: is told of each node that was copied.
    """

    def __init__(
        self,
        by: int,
        column: int = 0,
        block: int = 0,
        moved: Callable[[cst.CSTNode, cst.CSTNode], None] | None = None,
    ) -> None:
        super().__init__()
        self.by = by
        self.column = column
        self.block = block
        self.moved = moved

    def on_leave(  # noqa: D102
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        result = super().on_leave(original_node, updated_node)
        if self.moved is not None and isinstance(result, cst.CSTNode):
            self.moved(original_node, result)
        return result

    def leave_ParenthesizedWhitespace(  # noqa: D102, N802
        self,
        original_node: cst.ParenthesizedWhitespace,  # noqa: ARG002
        updated_node: cst.ParenthesizedWhitespace,
    ) -> cst.ParenthesizedWhitespace:
        gap = updated_node
        return gap.with_changes(
            last_line=self._moved(gap.last_line, indent=gap.indent),
            empty_lines=[self._line(line) if line.comment else line for line in gap.empty_lines],
        )

    def _line(self, line: cst.EmptyLine) -> cst.EmptyLine:
        return line.with_changes(whitespace=self._moved(line.whitespace, indent=line.indent))

    def _moved(self, space: cst.SimpleWhitespace, *, indent: bool) -> cst.SimpleWhitespace:
        width = len(space.value) + (self.block if indent else 0)
        if width < self.column or len(space.value) + self.by < 0:
            return space
        if self.by < 0:
            return cst.SimpleWhitespace(space.value[: self.by])
        return cst.SimpleWhitespace(space.value + " " * self.by)


def shifted(node: Node, by: int) -> Node:
    """Return the node with its continuation lines further to the right."""
    moved = node.visit(Shift(by))
    assert isinstance(moved, type(node))
    return moved
