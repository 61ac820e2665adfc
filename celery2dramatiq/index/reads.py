"""What a function does with one of its parameters, as far as its own body says."""

from __future__ import annotations

import ast
from collections.abc import Iterator

HANDED_ON = ""  # it is read as a whole


def reads(function: ast.AST, name: str) -> tuple[str, ...]:
    """Return what is taken of a name: `x` or `x.y` of attributes, `[key]` of literal items.

    `HANDED_ON` stands for any other use: as an argument, in a text, in a comparison.
    """
    parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    found = (
        _taken(node, parents)
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    )
    return tuple(sorted(set(found)))


def _taken(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> str:
    taken = list(_steps(node, parents))
    return "".join(taken).removeprefix(".") if taken else HANDED_ON


def _steps(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    """Yield at most two steps: `.x`, or `[key]`, which `.get(key)` is as well."""
    for _ in range(2):
        link = parents[node]
        if isinstance(link, ast.Attribute) and _got(link, parents) is not None:
            call = parents[link]
            yield f"[{_got(link, parents)}]"
            node = call
        elif isinstance(link, ast.Attribute):
            yield f".{link.attr}"
            node = link
        elif isinstance(link, ast.Subscript) and isinstance(link.slice, ast.Constant):
            yield f"[{link.slice.value!s}]"
            node = link
        else:
            return


def _got(link: ast.Attribute, parents: dict[ast.AST, ast.AST]) -> str | None:
    """Return the key of `x.get(key)`."""
    call = parents[link]
    if link.attr != "get" or not isinstance(call, ast.Call) or call.func is not link:
        return None
    key = call.args[0] if call.args else None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
