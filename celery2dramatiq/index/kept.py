"""Decorators that are kept in a name: `job = app.task(bind=True)`, used as `@job`."""

from __future__ import annotations

import ast
from dataclasses import replace

from celery2dramatiq.index.model import Step, Wrapper
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.values import Value
from celery2dramatiq.index.wrappers import Wrapping


def decorator_of(value: Value) -> tuple[Value, Step] | None:
    """Return what is called for a decorator, and the call; None if it decorates at once.

    `app.task(options)` returns a decorator; with a function it returns a task.
    """
    if not value.steps or value.steps[-1].kind != "call":
        return None
    call = value.steps[-1]
    if any(arg.keyword is None and arg.star != "**" for arg in call.args):
        return None
    return Value(value.target, value.shape.removesuffix("()"), value.steps[:-1]), call


def wrapping(call: Step, declared: tuple[str | None], home: Module) -> Wrapping:
    """Return the wrapper that a call of Celery's decorator is, kept for several tasks.

    declared: the app (None: whichever is current). home: the module of the call.
    """
    node = next(one for one in home.scopes.calls if home.place(one) == call.place)
    wrapper = Wrapper(
        id=f"{home.path}::{call.place.start}",
        path=home.path,
        place=call.place,
        decorates=False,
        options=tuple(replace(arg, spread=True) for arg in call.args if not arg.star),
        given=False,
        passes=True,
        function="",
        wraps=False,
        problem=_problem(node, call, home),
        kept=True,
    )
    return Wrapping(wrapper, (node,), declared[0], True, False)


def _problem(node: ast.Call, call: Step, home: Module) -> str:
    """Return why nothing can be written in the place of the call, if so."""
    for arg in call.args:
        if arg.star:
            return f"`{arg.star}{arg.code}` is computed"
    around = home.scopes.parents[node]
    if around not in home.tree.body or not isinstance(around, (ast.Assign, ast.AnnAssign)):
        return "it is not simply kept in a name at the top of its module"
    return ""
