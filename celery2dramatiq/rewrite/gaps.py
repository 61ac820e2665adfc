"""The whitespace inside brackets, with the comments in it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

Gap = cst.BaseParenthesizableWhitespace
Lines = Sequence[cst.EmptyLine]

NOTHING = cst.SimpleWhitespace("")
SPACE = cst.SimpleWhitespace(" ")


def split(lines: Lines) -> tuple[Lines, Lines]:
    """Return the lines up to the last blank one, and those directly attached to what follows."""
    last = max((i for i, line in enumerate(lines) if line.comment is None), default=-1)
    return lines[: last + 1], lines[last + 1 :]


def indented(lines: Lines, step: str) -> Lines:
    """Return the lines with their comments one step further to the right."""
    return [
        line.with_changes(whitespace=cst.SimpleWhitespace(line.whitespace.value + step))
        if line.comment
        else line
        for line in lines
    ]


def uncommented(gap: Gap) -> Gap:
    """Return the gap without comments and blank lines."""
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        return gap
    return gap.with_changes(first_line=plain(gap.first_line), empty_lines=())


def is_broken(gap: Gap) -> bool:
    """Tell whether there is a line break in the gap."""
    return isinstance(gap, cst.ParenthesizedWhitespace)


def lines_of(gap: Gap) -> Lines:
    """Return the lines that stand wholly in the gap: comments and blank ones."""
    return gap.empty_lines if isinstance(gap, cst.ParenthesizedWhitespace) else ()


def line_break(
    indentation: str, behind: cst.TrailingWhitespace | None = None, lines: Lines = ()
) -> cst.ParenthesizedWhitespace:
    """Return a gap that begins a new line, relative to the block's own indentation."""
    return cst.ParenthesizedWhitespace(
        first_line=behind or cst.TrailingWhitespace(),
        empty_lines=lines,
        indent=True,
        last_line=cst.SimpleWhitespace(indentation),
    )


def plain(line: cst.TrailingWhitespace) -> cst.TrailingWhitespace:
    """Return the end of a line without its comment."""
    if line.comment is None:
        return line
    return line.with_changes(comment=None, whitespace=NOTHING)


def has_comment(gap: Gap) -> bool:
    """Tell whether there is a comment in the gap."""
    return isinstance(gap, cst.ParenthesizedWhitespace) and (
        gap.first_line.comment is not None or any(line.comment for line in gap.empty_lines)
    )


def gap_indented(gap: Gap, step: str) -> Gap:
    """Return the gap with its lines one step further to the right."""
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        return gap
    return gap.with_changes(
        last_line=cst.SimpleWhitespace(gap.last_line.value + step),
        empty_lines=indented(gap.empty_lines, step),
    )
