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
