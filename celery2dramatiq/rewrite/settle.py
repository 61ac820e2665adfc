"""Settles the lines around what was printed.

Too long ones are broken as black does it; continuation lines follow the bracket that they were
aligned with.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from celery2dramatiq.rewrite.brackets import (
    Bracketed,
    has_brackets,
    laid_out,
    layout_of,
    parts_of,
)
from celery2dramatiq.rewrite.gaps import NOTHING, line_break
from celery2dramatiq.rewrite.marks import Mark, is_wrapped, unwrapped_length
from celery2dramatiq.rewrite.shift import Shift
from celery2dramatiq.rewrite.statements import Statement

_ROUNDS = 8
_NEWLINE = re.compile(r"\r\n|\r|\n")
Moved = Callable[[cst.CSTNode, cst.CSTNode, int], None]  # told of each node that was moved
Fix = Callable[[Bracketed, Moved], Bracketed]
Given = Mapping[cst.CSTNode, Mark]


class Settler:
    """Settles statements of a module. known: the lines that were there before."""

    def __init__(self, module: cst.Module, known: Collection[str], width: int) -> None:
        self.blank = module.with_changes(header=(), body=(), footer=(), has_trailing_newline=True)
        self.known = frozenset(known)
        self.width = width

    def settled(self, statement: Statement, marks: Given) -> Statement:
        """Return a statement with lines that fit and are aligned, if those before were."""
        module = self.blank.with_changes(body=[statement])
        for _ in range(_ROUNDS):
            lines = _NEWLINE.split(module.code)
            long = any(len(line) > self.width and line not in self.known for line in lines)
            if not long and not any(m.wrapped or m.column is not None for m in marks.values()):
                break
            fixer = _Fixer(module, marks, lines, self.width)
            module, marks = fixer.fixed()
            if not fixer.fixes:
                break
        settled = module.body[0]
        assert isinstance(settled, Statement)
        return settled


class _Fixer:
    """One round. fixes: what changes at which brackets."""

    def __init__(self, module: cst.Module, marks: Given, lines: list[str], width: int) -> None:
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self.positions: Mapping[cst.CSTNode, CodeRange] = wrapper.resolve(PositionProvider)
        self.module = module
        self.lines = lines
        self.width = width
        self.step = module.default_indent
        self.finder = _Finder(marks, self.step)
        module.visit(self.finder)
        self.marks = {node: marks[node] for node in self.finder.marked}
        self.by_line: defaultdict[int, list[tuple[Bracketed, str]]] = defaultdict(list)
        self.fixes: dict[cst.CSTNode, Fix] = {}

    def fixed(self) -> tuple[cst.Module, Given]:
        """Return the module and its marks after this round."""
        self._settle()
        if not self.fixes:
            for node, block in self.finder.brackets.items():
                number = self.positions[parts_of(node)[0]].start.line - 1
                self.by_line[number].append((node, block))
            for number in sorted(self._too_long()):
                self._break(number)
        replacer = _Replacer(self.marks, self.fixes)
        return self.module.visit(replacer), replacer.marks

    def _settle(self) -> None:
        """Unwrap calls that fit on one line now, and align lines; from the left to the right."""
        calls = [node for node in self.finder.marked if isinstance(node, cst.Call) and node.args]
        for call in sorted(calls, key=self._start_of):
            if any(self._overlap(call, other) for other in self.fixes):
                continue  # in the next round
            mark = self.marks[call]
            if mark.wrapped and self._fits(call):
                self.fixes[call] = _unwrapped
            elif mark.column is not None:
                by = self._start_of(call)[1] - mark.column
                if by:
                    block = len(self.finder.marked[call])
                    self.fixes[call] = partial(_aligned, by=by, column=mark.column, block=block)
            # what does not fit now may fit when another line is broken
            wrapped = mark.wrapped and call not in self.fixes
            self.marks[call] = replace(mark, wrapped=wrapped, column=None)

    def _start_of(self, call: cst.Call) -> tuple[int, int]:
        start = self.positions[call.args[0]].start
        return start.line, start.column

    def _overlap(self, one: cst.CSTNode, other: cst.CSTNode) -> bool:
        a, b = self.positions[one], self.positions[other]
        return a.start.line <= b.end.line and b.start.line <= a.end.line

    def _fits(self, call: cst.Call) -> bool:
        """Tell whether a call that was wrapped fits on one line now."""
        first, last = self._start_of(call)[0] - 1, self.positions[call].end.line - 1
        if not is_wrapped(layout_of(call)) or last != first + 1:
            return False
        return unwrapped_length(self.lines[first - 1 : last + 1]) <= self.width

    def _too_long(self) -> set[int]:
        """Return the lines that are too long, and were not before."""
        spans = [self.positions[node] for node in self.finder.marked if not self.marks[node].long]
        numbers = {n for span in spans for n in range(span.start.line - 1, span.end.line)}
        return {number for number in numbers if len(self.lines[number]) > self.width}

    def _break(self, number: int) -> None:
        """Break the last of the outermost brackets of a line, as black does it."""
        inside = []
        for node, block in self.by_line[number]:
            first = self.positions[parts_of(node)[0]].start
            end = self.positions[node].end
            if end.line - 1 == number:
                inside.append((first.column, end.column, node, block))
            elif is_wrapped(layout_of(node)) and len(parts_of(node)) > 1:
                self.fixes[node] = self._fix(_one_per_line, self.lines[number - 1], block)
                return
        outer = [one for one in inside if not any(a < one[0] < b for a, b, *_ in inside)]
        for start, end_column, node, block in sorted(outer, key=lambda one: -one[0]):
            if start <= self.width:
                line = self.lines[number]
                indentation = len(line) - len(line.lstrip())
                width = indentation + len(self.step) + end_column - 1 - start
                fits = isinstance(node, cst.Call) and width <= self.width
                short = fits or len(parts_of(node)) == 1
                short = short and layout_of(node).commas[-1] is None
                self.fixes[node] = self._fix(_wrapped if short else _one_per_line, line, block)
                return

    def _fix(self, how: Callable[..., Bracketed], line: str, block: str) -> Fix:
        indentation = line[: len(line) - len(line.lstrip())].removeprefix(block)
        return partial(how, indentation=indentation, step=self.step)


class _Finder(cst.CSTVisitor):
    """Finds what is marked, and all brackets; each with the indentation of the block around it."""

    def __init__(self, marks: Given, step: str) -> None:
        super().__init__()
        self.marks = marks
        self.step = step
        self.blocks: list[str] = [""]
        self.marked: dict[cst.CSTNode, str] = {}
        self.brackets: dict[Bracketed, str] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.IndentedBlock):
            indent = self.step if node.indent is None else node.indent
            self.blocks.append(self.blocks[-1] + indent)
        if node in self.marks:
            self.marked[node] = self.blocks[-1]
        if isinstance(node, Bracketed) and has_brackets(node) and parts_of(node):
            self.brackets[node] = self.blocks[-1]
        return not isinstance(node, cst.FormattedString)  # no line breaks there

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.IndentedBlock):
            self.blocks.pop()


class _Replacer(cst.CSTTransformer):
    """Carries the fixes out, and keeps the marks on what they mark."""

    def __init__(self, marks: Given, fixes: Mapping[cst.CSTNode, Fix]) -> None:
        super().__init__()
        self.marks = dict(marks)
        self.fixes = fixes

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        fix = self.fixes.get(original_node)
        if fix is not None:
            assert isinstance(updated_node, Bracketed)
            fixed = fix(updated_node, self.moved)
            self.moved(original_node, fixed)
            return fixed  # type: ignore[return-value]
        self.moved(original_node, updated_node)
        return updated_node

    def moved(self, old: cst.CSTNode, new: cst.CSTNode, by: int = 0) -> None:
        """Put the mark of a node on the one that takes its place, which is further right."""
        if old in self.marks:
            mark = self.marks.pop(old)
            column = None if mark.column is None else mark.column + by
            self.marks[new] = replace(mark, column=column)


# -- fixes


def _wrapped(node: Bracketed, moved: Moved, indentation: str, step: str) -> Bracketed:  # noqa: ARG001
    """Put all parts on one line of their own."""
    return laid_out(node, line_break(indentation + step), parts_of(node), line_break(indentation))


def _one_per_line(node: Bracketed, moved: Moved, indentation: str, step: str) -> Bracketed:  # noqa: ARG001
    """Put each part on a line of its own, with a trailing comma."""
    inside = line_break(indentation + step)
    between = cst.Comma(whitespace_after=inside)
    parts = [part.with_changes(comma=between) for part in parts_of(node)]
    parts[-1] = parts[-1].with_changes(comma=cst.Comma())
    return laid_out(node, inside, parts, line_break(indentation))


def _unwrapped(node: Bracketed, moved: Moved) -> Bracketed:  # noqa: ARG001
    """Put the parts on the line of their brackets."""
    return laid_out(node, NOTHING, parts_of(node), NOTHING)


def _aligned(node: Bracketed, moved: Moved, by: int, column: int, block: int) -> Bracketed:
    """Move the lines that were aligned with the first argument."""
    shift = Shift(by, column, block, lambda old, new: moved(old, new, by))
    parts = []
    for part in parts_of(node):
        new = part.visit(shift)
        assert isinstance(new, cst.Arg)
        parts.append(new)
    return node.with_changes(args=parts)
