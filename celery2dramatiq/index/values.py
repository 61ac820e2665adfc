"""The meanings that an expression may have."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from celery2dramatiq.index.model import Step, Target
from celery2dramatiq.index.names import APP, canonical, matters

NEW = "<new>"  # the step from a task to another instance of its class
CHOICES = (ast.IfExp, ast.BoolOp, ast.NamedExpr)


@dataclass(frozen=True, slots=True)
class Value:
    """A meaning of an expression: what it started from, and the steps taken since.

    shape: all steps, as in `.delay()`. Two values of one shape mean the same here.
    """

    target: Target
    shape: str = ""
    steps: tuple[Step, ...] = field(default=(), compare=False)

    def then(self, step: Step) -> Value:
        """Return the value after one more step."""
        return Value(self.target, self.shape + step.shape, (*self.steps, step))

    @property
    def matters(self) -> bool:
        """Tell whether uses of the value are recorded."""
        return matters(self.target)


Values = tuple[Value, ...]
UNKNOWN = Value(Target("unknown", ""))
CELERY_APP = Target("external", APP)


def external(dotted: str) -> Value:
    """Return the value of a name outside the project, under the name it goes by here."""
    return Value(Target("external", canonical(dotted)))


def merge(groups: Iterable[Iterable[Value]]) -> Values:
    """Sum up meanings; a group without any is something unknown beside the others."""
    found = dict.fromkeys(value for group in groups for value in (tuple(group) or (UNKNOWN,)))
    return () if list(found) == [UNKNOWN] else tuple(found)


def leaves(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what a choice may come to."""
    stack = [node]
    while stack:
        leaf = stack.pop()
        if isinstance(leaf, ast.IfExp):
            stack += [leaf.orelse, leaf.body]
        elif isinstance(leaf, ast.BoolOp):
            stack += reversed(leaf.values)
        elif isinstance(leaf, ast.NamedExpr):
            stack.append(leaf.value)
        else:
            yield leaf
