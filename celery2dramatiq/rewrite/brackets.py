"""What stands between brackets: arguments of a call, elements of a list, a tuple, a set, a dict."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import libcst as cst

from celery2dramatiq.rewrite.gaps import NOTHING, Gap
from celery2dramatiq.rewrite.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

Bracketed = cst.Call | cst.Dict | cst.List | cst.Set | cst.Tuple
Node = TypeVar("Node", bound=Bracketed)
Part = cst.Arg | cst.BaseElement | cst.BaseDictElement


def parts_of(node: Bracketed) -> Sequence[Part]:
    """Return the arguments or elements."""
    return node.args if isinstance(node, cst.Call) else node.elements


def has_brackets(node: Bracketed) -> bool:
    """Tell whether there are brackets: a tuple may have none."""
    return not isinstance(node, cst.Tuple) or bool(node.lpar)


def layout_of(node: Bracketed) -> Layout:
    """Return how the arguments or elements are laid out."""
    parts = parts_of(node)
    commas = [part.comma if isinstance(part.comma, cst.Comma) else None for part in parts]
    opening, closing = _gaps(node)
    last = commas[-1] if commas else None
    if last is not None and isinstance(node, cst.Call):
        closing = last.whitespace_after
        commas[-1] = last.with_changes(whitespace_after=NOTHING)
    return Layout(opening, tuple(commas), closing)


def laid_out(node: Node, opening: Gap, parts: Sequence[Part], closing: Gap) -> Node:
    """Return the brackets with these parts, which have their commas."""
    if isinstance(node, cst.Call):
        parts = [part.with_changes(whitespace_after_arg=NOTHING) for part in parts]
        if parts:
            parts[-1] = parts[-1].with_changes(whitespace_after_arg=closing)
        return node.with_changes(args=parts, whitespace_before_args=opening)
    if isinstance(node, cst.Tuple):
        if not node.lpar:
            return node.with_changes(elements=parts)
        lpar = node.lpar[-1].with_changes(whitespace_after=opening)
        rpar = node.rpar[0].with_changes(whitespace_before=closing)
        node = node.with_changes(lpar=[*node.lpar[:-1], lpar], rpar=[rpar, *node.rpar[1:]])
        return node.with_changes(elements=parts)
    left, right = _names(node)
    brackets = {
        left: getattr(node, left).with_changes(whitespace_after=opening),
        right: getattr(node, right).with_changes(whitespace_before=closing),
    }
    return node.with_changes(elements=parts, **brackets)  # type: ignore[return-value]


def _gaps(node: Bracketed) -> tuple[Gap, Gap]:
    if isinstance(node, cst.Call):
        closing = node.args[-1].whitespace_after_arg if node.args else NOTHING
        return node.whitespace_before_args, closing
    if isinstance(node, cst.Tuple):
        if not node.lpar:
            return NOTHING, NOTHING
        return node.lpar[-1].whitespace_after, node.rpar[0].whitespace_before
    left, right = _names(node)
    return getattr(node, left).whitespace_after, getattr(node, right).whitespace_before


def _names(node: cst.Dict | cst.List | cst.Set) -> tuple[str, str]:
    return ("lbracket", "rbracket") if isinstance(node, cst.List) else ("lbrace", "rbrace")
