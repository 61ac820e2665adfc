"""Makes the broker where the app was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.arguments import Style, called
from celery2dramatiq.rewrite.brackets import layout_of
from celery2dramatiq.rewrite.errors import Unprintable
from celery2dramatiq.rewrite.gaps import NOTHING, SPACE

if TYPE_CHECKING:
    from celery2dramatiq.specs import BrokerSpec


def broker(
    statement: cst.BaseSmallStatement, spec: BrokerSpec, style: Style
) -> tuple[cst.Assign, cst.Call]:
    """Return the assignment of the broker, and the call in it."""
    value = _value(statement, spec)
    if spec.keep:
        value = _in_line(value)
    call = called(value, cst.Name("make_broker"), spec.arguments, style)
    if len(call.args) < 2 and not layout_of(call).commented:
        call = _unbroken(call)  # the layout was that of more arguments
    return cst.Assign([cst.AssignTarget(cst.Name(spec.variable))], call), call


def setting(spec: BrokerSpec) -> cst.Expr:
    """Return the statement that makes the broker the one of all actors."""
    return cst.Expr(cst.parse_expression(f"dramatiq.set_broker({spec.variable})"))


def _value(statement: cst.BaseSmallStatement, spec: BrokerSpec) -> cst.BaseExpression:
    """Return what makes the app, if nothing else is lost with its statement."""
    if isinstance(statement, cst.Assign):
        targets = [target.target for target in statement.targets]
        if spec.keep or (len(targets) == 1 and isinstance(targets[0], cst.Name)):
            return statement.value
    if (
        isinstance(statement, cst.AnnAssign)
        and statement.value is not None
        and (spec.keep or isinstance(statement.target, cst.Name))
    ):
        return statement.value
    raise Unprintable(
        f"{spec.place.path}:{spec.place.line}: the app is not simply assigned to a name"
    )


def _in_line(value: cst.BaseExpression) -> cst.BaseExpression:
    """Return a copy of a call without its layout and its comments."""
    return _unbroken(value) if isinstance(value, cst.Call) else value


def _unbroken(value: cst.Call) -> cst.Call:
    comma = cst.Comma(whitespace_after=SPACE)
    args = [
        arg.deep_clone().with_changes(comma=comma, whitespace_after_arg=NOTHING)
        for arg in value.args
    ]
    if args:
        args[-1] = args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return value.with_changes(args=args, whitespace_before_args=NOTHING, lpar=(), rpar=())
