"""Expressions in places where others stood: parsed, and in parentheses where they need them."""

from __future__ import annotations

import libcst as cst

from celery2dramatiq.rewrite.errors import Unprintable

# How tightly an operator binds, from the loosest; what is not listed is an atom.
_BOOLEAN = {cst.Or: 3, cst.And: 4}
_BINARY = {
    cst.BitOr: 7,
    cst.BitXor: 8,
    cst.BitAnd: 9,
    cst.LeftShift: 10,
    cst.RightShift: 10,
    cst.Add: 11,
    cst.Subtract: 11,
    cst.Power: 14,
}
_OTHERS = {
    cst.GeneratorExp: 0,
    cst.NamedExpr: 0,
    cst.Tuple: 0,
    cst.Yield: 0,
    cst.Lambda: 1,
    cst.IfExp: 2,
    cst.Comparison: 6,
    cst.Await: 15,
}
OR = 3
MULTIPLICATION = 12
_NOT, _UNARY = 5, 13
_ATOM = 16
# Where any expression but the loosest stands without parentheses.
_OPEN = (
    cst.AnnAssign,
    cst.Annotation,
    cst.Arg,
    cst.Assert,
    cst.Assign,
    cst.AugAssign,
    cst.DictElement,
    cst.Element,
    cst.Expr,
    cst.For,
    cst.If,
    cst.Index,
    cst.Param,
    cst.Raise,
    cst.Return,
    cst.While,
    cst.WithItem,
)


def precedence(node: cst.BaseExpression) -> int:
    """Return how tightly the expression holds together."""
    if node.lpar:
        return _ATOM
    if isinstance(node, cst.BooleanOperation):
        return _BOOLEAN[type(node.operator)]
    if isinstance(node, cst.BinaryOperation):
        return _BINARY.get(type(node.operator), MULTIPLICATION)
    if isinstance(node, cst.UnaryOperation):
        return _NOT if isinstance(node.operator, cst.Not) else _UNARY
    return _OTHERS.get(type(node), _ATOM)


def parenthesized(node: cst.BaseExpression, least: int = _ATOM) -> cst.BaseExpression:
    """Return the expression, in parentheses unless it binds at least as tightly."""
    if precedence(node) >= least:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def parsed(code: str) -> cst.BaseExpression:
    """Return the expression of that code. Raises Unprintable if it is none."""
    try:
        return _parsed(code) or cst.parse_expression(f"({code})")  # it may span lines
    except cst.ParserSyntaxError as error:
        raise Unprintable(f"`{code}` is no expression") from error


def _parsed(code: str) -> cst.BaseExpression | None:
    try:
        return cst.parse_expression(code)
    except cst.ParserSyntaxError:
        return None


def in_place_of(
    original: cst.BaseExpression,
    code: str,
    parent: cst.CSTNode | None,
) -> cst.BaseExpression:
    """Return code that can stand where the original stands."""
    new = parsed(code)
    if original.lpar and not new.lpar:
        return new.with_changes(lpar=original.lpar, rpar=original.rpar)
    if isinstance(parent, cst.Attribute) and isinstance(new, cst.Integer):
        return parenthesized(new, _ATOM + 1)
    least = precedence(original)
    if isinstance(parent, _OPEN) and getattr(parent, "star", "") == "":
        least = min(least, 1)
    return parenthesized(new, least)


def requoted(code: str, quote: str) -> str:
    """Return code that can stand in an f-string with these quotes, before Python 3.12 too."""
    mark = quote[0]
    if mark not in code:
        return code
    other = "'" if mark == '"' else '"'
    if other in code or "\\" in code:
        raise Unprintable(f"`{code}` cannot stand inside an f-string")
    return code.replace(mark, other)
