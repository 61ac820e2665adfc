"""Finds what a statement of a module has become in a module that was made from it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

Lines = tuple[int, int]  # the first, counted from 0, and the one after the last
_LONG = 8  # lines; of a longer statement only the line itself is shown
_Named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def pair(before: str, after: str, line: int, *, broker: bool) -> tuple[Lines, Lines] | None:
    """Return where the statement at that line (from 0) is in both; None if that is not certain.

    Of a function or class only its decorators and its first line count. What the module itself
    does when it is imported is dropped, or becomes the broker.
    """
    try:
        old, new = ast.parse(before).body, ast.parse(after).body
    except SyntaxError:
        return None
    here = next((one for one in old if _first(one) <= line + 1 <= _last(one)), None)
    if isinstance(here, ast.stmt) and not isinstance(here, (*_Named, ast.If, ast.For, ast.With)):
        return _at_top(here, new, line, broker=broker)
    return _pair(old, new, line + 1)


def _at_top(
    here: ast.stmt, new: Sequence[ast.stmt], line: int, *, broker: bool
) -> tuple[Lines, Lines]:
    """Return a statement of the module and what it has become: itself, the broker, or nothing."""
    there = [one for one in new if ast.unparse(one) == ast.unparse(here)]
    if not there and broker:
        there += [one for one in new if "make_broker(" in ast.unparse(one)]
    whole, becomes = _head(here), _head(there[0]) if there else (0, 0)
    if whole[1] - whole[0] > _LONG:
        whole = line, line + 1
    return whole, becomes if becomes[1] - becomes[0] <= _LONG else (0, 0)


def _pair(
    old: Sequence[ast.stmt], new: Sequence[ast.stmt], line: int
) -> tuple[Lines, Lines] | None:
    at = next((n for n, one in enumerate(old) if _first(one) <= line <= _last(one)), None)
    if at is None:
        return None
    here = old[at]
    there = _counterpart(old, new, at)
    if there is None:
        return None
    for mine, other in zip(_bodies(here), _bodies(there), strict=False):
        if mine and _first(mine[0]) <= line <= _last(mine[-1]):
            return _pair(mine, other, line)
    handlers = zip(_handlers(here), _handlers(there), strict=False)
    at_handler = ((a - 1, b - 1) for a, b in handlers if a == line)
    return next((((a, a + 1), (b, b + 1)) for a, b in at_handler), (_head(here), _head(there)))


def _handlers(statement: ast.stmt) -> list[int]:
    return [handler.lineno for handler in getattr(statement, "handlers", ())]


def _counterpart(old: Sequence[ast.stmt], new: Sequence[ast.stmt], at: int) -> ast.stmt | None:
    here = old[at]
    if isinstance(here, _Named):
        same = [one for one in new if isinstance(one, _Named) and one.name == here.name]
        return same[0] if len(same) == 1 else None
    if len(old) == len(new) and type(new[at]) is type(here):
        return new[at]
    return None


def _bodies(statement: ast.stmt) -> list[list[ast.stmt]]:
    names = ("body", "orelse", "finalbody")
    bodies = [list(getattr(statement, name, ())) for name in names]
    handlers = getattr(statement, "handlers", ())
    return [*bodies, *(list(handler.body) for handler in handlers)]


def _head(statement: ast.stmt) -> Lines:
    """Return the lines of a statement, of a compound one those before its body."""
    bodies = [body for body in _bodies(statement) if body]
    end = _first(bodies[0][0]) - 1 if bodies else _last(statement)
    return _first(statement) - 1, max(end, _first(statement))


def _first(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def _last(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno
