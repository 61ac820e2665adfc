"""Puts new imports where a reader would look for them, before the first use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.conflicts import bound_name, code_of
from celery2dramatiq.rewrite.groups import (
    LOCAL,
    Group,
    Line,
    as_isort,
    first_import,
    first_use,
    groups_of,
    is_docstring,
    is_prelude,
    last_preparation,
    line_of,
    one_a_line,
    only,
    order_of,
)
from celery2dramatiq.rewrite.inserting import BLANK, alone, before_first, on_top
from celery2dramatiq.rewrite.listing import (
    added,
    aliases,
    brings,
    in_line,
    module_of,
    one_per_line,
    order,
)
from celery2dramatiq.rewrite.statements import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celery2dramatiq.specs import FileEdit, Import

_NOQA = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), cst.Comment("# noqa: F401"))


@dataclass(frozen=True, slots=True)
class New:
    """A statement to be added."""

    line: Line
    node: cst.SimpleStatementLine


class Adder:
    """Puts the imports of an edit among the statements of a module."""

    def __init__(self, edit: FileEdit, step: str) -> None:
        self.edit = edit
        self.step = step

    def __call__(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Return the statements with the imports that are not there yet."""
        body = list(entries)
        self.edit = as_isort(body, self.edit)
        apart = one_a_line(body)
        wanted = list(self._missing(body))
        if not apart:
            wanted = [new for new in wanted if new.effect or not self._merged(body, new)]
        for new in self._statements(wanted, apart=apart):
            body = self._inserted(body, new)
        return body

    # -- what

    def _limit(self, body: Sequence[Entry]) -> int:
        """Return the index of the first statement that needs the imports."""
        names = {bound_name(new) for new in self.edit.imports} | {"dramatiq"}
        return first_use(body, frozenset(names))

    def _missing(self, body: Sequence[Entry]) -> Iterator[Import]:
        there = [
            part
            for entry in body[: self._limit(body)]
            if not entry.gone and isinstance(entry.node, cst.SimpleStatementLine)
            for part in entry.node.body
        ]
        named = {(new.level, new.module) for new in self.edit.imports if not new.effect}
        for new in dict.fromkeys(self.edit.imports):
            if new.effect and (new.level, new.module) in named:
                continue
            if not any(brings(part, new) for part in there):
                yield new

    def _merged(self, body: list[Entry], new: Import) -> bool:
        """Add a name to a statement that imports from the same module, if there is one."""
        for index, entry in enumerate(body[: self._limit(body)]):
            statement = only(entry.node)
            if entry.gone or not new.name or not isinstance(statement, cst.ImportFrom):
                continue
            names = aliases(statement)
            plain = any(alias.asname is None for alias in names)
            if plain and module_of(statement) == (new.level, new.module):
                longer = added(statement, new.name, self.edit.width, self.step)
                body[index] = replace(entry, node=entry.node.with_changes(body=[longer]))
                return True
        return False

    def _statements(self, wanted: Sequence[Import], *, apart: bool) -> Iterator[New]:
        """Yield the new statements, in isort's order."""
        ordered = sorted(wanted, key=lambda new: (*_source(new), order(new.name)))
        for _, same in groupby(ordered, key=_source):
            together = list(same)
            if apart or not together[0].name:
                yield from (self._statement([new]) for new in together)
            else:
                yield self._statement(together)

    def _statement(self, imports: Sequence[Import]) -> New:
        new = imports[0]
        line = cst.parse_statement(code_of(new))
        assert isinstance(line, cst.SimpleStatementLine)
        statement = line.body[0]
        if isinstance(statement, cst.ImportFrom):
            names = [cst.ImportAlias(cst.Name(one.name)) for one in imports]
            statement = in_line(statement, names)
            length = len(cst.Module([]).code_for_node(statement))
            if length + (len("  # noqa: F401") if new.effect else 0) > self.edit.width:
                statement = one_per_line(statement, self.step)
        line = line.with_changes(body=[statement])
        return New(line_of(new, self.edit), _silenced(line) if new.effect else line)

    # -- where

    def _inserted(self, body: list[Entry], new: New) -> list[Entry]:
        limit = self._limit(body)
        groups = groups_of(body, limit, self.edit)
        barrier = last_preparation(body, limit, new.line)
        group = _group_for(groups, new.line, barrier)
        if group is not None:
            position = _position(group, new.line, groups)
            if position == group[0].index:
                return before_first(body, position, new.node, [])
            return [*body[:position], Entry(new.node, fresh=True), *body[position:]]
        usable = [group for group in groups if group[0].index > barrier]
        if usable:
            return self._new_group(body, usable, new)
        if barrier >= 0:
            return alone(body, barrier + 1, new.node)
        position = 1 if body and is_docstring(body[0].node) else 0
        return alone(body, position, new.node) if position else on_top(body, new.node)

    def _new_group(self, body: list[Entry], groups: Sequence[Group], new: New) -> list[Entry]:
        """Return the statements with the import as a group of its own."""
        head = [group for group in groups if _in_head(body, group)] or groups[:1]
        below = [group for group in head if max(line.section for line in group) <= new.line.section]
        if not below:
            return before_first(body, head[0][0].index, new.node, [BLANK])
        return alone(body, below[-1][-1].index + 1, new.node)


def _source(new: Import) -> tuple[int, str, bool, bool]:
    return new.level, new.module, new.effect, bool(new.name)


def _group_for(groups: Sequence[Group], new: Line, barrier: int) -> Group | None:
    """Return the group that an import belongs to."""
    same_top = [
        group
        for group in groups
        if any(line.level == new.level == 0 and line.top == new.top for line in group)
        or any(line.level and new.level for line in group)
    ]
    if same_top:
        return same_top[-1]
    groups = [group for group in groups if group[0].index > barrier]
    same = [group for group in groups if any(line.section == new.section for line in group)]
    replaced = [group for group in same if any(i.gone and i.section == new.section for i in group)]
    if replaced:
        return replaced[-1]
    if same:
        return same[-1] if new.section >= LOCAL else same[0]
    mixed = [
        group
        for group in groups
        if min(line.section for line in group) < new.section < max(line.section for line in group)
    ]
    return mixed[0] if mixed else None


def _position(group: Group, new: Line, groups: Sequence[Group]) -> int:
    """Return where in its group an import goes."""
    key = order_of(groups)
    if key is not None:
        mine = (key(new), new.name)
        after = [line.index for line in group if (key(line), line.name) > mine]
        return after[0] if after else group[-1].index + 1
    same = [line for line in group if line.section == new.section] or group
    gone = [line.index for line in same if line.gone]
    position = (gone[0] if gone else same[-1].index) + 1
    fresh = {line.index for line in group if line.fresh}
    while position in fresh:
        position += 1
    return position


def _in_head(body: Sequence[Entry], group: Group) -> bool:
    """Tell whether nothing but imports and the like stands above a group."""
    return all(
        first_import(entry.node) is not None
        or is_prelude(entry.node)
        or (index == 0 and is_docstring(entry.node))
        for index, entry in enumerate(body[: group[0].index])
    )


def _silenced(line: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
    """Return an import that no linter takes for unused."""
    statement = line.body[0]
    if isinstance(statement, cst.ImportFrom) and isinstance(statement.lpar, cst.LeftParen):
        opening = statement.lpar.whitespace_after
        assert isinstance(opening, cst.ParenthesizedWhitespace)
        lpar = cst.LeftParen(whitespace_after=opening.with_changes(first_line=_NOQA))
        return line.with_changes(body=[statement.with_changes(lpar=lpar)])
    return line.with_changes(trailing_whitespace=_NOQA)
