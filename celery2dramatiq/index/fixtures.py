"""Fixtures of pytest's: which one a parameter asks for, and what it gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from celery2dramatiq.index.modules import Module, Modules
from celery2dramatiq.index.nodes import Function

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def named(
    name: str, asking: Function, module: Module, modules: Modules
) -> Iterator[tuple[Module, Function]]:
    """Yield the fixtures of a name, the one that is meant first, each with its module.

    asking: the test or fixture with the parameter; one that bears the name means the next.
    """
    around: ast.AST | None = module.scopes.parents.get(asking)
    while around is not None:
        if isinstance(around, (ast.ClassDef, ast.Module)):
            yield from ((module, one) for one in _among(around, name) if one is not asking)
        around = module.scopes.parents.get(around)
    for path in conftests(module.path):
        home = modules.parsed(path)
        if home is not None and home is not module:
            yield from ((home, one) for one in _among(home.tree, name))


def conftests(path: str) -> Iterator[str]:
    """Yield where the fixtures of a test may be besides its own file, the nearest first."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        yield f"{folder}/conftest.py" if folder else "conftest.py"


def _among(block: ast.ClassDef | ast.Module, name: str) -> Iterator[Function]:
    for statement in block.body:
        if isinstance(statement, Function) and name in _names(statement):
            yield statement


def _names(function: Function) -> Iterator[str]:
    """Yield the name under which a function is a fixture."""
    for decorator in function.decorator_list:
        plain = decorator.func if isinstance(decorator, ast.Call) else decorator
        if getattr(plain, "attr", getattr(plain, "id", "")) in ("fixture", "yield_fixture"):
            words = decorator.keywords if isinstance(decorator, ast.Call) else []
            named = [word.value for word in words if word.arg == "name"]
            yield str(getattr(named[0], "value", "")) if named else function.name


def given(function: Function) -> Iterator[ast.expr]:
    """Yield what a fixture returns or yields."""
    stack: list[ast.AST] = list(reversed(function.body))
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
            yield node.value
        if not isinstance(node, _INNER):
            stack.extend(ast.iter_child_nodes(node))
