"""Whether an expression means the same in another place of its module."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from celery2dramatiq.index.model import Place
from celery2dramatiq.index.modules import Module

_HARMLESS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_QUIET = ("config_from_object", "add_defaults", "autodiscover_tasks", "get", "getenv")
_INNER = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr)


def movable_to(statement: Place, node: ast.expr, module: Module) -> bool:
    """Tell whether an expression can be evaluated in a statement at the top of its module.

    Its names must be bound before, and where it calls something nothing that may have an effect
    on that may be run in between.
    """
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    if any(isinstance(inner, _INNER) for inner in ast.walk(node)):
        return False
    if not all(_is_bound_before(statement, name, module) for name in names):
        return False
    here = module.place(node)
    return not names or here.start < statement.end or _is_quiet(statement, here, module)


def _is_bound_before(statement: Place, name: ast.Name, module: Module) -> bool:
    scope = module.scopes.bases.get(name)
    owner = scope.owner(name.id) if scope is not None else None
    if owner is None:
        return True  # one of Python's own
    bindings = owner.bindings[name.id]
    if owner is scope and all(binding.kind == "parameter" for binding in bindings):
        return True  # both statements are in the same function
    return owner is module.scopes.module and all(
        module.place(binding.node).end <= statement.start for binding in bindings
    )


def _is_quiet(statement: Place, here: Place, module: Module) -> bool:
    """Tell whether nothing is called between two places but the app itself."""
    return all(map(_is_harmless, _between(statement, here, module)))


def _between(statement: Place, here: Place, module: Module) -> Iterable[ast.stmt]:
    for one in module.tree.body:
        place = module.place(one)
        if statement.end <= place.start and place.end <= here.start:
            yield one


def _is_harmless(statement: ast.stmt) -> bool:
    """Tell whether a statement changes nothing but its own names and the app."""
    if isinstance(statement, _HARMLESS):
        return True
    if isinstance(statement, ast.Assign) and not all(map(_is_own, statement.targets)):
        return False
    return all(
        isinstance(inner.func, ast.Attribute) and _is_of_app(inner.func)
        for inner in ast.walk(statement)
        if isinstance(inner, ast.Call)
    )


def _is_own(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) or any(
        isinstance(inner, ast.Attribute) and inner.attr == "conf" for inner in ast.walk(target)
    )


def _is_of_app(called: ast.Attribute) -> bool:
    """Tell whether a call configures an app, or only reads."""
    if called.attr == "update":
        return isinstance(called.value, ast.Attribute) and called.value.attr == "conf"
    return called.attr in _QUIET
