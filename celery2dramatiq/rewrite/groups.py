"""The imports at the level of a module: in blocks, in groups, in an order."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.listing import ImportLine, aliases, bound, dotted, module_of, order

if TYPE_CHECKING:
    from celery2dramatiq.rewrite.statements import Entry, Statement
    from celery2dramatiq.specs import FileEdit, Import

STDLIB, THIRD_PARTY, LOCAL, RELATIVE = 1, 2, 3, 4
# Statements that must run before anything is imported from the project itself, or at all.
_PATHS = re.compile(r"\bsys\.path\b|\bdjango\.setup\(|\bsite\.addsitedir\(")
_PATCHES = re.compile(r"\b(patch_all|monkey_patch)\(")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Line:
    """One import statement, or one that is to come. index: its place among the statements."""

    index: int
    section: int
    is_from: bool
    level: int
    module: str
    gone: bool = False
    fresh: bool = False
    name: tuple[tuple[int, str, str], bool] = ((0, "", ""), False)  # the first, and if renamed

    @property
    def top(self) -> str:
        """Return the first part of the module's name."""
        return self.module.split(".")[0]


Group = Sequence[Line]
Natural = list[str | int]
Key = tuple[int, int, int, Natural, int]
Order = Callable[[Line], Key]


def plain_first(line: Line) -> Key:
    """Sort as isort does: `import a` before `from a import b`."""
    return line.section, line.is_from, -line.level, _natural(line.module), 0


def by_module(line: Line) -> Key:
    """Sort as isort does with `force_sort_within_sections`."""
    return line.section, 0, -line.level, _natural(line.module), line.is_from


def plain_first_throughout(line: Line) -> Key:
    """Sort without sections: which modules are the project's own is not always plain to see."""
    return plain_first(replace(line, section=0))


def by_module_throughout(line: Line) -> Key:
    """Sort by module, without sections."""
    return by_module(replace(line, section=0))


_ORDERS = (plain_first, by_module, plain_first_throughout, by_module_throughout)


def line_of(new: Import, edit: FileEdit) -> Line:
    """Return the line that a new import will be."""
    kind = section(new.level, new.module, edit)
    name = (order(new.name or new.module), False)
    return Line(-1, kind, bool(new.name), new.level, new.module, name=name)


def section(level: int, module: str, edit: FileEdit) -> int:
    """Return isort's section of a module."""
    top = module.split(".")[0]
    if level:
        return RELATIVE
    if top == "__future__":
        return 0
    if top in edit.local:
        return LOCAL
    return STDLIB if top in sys.stdlib_module_names else THIRD_PARTY


def groups_of(entries: Sequence[Entry], limit: int, edit: FileEdit) -> list[list[Line]]:
    """Return the imports before the limit, in groups that blank lines or code set off."""
    groups: list[list[Line]] = []
    for index, entry in enumerate(entries[:limit]):
        statement = first_import(entry.node)
        if statement is None:
            continue
        level, module = module_of(statement)
        is_from = isinstance(statement, cst.ImportFrom)
        kind = section(level, module, edit)
        name = _first_name(statement)
        line = Line(index, kind, is_from, level, module, entry.gone, entry.fresh, name)
        follows = bool(groups) and groups[-1][-1].index == index - 1
        if follows and all(line.comment for line in entry.node.leading_lines):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def as_isort(entries: Sequence[Entry], edit: FileEdit) -> FileEdit:
    """Return the edit with the project's own modules that isort takes for its own.

    Without settings it does not know those below a folder, and sorts them among other people's.
    """
    groups = groups_of(entries, len(entries), edit)
    mixed = [group for group in groups if {THIRD_PARTY, LOCAL} <= {one.section for one in group}]
    sections = {one.section for group in mixed for one in group}
    tops = {one.top for group in mixed for one in group if one.section == LOCAL}
    if not tops or STDLIB in sections or not tops <= edit.nested:
        return edit
    return replace(edit, local=edit.local - edit.nested)


def _first_name(statement: ImportLine) -> tuple[tuple[int, str, str], bool]:
    for alias in aliases(statement):
        return order(dotted(alias.name)), alias.asname is not None
    return order(""), False


def first_import(node: Statement) -> ImportLine | None:
    """Return the first statement of a line that consists of imports."""
    if not isinstance(node, cst.SimpleStatementLine):
        return None
    found = [part for part in node.body if isinstance(part, ImportLine)]
    return found[0] if len(found) == len(node.body) else None


def only(node: Statement) -> cst.BaseSmallStatement | None:
    """Return the statement of a line that consists of one."""
    if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
        return node.body[0]
    return None


def order_of(groups: Sequence[Group]) -> Order | None:
    """Return the order that all groups are in, if they are."""
    for key in _ORDERS:
        keys = [[key(line) for line in group] for group in groups]
        if all(each == sorted(each) for each in keys):
            return key
    return None


def one_a_line(entries: Sequence[Entry]) -> bool:
    """Tell whether each name is imported with a statement of its own."""
    seen: set[tuple[int, str]] = set()
    for entry in entries:
        statement = first_import(entry.node)
        if isinstance(statement, cst.ImportFrom) and len(aliases(statement)) == 1:
            alias = aliases(statement)[0]
            if alias.asname is None and module_of(statement) in seen:
                return True
            if alias.asname is None:
                seen.add(module_of(statement))
    return False


def first_use(entries: Sequence[Entry], names: frozenset[str]) -> int:
    """Return the index of the first statement, imports apart, that uses one of the names."""
    for index, entry in enumerate(entries):
        if not entry.gone and first_import(entry.node) is None:
            finder = _Uses(names)
            entry.node.visit(finder)
            if finder.found:
                return index
    return len(entries)


def last_preparation(entries: Sequence[Entry], limit: int, new: Line) -> int:
    """Return the index of the last statement that must run before the import; -1 if none."""
    blank = cst.Module([])
    for index in range(limit - 1, -1, -1):
        node = entries[index].node
        if not isinstance(node, cst.FunctionDef | cst.ClassDef):
            code = blank.code_for_node(node)
            if _PATCHES.search(code) or (new.section >= LOCAL and _PATHS.search(code)):
                return index
    return -1


def is_docstring(node: Statement) -> bool:
    """Tell whether a statement, the first of its module, is the docstring."""
    return (
        isinstance(node, cst.SimpleStatementLine)
        and isinstance(node.body[0], cst.Expr)
        and isinstance(node.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )


def is_prelude(node: Statement) -> bool:
    """Tell whether a statement often stands among imports: tried imports, `__all__`."""
    if isinstance(node, cst.Try | cst.If):
        lines = node.body.body
        return any(
            isinstance(line, cst.SimpleStatementLine) and first_import(line) for line in lines
        )
    part = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
    return isinstance(part, cst.Assign) and dotted(part.targets[0].target).startswith("__")


def words(statement: Statement) -> frozenset[str]:
    """Return what a comment says, in lower case, if it speaks of the imports of a line."""
    found: set[str] = set()
    for part in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
        assert isinstance(part, cst.BaseSmallStatement)
        found.update(bound(alias) for alias in aliases(part))
        if isinstance(part, ImportLine):
            found.add(module_of(part)[1].split(".")[0])
    return frozenset(word.lower() for word in found if word)


class _Uses(cst.CSTVisitor):
    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self.names = names
        self.found = False

    def visit_Attribute(self, node: cst.Attribute) -> bool:  # noqa: N802
        node.value.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:  # noqa: N802
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:  # noqa: N802
        self.found = self.found or node.value in self.names


def _natural(module: str) -> Natural:
    parts = _DIGITS.split(module.lower())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)]
