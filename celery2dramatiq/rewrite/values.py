"""What an argument's value becomes: seconds as milliseconds, None as an empty tuple."""

from __future__ import annotations

import math

import libcst as cst

from celery2dramatiq.rewrite.expressions import MULTIPLICATION, OR, parenthesized
from celery2dramatiq.specs import Code, Milliseconds, OrEmpty, Wrapped

_WHOLE = (cst.Add, cst.Subtract, cst.Multiply, cst.FloorDivide, cst.Modulo)
_COUNTS = ("int", "len", "randint", "randrange")  # functions that return an int
_FILLED = (cst.Tuple, cst.List, cst.ListComp, cst.BinaryOperation)  # never None
Number = cst.Integer | cst.Float


def valued(value: cst.BaseExpression, code: Code) -> cst.BaseExpression:
    """Return an argument's value as the code wants it."""
    if isinstance(code, Milliseconds):
        computed = milliseconds(value)
        if code.optional and isinstance(value, cst.Name | cst.Attribute) and not is_none(value):
            return cst.BooleanOperation(value, cst.And(), computed)  # None stays None
        return computed
    if isinstance(code, Wrapped):
        return cst.Call(cst.parse_expression(code.function), args=[cst.Arg(value)])
    if isinstance(code, OrEmpty):
        return or_empty(value)
    return value


def milliseconds(seconds: cst.BaseExpression) -> cst.BaseExpression:
    """Return code for whole milliseconds: a number is folded, anything else is computed.

    What is made of whole numbers stays readable: `60 * 5` is `60 * 5 * 1000`.
    """
    if is_none(seconds):
        return seconds
    folded = _folded(seconds)
    if folded is not None:
        return folded
    if isinstance(seconds, cst.IfExp) and (_is_plain(seconds.body) or _is_plain(seconds.orelse)):
        return seconds.with_changes(
            body=milliseconds(seconds.body), orelse=milliseconds(seconds.orelse)
        )
    factor = parenthesized(seconds, MULTIPLICATION)
    product = cst.BinaryOperation(factor, cst.Multiply(), cst.Integer("1000"))
    return product if _is_whole(seconds) else cst.Call(cst.Name("int"), args=[cst.Arg(product)])


def or_empty(value: cst.BaseExpression) -> cst.BaseExpression:
    """Return code for the value, or an empty tuple if it is None."""
    if is_none(value):
        return cst.Tuple([])
    if _is_filled(value):
        return value
    return cst.BooleanOperation(parenthesized(value, OR), cst.Or(), cst.Tuple([]))


def is_none(value: cst.BaseExpression) -> bool:
    """Tell whether it is the word None."""
    return isinstance(value, cst.Name) and value.value == "None"


def _folded(seconds: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return a number's thousandfold, as it would be written beside that number."""
    if isinstance(seconds, cst.UnaryOperation) and isinstance(
        seconds.operator, cst.Minus | cst.Plus
    ):
        inner = _folded(seconds.expression)
        return None if inner is None else seconds.with_changes(expression=inner)
    if not isinstance(seconds, Number):
        return None
    if isinstance(seconds, cst.Float) and math.isinf(seconds.evaluated_value):
        return None
    value = round(seconds.evaluated_value * 1000)
    return cst.Integer(f"{value:_}" if "_" in seconds.value else str(value))


def _is_plain(value: cst.BaseExpression) -> bool:
    return is_none(value) or _folded(value) is not None


def _is_whole(value: cst.BaseExpression) -> bool:
    """Tell whether the value is an int, as far as that can be seen."""
    if isinstance(value, cst.BinaryOperation):
        whole = isinstance(value.operator, _WHOLE)
        return whole and _is_whole(value.left) and _is_whole(value.right)
    if isinstance(value, cst.UnaryOperation):
        return isinstance(value.operator, cst.Minus) and _is_whole(value.expression)
    if isinstance(value, cst.Call):
        name = value.func.attr if isinstance(value.func, cst.Attribute) else value.func
        return isinstance(name, cst.Name) and name.value in _COUNTS
    return isinstance(value, cst.Integer)


def _is_filled(value: cst.BaseExpression) -> bool:
    """Tell whether the value is not None, as far as that can be seen."""
    if isinstance(value, cst.BooleanOperation):
        return isinstance(value.operator, cst.Or) and _is_filled(value.right)
    if isinstance(value, cst.IfExp):
        return _is_filled(value.body) and _is_filled(value.orelse)
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Name):
        return value.func.value in ("list", "tuple")
    return isinstance(value, _FILLED)
