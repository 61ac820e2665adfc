"""Parts of a syntax tree: what is below a node, what a target takes, what a function gets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from celery2dramatiq.index.scopes import under

Function = ast.FunctionDef | ast.AsyncFunctionDef

# Fields of nodes in which no expression, statement or string can be found.
_EMPTY = frozenset(
    [
        "ctx",
        "op",
        "ops",
        "names",
        "module",
        "level",
        "attr",
        "id",
        "asname",
        "type_comment",
        "kind",
        "conversion",
        "simple",
        "is_async",
        "lineno",
        "tag",
    ]
)


def quoted(annotation: ast.expr) -> Iterator[ast.Constant]:
    """Yield the strings in an annotation that are annotations themselves."""
    stack: list[ast.AST] = [annotation]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        name = getattr(under(node), "attr", "") or getattr(under(node), "id", "")
        if name not in ("Literal", "Annotated"):
            stack.extend(ast.iter_child_nodes(node))


def parameters(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Yield the parameters, each with its default (None: it has none)."""
    plain = [*arguments.posonlyargs, *arguments.args]
    without: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    yield from zip(plain, [*without, *arguments.defaults], strict=True)
    yield from zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for arg in (arguments.vararg, arguments.kwarg):
        if arg is not None:
            yield arg, None


def pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    """Yield the names that take the value of one expression, one by one for `a, b = c, d`."""
    if isinstance(target, ast.Name):
        yield target, value
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        plain = not any(isinstance(part, ast.Starred) for part in (*target.elts, *value.elts))
        if plain and len(target.elts) == len(value.elts):
            for part, its in zip(target.elts, value.elts, strict=True):
                if isinstance(part, ast.Name):
                    yield part, its


def below(node: ast.AST) -> list[ast.AST]:
    """Return the node's children, in order."""
    children: list[ast.AST] = []
    for name in _fields(type(node).__name__):
        value = getattr(node, name, None)
        if isinstance(value, list):
            children += [child for child in value if isinstance(child, ast.AST)]
        elif isinstance(value, ast.AST):
            children.append(value)
    return children


@cache
def _fields(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of node in which there may be more nodes."""
    return tuple(name for name in getattr(ast, kind)._fields if name not in _EMPTY)
