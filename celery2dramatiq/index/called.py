"""Tasks that a call makes, and no decorator: `work = app.task(function)`."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.resolve import Resolver


@dataclass(frozen=True, slots=True)
class Call:
    """A call that makes a task.

    whole: it is the task. printed: Celery's decorator with its options, which is the same call or
    the one that is called. function: what becomes the task. variable: its name, "" if it has none.
    """

    whole: ast.Call
    printed: ast.Call
    function: ast.expr
    variable: str
    statement: ast.stmt

    @property
    def plain(self) -> ast.expr:
        """Celery's decorator without its options."""
        return self.printed.func

    @property
    def given(self) -> bool:
        """Tell whether the function stands among the options."""
        return self.whole is self.printed


def calls_of(module: Module) -> list[Call]:
    """Return the calls at the top of a module that may make a task."""
    found = []
    for statement in module.tree.body:
        variable = _variable(statement)
        value = getattr(statement, "value", None)
        if variable is None or not isinstance(value, ast.Call) or not value.args:
            continue
        first = value.args[0]
        if isinstance(first, ast.Starred):
            continue
        twice = isinstance(value.func, ast.Call)
        if twice and (len(value.args) > 1 or value.keywords):
            continue
        printed = value.func if isinstance(value.func, ast.Call) else value
        found.append(Call(value, printed, first, variable, statement))
    return found


def _variable(statement: ast.stmt) -> str | None:
    """Return the one name that a statement binds, "" for an expression; None for others."""
    if isinstance(statement, ast.Expr):
        return ""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def function_of(
    node: ast.expr, module: Module, resolver: Resolver
) -> tuple[Function, Module] | None:
    """Return a plain function of the project that an expression stands for, and its module."""
    values = resolver.values(node, module)
    for value in values if len(values) == 1 else ():
        found = list(resolver.definitions.scopes(value.target))
        if value.target.kind == "function" and not value.steps and len(found) == 1:
            inner, home = found[0][0].node, found[0][1]
            if isinstance(inner, Function) and inner in home.tree.body:
                return inner, home
    return None
