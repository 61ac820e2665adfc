"""What a project has made of the helpers that were written into it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_Block = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_SHOWN = 5  # names that one sentence can hold


def differing(existing: str) -> Iterator[tuple[str, int, str]]:
    """Yield the functions and classes of an existing module that are not as they are known here.

    Each comes with its line there, and what can be told of what it lacks ("" for nothing). Layout,
    comments, docstrings and annotations make no difference. A module that is not Python has none.
    """
    try:
        theirs = _blocks(existing)
    except SyntaxError:
        return
    for name, ours in _ours().items():
        if name in theirs and _said(theirs[name]) != _said(ours):
            yield name, theirs[name].lineno, _lacking(theirs[name], ours)


@cache
def _ours() -> dict[str, _Block]:
    return _blocks(files(__package__).joinpath("dramatiq_helpers.py").read_text("utf-8"))


def _blocks(text: str) -> dict[str, _Block]:
    return {node.name: node for node in ast.parse(text).body if isinstance(node, _Block)}


def _said(node: _Block) -> str:
    """Return what a definition does, as a text that can be compared."""
    (copy,) = ast.parse(ast.unparse(node)).body
    for inner in ast.walk(copy):
        if isinstance(inner, ast.arg):
            inner.annotation = None
        if isinstance(inner, ast.FunctionDef):
            inner.returns = None
        if isinstance(inner, _Block) and ast.get_docstring(inner) is not None:
            inner.body = inner.body[1:]
    return ast.dump(copy)


def _lacking(theirs: _Block, ours: _Block) -> str:
    """Say which parameters, and which of the names that ours uses, theirs has not."""
    words = sorted(_parameters(ours) - _parameters(theirs))
    words += sorted(_names(ours) - _names(theirs) - _parameters(ours))
    shown = ", ".join(f"`{word}`" for word in words[:_SHOWN])
    return shown + (f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else "")


def _parameters(node: _Block) -> set[str]:
    return {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}


def _names(node: _Block) -> set[str]:
    """Return the names that are read in a definition and not bound there."""
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    bound = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return {name.id for name in names} - bound
