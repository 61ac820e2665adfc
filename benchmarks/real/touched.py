"""Finds the lines of a patch that nothing in the report accounts for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
_ACCOUNTED = re.compile(r"[-+]\s*(from|import)\s|\+.*(?i:dramatiq)")


@dataclass(frozen=True)
class Hunk:
    """The old lines that a hunk replaces (empty: it only adds, before `start`), and its text."""

    path: str
    start: int
    stop: int
    text: tuple[str, ...]


def hunks(patch: str) -> Iterator[Hunk]:
    """The hunks of what `git diff -U0 --no-renames` prints."""
    path, found, text = "", None, list[str]()
    for line in [*patch.splitlines(), "diff --git"]:
        if line.startswith(("@@", "diff --git")):
            if found is not None:
                yield Hunk(path, *found, tuple(text))
            found, text = None, []
        if line.startswith("--- a/") and found is None and not text:
            path = line[6:]
        elif match := _HUNK.match(line):
            start, length = int(match[1]), int(match[2] or 1)
            found = (start, start + length) if length else (start + 1, start + 1)
        elif found is not None:
            text.append(line)


def needless(patch: str, report: dict[str, Any], old: dict[str, bytes]) -> int:
    """How many lines were touched that need not be.

    A hunk of a Python file is needed if one of its lines belongs to a statement in which the
    report has a finding or a site, or is part of an import, or if what it puts in names Dramatiq.
    All lines of the others count, those that were taken out and those that were put in. `old`
    holds the files as they were.
    """
    known: dict[str, set[int]] = {}
    for one in (*report["findings"], *report["sites"], *report["tasks"]):
        known.setdefault(one["path"], set()).add(one["line"])
    total = 0
    for hunk in hunks(patch):
        if hunk.path.endswith(".py") and not any(map(_ACCOUNTED.match, hunk.text)):
            accounted = _statements(old[hunk.path], known.get(hunk.path, ()))
            # What is only added stands beside the statement that it is about.
            reach = range(hunk.start - 1, hunk.stop + 1)
            if not any(line in accounted for line in reach):
                total += len(hunk.text)
    return total


def _statements(source: bytes, lines: Iterable[int]) -> set[int]:
    """The lines of the statements (of a compound one: its head) that these lines are in."""
    wanted, found = set(lines), set[int]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            span = _span(node)
            if isinstance(node, ast.Import | ast.ImportFrom) or wanted & set(span):
                found.update(span)
    return found


def _span(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", ())
    start = min([node.lineno, *(one.lineno for one in decorators)])
    body = getattr(node, "body", None)
    stop = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
    return range(start, max(stop, start + 1))
