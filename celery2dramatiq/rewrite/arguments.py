"""Prints the arguments of a call: as they were laid out, or wrapped where a line gets too long."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from celery2dramatiq.specs import (
    Code,
    Elements,
    Inner,
    Keep,
    Method,
    Milliseconds,
    OrEmpty,
    Rest,
    Text,
    Wrapped,
)

_FROM = (Keep, Milliseconds, Wrapped, OrEmpty, Elements)
_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
_BREAK = cst.ParenthesizedWhitespace(
    first_line=cst.TrailingWhitespace(), indent=True, last_line=cst.SimpleWhitespace("    ")
)
_CLOSE = cst.ParenthesizedWhitespace(first_line=cst.TrailingWhitespace(), indent=True)


def called(
    original: cst.BaseExpression,
    function: cst.BaseExpression,
    wanted: Sequence[tuple[str | None, Code]],
) -> cst.Call:
    """Return a call of `function` whose arguments come from the original's, if it is a call."""
    source = original.args if isinstance(original, cst.Call) else ()
    args = chosen(original, wanted)
    if isinstance(original, cst.Call) and len(source) > 0 and _is_broken(original):
        return laid_out(original.with_changes(func=function), args)
    whitespace = original.whitespace_after_func if isinstance(original, cst.Call) else None
    call = cst.Call(function, args=in_line(args))
    return call.with_changes(whitespace_after_func=whitespace) if whitespace else call


def chosen(
    original: cst.BaseExpression, wanted: Sequence[tuple[str | None, Code]]
) -> list[cst.Arg]:
    """Return the wanted arguments, each with the layout of the one that it comes from."""
    source = original.args if isinstance(original, cst.Call) else ()
    taken = {id(_find(source, code.of)) for _, code in wanted if isinstance(code, _FROM)}
    args: list[cst.Arg] = []
    for keyword, code in wanted:
        if isinstance(code, Rest):
            args.extend(arg for arg in source if id(arg) not in taken)
        elif isinstance(code, Elements):
            args.extend(_elements(_find(source, code.of).value))
        elif isinstance(code, _FROM):
            found = _find(source, code.of)
            args.append(_named(found.with_changes(value=_value(found.value, code)), keyword))
        else:
            args.append(_named(cst.Arg(_made(original, code)), keyword))
    return args


def _elements(value: cst.BaseExpression) -> list[cst.Arg]:
    """Return the elements of a tuple or list as arguments; anything else as a starred one."""
    if isinstance(value, cst.Tuple | cst.List):
        return [
            cst.Arg(element.value, star="*" if isinstance(element, cst.StarredElement) else "")
            for element in value.elements
        ]
    return [cst.Arg(value, star="*")]


def _made(original: cst.BaseExpression, code: Text | Method | Inner) -> cst.BaseExpression:
    if isinstance(code, Text):
        return cst.parse_expression(code.code)
    if isinstance(code, Inner):
        return cst.Call(
            cst.parse_expression(code.function), args=in_line(chosen(original, code.args))
        )
    assert isinstance(original, cst.Call)
    assert isinstance(original.func, cst.Attribute)  # the rule saw `.name(`
    return original.func.with_changes(attr=cst.Name(code.name))


def in_line(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """Return the arguments on one line."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    space = cst.SimpleWhitespace("")
    plain = [arg.with_changes(comma=comma, whitespace_after_arg=space) for arg in args]
    if plain:
        plain[-1] = plain[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return plain


def broken(call: cst.Call) -> cst.Call:
    """Return the call with one argument a line, as black does."""
    if not call.args:
        return call
    args = [arg.with_changes(comma=cst.Comma(whitespace_after=_BREAK)) for arg in call.args]
    args[-1] = args[-1].with_changes(comma=cst.Comma(whitespace_after=_CLOSE))
    return call.with_changes(args=args, whitespace_before_args=_BREAK)


def laid_out(call: cst.Call, args: Sequence[cst.Arg]) -> cst.Call:
    """Return the call with new arguments in the layout that its arguments had."""
    if not args:
        return call.with_changes(args=[], whitespace_before_args=cst.SimpleWhitespace(""))
    last = call.args[-1]
    between = next(
        (arg.comma for arg in call.args[:-1] if isinstance(arg.comma, cst.Comma)),
        cst.Comma(whitespace_after=call.whitespace_before_args),
    )
    new = [arg if _has_comma(arg) else arg.with_changes(comma=between) for arg in args]
    new = [arg if arg is not last else arg.with_changes(comma=between) for arg in new]
    closing = last.comma
    if isinstance(closing, cst.MaybeSentinel) and not isinstance(
        last.whitespace_after_arg, cst.ParenthesizedWhitespace
    ):
        new[-1] = new[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    else:
        new[-1] = new[-1].with_changes(
            comma=closing, whitespace_after_arg=last.whitespace_after_arg
        )
    return call.with_changes(args=new)


def milliseconds(seconds: cst.BaseExpression) -> cst.BaseExpression:
    """Return code for whole milliseconds: a number is folded, anything else is computed."""
    if isinstance(seconds, cst.Integer):
        return cst.Integer(str(seconds.evaluated_value * 1000))
    if isinstance(seconds, cst.Float):
        return cst.Integer(str(round(seconds.evaluated_value * 1000)))
    simple = isinstance(seconds, cst.Name | cst.Attribute | cst.Call | cst.Subscript)
    factor = seconds if simple or seconds.lpar else _parenthesized(seconds)
    product = cst.BinaryOperation(factor, cst.Multiply(), cst.Integer("1000"))
    return cst.Call(cst.Name("int"), args=[cst.Arg(product)])


def _value(value: cst.BaseExpression, code: Code) -> cst.BaseExpression:
    if isinstance(code, Milliseconds):
        computed = milliseconds(value)
        if code.optional and isinstance(value, cst.Name | cst.Attribute):
            return cst.BooleanOperation(value, cst.And(), computed)  # None stays None
        return computed
    if isinstance(code, Wrapped):
        return cst.Call(cst.Name(code.function), args=[cst.Arg(value)])
    if isinstance(code, OrEmpty) and not isinstance(value, cst.Tuple | cst.List):
        if isinstance(value, cst.Name) and value.value == "None":
            return cst.Tuple([])
        simple = isinstance(value, cst.Name | cst.Attribute | cst.Call | cst.Subscript)
        left = value if simple or value.lpar else _parenthesized(value)
        return cst.BooleanOperation(left, cst.Or(), cst.Tuple([]))
    assert isinstance(code, Keep | OrEmpty)
    return value


def _parenthesized(value: cst.BaseExpression) -> cst.BaseExpression:
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _named(arg: cst.Arg, keyword: str | None) -> cst.Arg:
    if keyword is None:
        return arg.with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT)
    equal = arg.equal if isinstance(arg.equal, cst.AssignEqual) else _TIGHT
    return arg.with_changes(keyword=cst.Name(keyword), equal=equal)


def _find(source: Sequence[cst.Arg], of: str | int) -> cst.Arg:
    if isinstance(of, int):
        return [arg for arg in source if arg.keyword is None][of]
    return next(arg for arg in source if arg.keyword is not None and arg.keyword.value == of)


def _has_comma(arg: cst.Arg) -> bool:
    return isinstance(arg.comma, cst.Comma) and isinstance(
        arg.comma.whitespace_after, cst.ParenthesizedWhitespace
    )


def _is_broken(call: cst.Call) -> bool:
    return isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace)
