"""Drops items of a dictionary that is written out."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from celery2dramatiq.rewrite.brackets import laid_out, layout_of
from celery2dramatiq.rewrite.layout import Piece, arranged, headed


def without_items(node: cst.Dict, gone: Sequence[bool]) -> cst.Dict:
    """Return the dictionary without items, and the comments above those. gone: of each item."""
    layout = layout_of(node)
    kept = [i for i, goes in enumerate(gone) if not goes]
    above, left = headed(layout, kept)
    pieces = [Piece(node.elements[i], layout, i, above[i]) for i in kept]
    opening, elements, closing = arranged(layout, pieces, left)
    return laid_out(node, opening, elements, closing)


def by_keyword(read: cst.Subscript, key: str) -> cst.Subscript:
    """Return `call.args[0]` or `call[0][0]`, the arguments of a mock's call, as `[1][key]`."""
    group = read.value
    if isinstance(group, cst.Attribute):
        group = group.with_changes(attr=cst.Name("kwargs"))
    else:
        group = cst.ensure_type(group, cst.Subscript).with_changes(slice=_index(cst.Integer("1")))
    return read.with_changes(value=group, slice=_index(cst.SimpleString(key)))


def _index(value: cst.BaseExpression) -> list[cst.SubscriptElement]:
    return [cst.SubscriptElement(cst.Index(value))]
