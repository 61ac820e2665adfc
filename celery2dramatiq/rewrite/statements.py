"""Replaces and removes statements of a block, with the comments that belong to them."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.gaps import Lines, split

if TYPE_CHECKING:
    from collections.abc import Sequence

# A heading, or a word to a tool that holds for all that follows.
_SECTION = re.compile(r"[-=#*~_]{4}|#\s*(region|endregion|fmt:|isort:|pylint:|flake8:|ruff:|mypy:)")
_WORD = re.compile(r"\w+")
# In a comment on top of a module: it speaks of the import below, and is no word on the whole file.
_CELERYS = frozenset({"celery", "celery_app", "shared_task"})
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement of a block.

    gone: it goes. fresh: it was not there. words: in lower case; a comment above it with one of
    them goes with it.
    """

    node: Statement
    gone: bool = False
    fresh: bool = False
    words: frozenset[str] = frozenset()


class Blocks(cst.CSTTransformer):
    """Replaces and removes statements, as `small` and `whole` decide.

    runs: a comment heads all statements up to the next comment or blank line.
    """

    runs = False

    @abstractmethod
    def small(
        self, original: cst.BaseSmallStatement, updated: cst.BaseSmallStatement
    ) -> Sequence[cst.BaseSmallStatement]:
        """Return what stands in place of a statement among others on its line."""

    def whole(self, original: Statement, updated: Statement) -> Sequence[Entry]:
        """Return what stands in place of a whole line, or of a compound statement."""
        if not isinstance(original, cst.SimpleStatementLine):
            return [Entry(updated)]
        assert isinstance(updated, cst.SimpleStatementLine)
        body = self._smalls(original.body, updated.body)
        if len(original.body) > 1 or len(body) < 2:
            return [Entry(updated.with_changes(body=body or updated.body), gone=not body)]
        first, *others = [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for small in body]
        lines = [updated.with_changes(body=[first])]
        lines.extend(cst.SimpleStatementLine([other]) for other in others)
        return [Entry(line) for line in lines]

    def top(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Return what stands in place of the module's statements."""
        return entries

    def leave_SimpleStatementSuite(  # noqa: D102, N802
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.SimpleStatementSuite:
        body = self._smalls(original_node.body, updated_node.body)
        return updated_node.with_changes(body=body or [cst.Pass()])

    def leave_IndentedBlock(  # noqa: D102, N802
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        entries = self._entries(original_node.body, updated_node.body)
        body, footer = closed_up(entries, updated_node.footer, runs=self.runs)
        return updated_node.with_changes(body=body or [_PASS], footer=footer)

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:  # noqa: D102, N802
        header, nodes = updated_node.header, list(updated_node.body)
        if nodes:
            header, nodes[0] = (), _led(nodes[0], updated_node.header)
        entries = self.top(self._entries(original_node.body, nodes))
        body, footer = closed_up(entries, updated_node.footer, runs=self.runs, top=True)
        module = updated_node.with_changes(header=header, body=body, footer=footer)
        if not (body or footer):
            return module.with_changes(has_trailing_newline=False)  # an empty file
        if nodes or not body:
            return module
        body[0] = _led(body[0], spaced((), 1 if header else 0))
        return module.with_changes(body=body, has_trailing_newline=True)

    def _entries(
        self,
        before: Sequence[cst.BaseStatement],
        after: Sequence[cst.BaseStatement],
    ) -> list[Entry]:
        found: list[Entry] = []
        for original, updated in zip(before, after, strict=True):
            assert isinstance(original, Statement)
            assert isinstance(updated, Statement)
            found.extend(self.whole(original, updated))
        return found

    def _smalls(
        self,
        before: Sequence[cst.BaseSmallStatement],
        after: Sequence[cst.BaseSmallStatement],
    ) -> Sequence[cst.BaseSmallStatement]:
        body: list[cst.BaseSmallStatement] = []
        for original, updated in zip(before, after, strict=True):
            body.extend(self.small(original, updated))
        for i, statement in enumerate(body[:-1]):
            if not isinstance(statement.semicolon, cst.Semicolon):
                body[i] = statement.with_changes(semicolon=_SEMICOLON)
        if body:
            body[-1] = body[-1].with_changes(semicolon=after[-1].semicolon)
        return body


def _led(node: cst.BaseStatement, lines: Lines) -> Statement:
    assert isinstance(node, Statement)
    return node.with_changes(leading_lines=[*lines, *node.leading_lines])


def closed_up(
    entries: Sequence[Entry], footer: Lines, *, runs: bool = False, top: bool = False
) -> tuple[list[Statement], Lines]:
    """Return the statements that stay, and the lines below them.

    Where statements went, the comments of others and the larger of the gaps stay.
    """
    body: list[Statement] = []
    pending: Lines | None = None
    heading: Lines = ()
    for entry in entries:
        lines = entry.node.leading_lines
        if entry.gone:
            first = top and not body and pending is None
            apart, attached = _parted(lines, top=first and not mentions(lines, _CELERYS))
            if lines:
                heading = attached if runs and not mentions(attached, entry.words) else ()
            pending = _collected(pending, apart, first=not body)
        elif pending is None:
            body.append(entry.node)
        else:
            lines = _joined(pending, lines or heading, first=not body)
            body.append(entry.node.with_changes(leading_lines=lines))
            pending, heading = None, ()
    if pending is not None and _commented(pending):
        lines = _joined(pending, footer, first=False)
        footer = lines if _commented(footer) else without_blanks(lines[::-1])[::-1]
    return body, footer if body else without_blanks(footer)


def with_notes(lines: Lines, texts: Sequence[str]) -> Lines:
    """Return the lines with one for each thing that is left to do, said once."""
    comments = [line.comment.value for line in lines if line.comment]
    notes = dict.fromkeys(f"# TODO(celery2dramatiq): {text}" for text in texts)
    new = [cst.EmptyLine(comment=cst.Comment(note)) for note in notes if note not in comments]
    return [*lines, *new]


def mentions(lines: Lines, words: frozenset[str]) -> bool:
    """Tell whether a comment has one of the words, which are in lower case."""
    text = " ".join(line.comment.value.lower() for line in lines if line.comment)
    return not words.isdisjoint(_WORD.findall(text))


def spaced(lines: Lines, least: int) -> Lines:
    """Return the lines with at least that many blank ones on top."""
    missing = least - _blanks(lines)
    return [*([cst.EmptyLine(indent=False)] * missing), *lines]


def without_blanks(lines: Lines) -> Lines:
    """Return the lines without the blank ones on top."""
    return lines[_blanks(lines) :]


_PASS = cst.SimpleStatementLine([cst.Pass()])
_SEMICOLON = cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))


def _collected(pending: Lines | None, apart: Lines, *, first: bool) -> Lines:
    """Return the lines to keep of statements that went one after the other."""
    if pending is None:
        return apart
    if first and not _commented(pending) and not _commented(apart):
        return pending
    return _joined(pending, apart, first=False)


def _joined(above: Lines, below: Lines, *, first: bool) -> Lines:
    """Return lines below others, with the larger of the two gaps where they meet.

    first: nothing stands above them; then the gap is the one that was there.
    """
    end, start = _blanks(above[::-1]), _blanks(below)
    if end < start and not (first and end == len(above)):
        return [*above[: len(above) - end], *below]
    return [*above, *below[start:]]


def _parted(lines: Lines, *, top: bool) -> tuple[Lines, Lines]:
    """Return the lines above a statement that stay when it goes, and those that are its own."""
    apart, attached = split(lines)
    sections = any(line.comment and _SECTION.search(line.comment.value) for line in attached)
    if sections or (top and not _commented(apart)):
        return lines, ()
    return apart, attached


def _blanks(lines: Lines) -> int:
    """Return how many blank lines stand on top."""
    return next((i for i, line in enumerate(lines) if line.comment), len(lines))


def _commented(lines: Lines) -> bool:
    return any(line.comment for line in lines)
