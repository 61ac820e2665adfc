"""Rearranges a list - arguments, imported names, elements - in the layout that it had.

A gap is the whitespace, with its comments, in front of an item or of the closing bracket. Where
two neighbours stay neighbours their gap stays; other gaps are made like those that were there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

import libcst as cst

from celery2dramatiq.rewrite.gaps import (
    NOTHING,
    SPACE,
    Gap,
    Lines,
    gap_indented,
    has_comment,
    is_broken,
    line_break,
    lines_of,
    plain,
    split,
    uncommented,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Item = TypeVar("Item", bound=cst.CSTNode)  # one with a comma


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How a list was laid out. commas: one an item; the last is None without a trailing comma."""

    opening: Gap = NOTHING
    commas: tuple[cst.Comma | None, ...] = ()
    closing: Gap = NOTHING

    def gap(self, position: int) -> Gap:
        """Return what stands in front of the item; in front of the bracket behind the last."""
        if position == 0:
            return self.opening
        comma = self.commas[position - 1] if position < len(self.commas) else None
        return self.closing if comma is None else comma.whitespace_after

    @property
    def inner(self) -> list[Gap]:
        """Return the gaps between items."""
        return [self.gap(i) for i in range(1, len(self.commas))]

    @property
    def one_per_line(self) -> bool:
        """Tell whether each item stands on a line of its own."""
        if len(self.commas) > 1:
            return all(is_broken(gap) for gap in self.inner)
        return is_broken(self.opening) and self.commas != (None,)

    @property
    def broken(self) -> bool:
        """Tell whether there is a line break in any gap."""
        return any(is_broken(gap) for gap in (self.opening, *self.inner, self.closing))

    @property
    def commented(self) -> bool:
        """Tell whether there is a comment in any gap."""
        return any(map(has_comment, (self.opening, *self.inner, self.closing))) or any(
            comma is not None and has_comment(comma.whitespace_before) for comma in self.commas
        )

    def behind(self, position: int) -> cst.TrailingWhitespace | None:
        """Return the comment behind the item, on its line, if there is one."""
        comma = self.commas[position]
        before = comma.whitespace_before if comma is not None else NOTHING
        for gap in (before, self.gap(position + 1)):
            if isinstance(gap, cst.ParenthesizedWhitespace) and gap.first_line.comment:
                return gap.first_line
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Piece(Generic[Item]):
    """An item of the new list, and where it comes from. above: the comments above it."""

    node: Item
    layout: Layout | None = None
    position: int = -1
    above: Lines = ()


def headed(layout: Layout, kept: Collection[int]) -> tuple[dict[int, Lines], Lines]:
    """Return the lines above each kept item, and those to be kept above the closing bracket.

    A comment heads all items up to the next comment or blank line; it goes when they all go.
    """
    above: dict[int, Lines] = {}
    others: list[cst.EmptyLine] = []  # set off by a blank line: they speak of no item
    heading: Lines = ()
    for position in range(len(layout.commas)):
        own = lines_of(layout.gap(position))
        if own:
            heading = own
        if position in kept:
            above[position] = [*others, *heading]
            others, heading = [], ()
        elif own:
            apart, heading = split(own)
            others.extend(apart)
    return above, others


def arranged(
    layout: Layout, pieces: Sequence[Piece[Item]], left: Lines = (), step: str = "    "
) -> tuple[Gap, list[Item], Gap]:
    """Return the opening gap, the items with their commas, and the closing gap."""
    if not pieces:
        return _emptied(layout, left), [], NOTHING
    if not layout.commas:
        layout, pieces = _of_empty(layout, step), _headed(pieces, lines_of(layout.opening))
    commas: list[cst.Comma | cst.MaybeSentinel] = [
        _between(layout, piece, following, step) for piece, following in pairwise(pieces)
    ]
    last = layout.commas[-1] if layout.commas else None
    commas.append(_bare(last) or cst.MaybeSentinel.DEFAULT)
    items: list[Item] = [
        piece.node.with_changes(comma=comma) for piece, comma in zip(pieces, commas, strict=True)
    ]
    return _opening(layout, pieces[0], step), items, _closing(layout, pieces[-1], left)


def deeper(layout: Layout, step: str) -> Layout:
    """Return the layout, its brackets without comments, one step further to the right."""
    return Layout(
        gap_indented(uncommented(layout.opening), step),
        tuple(
            comma
            and comma.with_changes(whitespace_after=gap_indented(comma.whitespace_after, step))
            for comma in layout.commas
        ),
        gap_indented(uncommented(layout.closing), step),
    )


def beside(lines: Lines, layout: Layout) -> Lines:
    """Return the lines with their comments in the column of the layout's items."""
    gaps = (*layout.inner, layout.opening)
    broken = (gap for gap in gaps if isinstance(gap, cst.ParenthesizedWhitespace))
    space = next((gap.last_line for gap in broken), NOTHING)
    return [line.with_changes(whitespace=space) if line.comment else line for line in lines]


# -- the parts of a new list


def _opening(layout: Layout, first: Piece[Item], step: str) -> Gap:
    if isinstance(layout.opening, cst.ParenthesizedWhitespace):
        return layout.opening.with_changes(empty_lines=first.above)
    return _line(layout, None, first.above, step) if first.above else layout.opening


def _between(layout: Layout, piece: Piece[Item], following: Piece[Item], step: str) -> cst.Comma:
    own = piece.layout
    if own is not None and own is following.layout and (own is layout or not layout.one_per_line):
        comma = own.commas[piece.position]
        if comma is not None and following.position == piece.position + 1:
            return comma
    behind = own.behind(piece.position) if own is not None else None
    if behind or following.above or _breaks(layout, piece, following):
        return cst.Comma(whitespace_after=_line(layout, behind, following.above, step))
    return cst.Comma(whitespace_after=_space(layout))


def _breaks(layout: Layout, piece: Piece[Item], following: Piece[Item]) -> bool:
    """Tell whether a new line begins between two items that were no neighbours."""
    if layout.one_per_line:
        return True
    if following.layout is None or following.position == 0:
        return False
    start = following.position - 1
    if piece.layout is following.layout and piece.position < following.position:
        start = piece.position
    gaps = range(start + 1, following.position + 1)
    return any(is_broken(following.layout.gap(i)) for i in gaps)


def _closing(layout: Layout, last: Piece[Item], left: Lines) -> Gap:
    behind = last.layout.behind(last.position) if last.layout is not None else None
    closing = layout.closing
    if isinstance(closing, cst.ParenthesizedWhitespace):
        lines = [*left, *closing.empty_lines]
        first_line = behind or plain(closing.first_line)
        return closing.with_changes(first_line=first_line, empty_lines=lines)
    if behind or left:
        return line_break("", behind, left)
    return closing


def _emptied(layout: Layout, left: Lines) -> Gap:
    """Return what stands between the brackets when the last item is gone."""
    opening, lines = layout.opening, [*left, *lines_of(layout.closing)]
    if not layout.commas and is_broken(opening):
        return opening
    if isinstance(opening, cst.ParenthesizedWhitespace) and opening.first_line.comment:
        closing = getattr(layout.closing, "last_line", NOTHING)
        return opening.with_changes(empty_lines=lines, last_line=closing)
    return line_break("", None, lines) if lines else NOTHING


def _of_empty(layout: Layout, step: str) -> Layout:
    """Return the layout of an empty list, which may have comments, as if it had had an item."""
    if not is_broken(layout.opening):
        return Layout()
    return Layout(gap_indented(layout.opening, step), (), uncommented(layout.opening))


def _headed(pieces: Sequence[Piece[Item]], lines: Lines) -> Sequence[Piece[Item]]:
    first, *others = pieces
    return [replace(first, above=lines), *others]


def _line(
    layout: Layout, behind: cst.TrailingWhitespace | None, lines: Lines, step: str
) -> cst.ParenthesizedWhitespace:
    """Return a gap with a line break, indented as those that are there."""
    for gap in (*layout.inner, layout.opening):
        if isinstance(gap, cst.ParenthesizedWhitespace):
            first_line = behind or plain(gap.first_line)
            return gap.with_changes(first_line=first_line, empty_lines=lines)
    return line_break(step, behind, lines)


def _space(layout: Layout) -> Gap:
    """Return a gap without a line break, as wide as those that are there."""
    for gap in layout.inner:
        if isinstance(gap, cst.SimpleWhitespace) and gap.value in ("", " "):
            return gap
    return SPACE


def _bare(comma: cst.Comma | None) -> cst.Comma | None:
    if comma is None or not has_comment(comma.whitespace_before):
        return comma
    return comma.with_changes(whitespace_before=NOTHING)
