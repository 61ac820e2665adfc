"""Which findings are reported: the user may not want to hear of some, by code or by a comment.

That changes nothing of what is done: a task that an ignored finding holds back stays on Celery.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celery2dramatiq.codemod import load
from celery2dramatiq.configuration import meant
from celery2dramatiq.index import Place
from celery2dramatiq.mapping import IGNORES_NOTHING, Action
from celery2dramatiq.plan import Finding

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.files import Source

_WORD = "c2d:"
_PROSE = (".md", ".rst", ".adoc")
_COMMENT = re.compile(r"#\s*c2d:\s*ignore\b\s*(?:\[([^\]\n]*)\])?")


@dataclass(frozen=True, slots=True)
class Mark:
    """A comment `# c2d: ignore[CODE, ...]`."""

    place: Place
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """The findings that are reported, and those that are not."""

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()


def hear(findings: Sequence[Finding], options: Options, files: Iterable[Source]) -> Heard:
    """Part the findings, and add one for every comment, or code in it, that ignores nothing."""
    marks = [mark for file in files for mark in marks_in(file)]
    by_line = {(m.place.path, m.place.line, code) for m in marks for code in m.codes}
    shown: list[Finding] = []
    ignored: list[Finding] = []
    for finding in findings:
        here = finding.place.path, finding.place.line, finding.row.code
        silent = here in by_line or not is_reported(finding.row.code, options)
        (ignored if silent else shown).append(finding)
    if is_reported(IGNORES_NOTHING.code, options):
        shown += _useless(marks, findings)
    return Heard(tuple(sorted(shown, key=_order)), tuple(ignored))


def is_reported(code: str, options: Options) -> bool:
    """Tell whether the user wants to hear of a code."""
    if options.select and not code.startswith(options.select):
        return False
    return not (options.ignore and code.startswith(options.ignore))


def _order(finding: Finding) -> tuple[Place, str, str, str]:
    return finding.place, finding.row.code, finding.note, finding.task


def _useless(marks: Iterable[Mark], findings: Iterable[Finding]) -> Iterator[Finding]:
    there = {(f.place.path, f.place.line, f.row.code) for f in findings}
    for mark in marks:
        if not mark.codes:
            yield _finding(mark, "it names no code, as in `# c2d: ignore[C2D149]`")
        for code in mark.codes:
            if (mark.place.path, mark.place.line, code) not in there:
                yield _finding(mark, code + _guess(code))


def _guess(code: str) -> str:
    known = [row.code for row in load().rows]
    return "" if code in known else f" is no code{meant(code.upper(), known)}"


def _finding(mark: Mark, note: str) -> Finding:
    return Finding(IGNORES_NOTHING, mark.place, Action.MANUAL, note)


# -- comments


def marks_in(file: Source) -> Iterator[Mark]:
    """Yield the comments of a file; in Python a text that looks like one is none, in prose too."""
    if _WORD not in file.text or file.path.endswith(_PROSE):
        return
    lines = io.StringIO(file.text, newline="").readlines()
    starts = _starts(lines)
    comments = _comments(file.text) if file.path.endswith(".py") else _lines(lines)
    for line, column, text in comments:
        for found in _COMMENT.finditer(text):
            start = column + found.start()
            before = len(lines[line - 1][:start].encode("utf-8", "surrogatepass"))
            at = starts[line - 1] + before
            end = at + len(found[0].encode("utf-8", "surrogatepass"))
            codes = tuple(word for word in re.split(r"[\s,]+", found[1] or "") if word)
            yield Mark(Place(file.path, at, end, line, start + 1), codes)


def _starts(lines: Sequence[str]) -> Mapping[int, int]:
    starts, at = {}, 0
    for number, line in enumerate(lines):
        starts[number] = at
        at += len(line.encode("utf-8", "surrogatepass"))
    return starts


def _comments(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield line, column (from 0) and text of the comments, up to where it is no Python."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type == tokenize.COMMENT:
                yield *token.start, token.string
    except (tokenize.TokenError, SyntaxError):
        return


def _lines(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    return ((number, 0, line) for number, line in enumerate(lines, start=1))
