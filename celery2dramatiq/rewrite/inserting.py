"""Puts an import between statements, with the blank lines and comments around it in order."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from celery2dramatiq.rewrite.gaps import Lines, split
from celery2dramatiq.rewrite.groups import words
from celery2dramatiq.rewrite.statements import Entry, mentions, spaced, without_blanks

BLANK = cst.EmptyLine(indent=False)


def before_first(
    body: list[Entry], position: int, node: cst.SimpleStatementLine, between: Lines
) -> list[Entry]:
    """Return the statements with an import in front of the first one of a group.

    It gets what stands above the group, unless a comment there speaks of that first one.
    """
    first = body[position]
    lines = first.node.leading_lines
    apart, attached = split(lines)
    top = position == 0 and not any(line.comment for line in apart)
    if top or not mentions(attached, words(first.node)):
        apart, attached = lines, ()
    new = Entry(node.with_changes(leading_lines=apart), fresh=True)
    changed = replace(first, node=first.node.with_changes(leading_lines=[*between, *attached]))
    return [*body[:position], new, changed, *body[position + 1 :]]


def alone(body: list[Entry], position: int, node: cst.SimpleStatementLine) -> list[Entry]:
    """Return the statements with an import that blank lines set off."""
    new = Entry(node.with_changes(leading_lines=[BLANK]), fresh=True)
    return [*body[:position], new, *_set_off(body[position:])]


def on_top(body: list[Entry], node: cst.SimpleStatementLine) -> list[Entry]:
    """Return the statements with an import above all, but below what the file says of itself."""
    if not body:
        return [Entry(node, fresh=True)]
    first = body[0]
    apart, attached = split(first.node.leading_lines)
    if not any(line.comment for line in apart):
        apart, attached = first.node.leading_lines, ()
    above = without_blanks(apart[::-1])[::-1]
    lines = [*above, BLANK] if above else []
    new = Entry(node.with_changes(leading_lines=lines), fresh=True)
    rest = replace(first, node=first.node.with_changes(leading_lines=attached))
    return [new, *_set_off([rest, *body[1:]])]


def _set_off(body: list[Entry]) -> list[Entry]:
    """Return the statements with blank lines above the first: two above a definition."""
    if not body:
        return body
    first, *others = body
    least = 2 if isinstance(first.node, cst.FunctionDef | cst.ClassDef) else 1
    lines = spaced(first.node.leading_lines, least)
    return [replace(first, node=first.node.with_changes(leading_lines=lines)), *others]
