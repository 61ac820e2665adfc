"""Puts an element into a list or a tuple, with the layout that the others have."""

from __future__ import annotations

import libcst as cst

from celery2dramatiq.rewrite.gaps import SPACE

Sequence = cst.List | cst.Tuple


def longer(node: Sequence, code: str) -> Sequence:
    """Return the list or tuple with an element before the others."""
    value = cst.parse_expression(code)
    if not node.elements:
        comma = cst.Comma() if isinstance(node, cst.Tuple) else cst.MaybeSentinel.DEFAULT
        return _opened(node.with_changes(elements=[cst.Element(value, comma)]), None)
    gap = _gap(node)
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        first = cst.Element(value, cst.Comma(whitespace_after=SPACE))
        return node.with_changes(elements=[first, *node.elements])
    after = gap.with_changes(first_line=cst.TrailingWhitespace())
    first = cst.Element(value, cst.Comma(whitespace_after=after))
    longer = node.with_changes(elements=[first, *node.elements])
    return _opened(longer, gap.with_changes(empty_lines=()))


def _gap(node: Sequence) -> cst.BaseParenthesizableWhitespace | None:
    """Return what stands between the bracket and the first element."""
    if isinstance(node, cst.List):
        return node.lbracket.whitespace_after
    return node.lpar[0].whitespace_after if node.lpar else None


def _opened(node: Sequence, gap: cst.BaseParenthesizableWhitespace | None) -> Sequence:
    if gap is None:
        return node
    if isinstance(node, cst.List):
        return node.with_changes(lbracket=node.lbracket.with_changes(whitespace_after=gap))
    first = node.lpar[0].with_changes(whitespace_after=gap)
    return node.with_changes(lpar=[first, *node.lpar[1:]])
