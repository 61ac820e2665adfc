"""Import statements: which names they bind, and the same statements with other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.gaps import NOTHING, line_break
from celery2dramatiq.rewrite.layout import Layout, Piece, arranged, headed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celery2dramatiq.specs import Import

ImportLine = cst.Import | cst.ImportFrom


def aliases(statement: cst.BaseSmallStatement) -> Sequence[cst.ImportAlias]:
    """Return what an import statement imports; nothing for any other, and for `*`."""
    if isinstance(statement, ImportLine) and not isinstance(statement.names, cst.ImportStar):
        return statement.names
    return ()


def bound(alias: cst.ImportAlias) -> str:
    """Return the name that is bound."""
    if alias.asname is not None:
        assert isinstance(alias.asname.name, cst.Name)
        return alias.asname.name.value
    return dotted(alias.name).split(".")[0]


def dotted(node: cst.BaseExpression | None) -> str:
    """Return the text of a dotted name."""
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def module_of(statement: ImportLine) -> tuple[int, str]:
    """Return the dots and the name of the module; of the first one of several."""
    if isinstance(statement, cst.ImportFrom):
        return len(statement.relative), dotted(statement.module)
    return 0, dotted(statement.names[0].name)


def brings(statement: cst.BaseSmallStatement, new: Import) -> bool:
    """Tell whether a statement makes a new import superfluous."""
    if not isinstance(statement, ImportLine):
        return False
    names = [(dotted(alias.name), bound(alias)) for alias in aliases(statement)]
    if isinstance(statement, cst.Import):
        if new.effect:
            whole = f"{new.module}.{new.name}" if new.name and not new.module else new.module
            return not new.level and any(name == whole for name, _ in names)
        return not new.name and any(
            name.split(".")[0] == new.module == as_name or name == new.module == as_name
            for name, as_name in names
        )
    if module_of(statement) != (new.level, new.module) or not new.name:
        return False
    return (new.effect and bool(names)) or (new.name, new.name) in names


def without(statement: ImportLine, kept: Sequence[int], room: int) -> ImportLine:
    """Return the statement with some of its names only.

    room: the length of a line. What was in parentheses because it was too long for one line is
    one line if it is short enough now.
    """
    names = aliases(statement)
    layout = _laid_out(statement)
    above, left = headed(layout, kept)
    pieces = [Piece(names[i], layout, i, above[i]) for i in kept]
    fresh = _with(statement, layout, pieces, left)
    if isinstance(fresh, cst.ImportFrom) and fresh.lpar is not None and not layout.commented:
        assert isinstance(statement, cst.ImportFrom)
        if _length(in_line(statement, names)) > room:
            line = in_line(fresh, aliases(fresh))
            return line if _length(line) <= room else fresh
    return fresh


def added(statement: cst.ImportFrom, name: str, room: int, step: str) -> cst.ImportFrom:
    """Return the statement with one more name, among the others if those are sorted."""
    layout = _laid_out(statement)
    above, left = headed(layout, range(len(layout.commas)))
    pieces = [Piece(alias, layout, i, above[i]) for i, alias in enumerate(aliases(statement))]
    position = _place([dotted(piece.node.name) for piece in pieces], name)
    pieces.insert(position, Piece(cst.ImportAlias(cst.Name(name))))
    fresh = _with(statement, layout, pieces, left)
    assert isinstance(fresh, cst.ImportFrom)
    if fresh.lpar is None and _length(fresh) > room:
        return one_per_line(fresh, step)
    return fresh


def one_per_line(statement: cst.ImportFrom, step: str) -> cst.ImportFrom:
    """Return the statement with its names in parentheses, as isort's profile `black` does it."""
    names = aliases(statement)
    between = cst.Comma(whitespace_after=line_break(step))
    items = [alias.with_changes(comma=between) for alias in names]
    items[-1] = items[-1].with_changes(comma=cst.Comma())
    return statement.with_changes(
        names=items,
        lpar=cst.LeftParen(whitespace_after=line_break(step)),
        rpar=cst.RightParen(whitespace_before=line_break("")),
    )


def in_line(statement: cst.ImportFrom, names: Sequence[cst.ImportAlias]) -> cst.ImportFrom:
    """Return the statement with these names on one line."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    items = [alias.with_changes(comma=comma) for alias in names]
    items[-1] = items[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return statement.with_changes(names=items, lpar=None, rpar=None)


def order(name: str) -> tuple[int, str, str]:
    """Return isort's order of names: constants, classes, the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower(), name


def _place(names: Sequence[str], new: str) -> int:
    """Return where a name goes: into the order that is there, or at the end."""
    for key in (order, lambda name: (0, name.lower(), name), lambda name: (0, name, name)):
        keys = [key(name) for name in names]
        if keys == sorted(keys):
            return sum(1 for one in keys if one < key(new))
    return len(names)


def _laid_out(statement: ImportLine) -> Layout:
    names = aliases(statement)
    commas = [alias.comma if isinstance(alias.comma, cst.Comma) else None for alias in names]
    if not isinstance(statement, cst.ImportFrom) or statement.lpar is None:
        return Layout(NOTHING, tuple(commas), NOTHING)
    assert statement.rpar is not None
    closing, last = statement.rpar.whitespace_before, commas[-1]
    if last is not None:
        closing = last.whitespace_after
        commas[-1] = last.with_changes(whitespace_after=NOTHING)
    return Layout(statement.lpar.whitespace_after, tuple(commas), closing)


def _with(
    statement: ImportLine,
    layout: Layout,
    pieces: Sequence[Piece[cst.ImportAlias]],
    left: Sequence[cst.EmptyLine],
) -> ImportLine:
    opening, names, closing = arranged(layout, pieces, left)
    statement = statement.with_changes(names=names)
    if isinstance(statement, cst.ImportFrom) and statement.lpar and statement.rpar:
        return statement.with_changes(
            lpar=statement.lpar.with_changes(whitespace_after=opening),
            rpar=statement.rpar.with_changes(whitespace_before=closing),
        )
    return statement


def _length(statement: cst.ImportFrom) -> int:
    return len(cst.Module([]).code_for_node(statement))
