"""Drops imports that nothing needs any more, and what `__all__` says of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import libcst as cst

from celery2dramatiq.rewrite.brackets import laid_out, layout_of
from celery2dramatiq.rewrite.groups import words
from celery2dramatiq.rewrite.layout import Piece, arranged, headed
from celery2dramatiq.rewrite.listing import ImportLine, aliases, bound, dotted, without
from celery2dramatiq.rewrite.statements import Blocks, Entry, Statement

Display = cst.Tuple | cst.List | cst.Set
Value = TypeVar("Value", bound=cst.BaseExpression)
Top = Callable[[Sequence[Entry]], Sequence[Entry]]


class Dropper(Blocks):
    """Drops imported names, by the number of their statement.

    unlisted: names to be taken out of `__all__`. add: puts new imports among the statements of the
    module. guards: tells whether an `if TYPE_CHECKING` has gone.
    """

    runs = True

    def __init__(
        self, useless: Collection[tuple[int, str]], unlisted: Collection[str], width: int, add: Top
    ) -> None:
        super().__init__()
        self.useless = useless
        self.unlisted = unlisted
        self.width = width
        self.add = add
        self.numbers: dict[cst.CSTNode, int] = {}
        self.depth = 0
        self.guards = False

    def top(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Add imports."""
        return self.add(entries)

    def visit_Import(self, node: cst.Import) -> None:  # noqa: D102, N802
        self.numbers[node] = len(self.numbers)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: D102, N802
        self.numbers[node] = len(self.numbers)

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> None:  # noqa: ARG002, D102, N802
        self.depth += 1

    def leave_IndentedBlock(  # noqa: D102, N802
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        block = super().leave_IndentedBlock(original_node, updated_node)
        self.depth -= 1
        return block

    def small(
        self, original: cst.BaseSmallStatement, updated: cst.BaseSmallStatement
    ) -> Sequence[cst.BaseSmallStatement]:
        """Drop names of an import, or of `__all__`."""
        if isinstance(updated, ImportLine):
            kept = self._kept(original)
            names = aliases(updated)
            if not kept and names:
                return []
            if len(kept) < len(names):
                return [without(updated, kept, self.width - 4 * self.depth)]
        if self.unlisted and _is_all(updated):
            return self._unlisted(updated)
        return [updated]

    def whole(self, original: Statement, updated: Statement) -> Sequence[Entry]:
        """Drop an `if TYPE_CHECKING` with nothing but useless imports."""
        if isinstance(original, cst.If) and _is_guard(original) and self._goes(original.body):
            self.guards = True
            return [Entry(updated, gone=True)]
        entries = super().whole(original, updated)
        if entries[0].gone:
            return [Entry(updated, gone=True, words=words(original))]
        return entries

    def _goes(self, node: cst.CSTNode) -> bool:
        """Tell whether a block, a line or a statement has nothing but useless imports."""
        if isinstance(node, cst.BaseSuite | cst.SimpleStatementLine):
            return all(map(self._goes, node.body))
        if not isinstance(node, ImportLine):
            return False
        return bool(aliases(node)) and not self._kept(node)

    def _kept(self, statement: cst.BaseSmallStatement) -> list[int]:
        number = self.numbers.get(statement)
        names = [bound(alias) for alias in aliases(statement)]
        return [i for i, name in enumerate(names) if (number, name) not in self.useless]

    def _unlisted(self, statement: cst.BaseSmallStatement) -> list[cst.BaseSmallStatement]:
        value = getattr(statement, "value", None)
        if isinstance(value, Display):
            left = self._without(value)
            return [statement.with_changes(value=left)] if left.elements else []
        changed = statement.visit(_Displays(self._without))
        assert isinstance(changed, cst.BaseSmallStatement)
        return [changed]

    def _without(self, value: Display) -> Display:
        """Return a display without the strings that are no longer exported."""
        kept = [i for i, e in enumerate(value.elements) if _string(e.value) not in self.unlisted]
        if len(kept) == len(value.elements):
            return value
        layout = layout_of(value)
        above, left = headed(layout, kept)
        pieces = [Piece(value.elements[i], layout, i, above[i]) for i in kept]
        opening, elements, closing = arranged(layout, pieces, left)
        if isinstance(value, cst.Tuple) and len(elements) == 1 and layout.commas[-1] is None:
            elements = [elements[0].with_changes(comma=cst.Comma())]
        return laid_out(value, opening, elements, closing)


class _Displays(cst.CSTTransformer):
    """Changes every tuple, list and set."""

    def __init__(self, change: Callable[[Display], Display]) -> None:
        super().__init__()
        self.change = change

    def on_leave(
        self,
        original_node: cst.CSTNodeT,  # noqa: ARG002
        updated_node: cst.CSTNodeT,
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        if isinstance(updated_node, Display):
            return self.change(updated_node)  # type: ignore[return-value]
        return updated_node


def _is_all(statement: cst.BaseSmallStatement) -> bool:
    """Tell whether a statement sets, or changes, `__all__`."""
    if isinstance(statement, cst.Assign):
        return any(dotted(target.target) == "__all__" for target in statement.targets)
    if isinstance(statement, cst.AnnAssign | cst.AugAssign):
        return dotted(statement.target) == "__all__"
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Call):
        return dotted(statement.value.func).startswith("__all__.")
    return False


def _is_guard(node: cst.If) -> bool:
    return dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING" and node.orelse is None


def _string(value: cst.BaseExpression) -> object:
    return value.evaluated_value if isinstance(value, cst.SimpleString) else None
