"""True places inside f-strings, which `ast` gives from Python 3.12 on (PEP 701)."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from celery2dramatiq.index.modules import line_starts


def mend(tree: ast.AST, text: str) -> None:
    """Give every node inside an f-string its true place, in the text that was parsed.

    LibCST tells where the expressions stand; each is parsed once more, by itself. Raises
    SyntaxError where LibCST does not read a string as this Python does.
    """
    strings = list(_outermost(tree))
    if not strings:
        return
    data = text.encode()
    lines = line_starts(data)
    for string in strings:
        _mend_string(string, data, lines)


def _outermost(tree: ast.AST) -> Iterator[ast.JoinedStr]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.JoinedStr):
            yield node
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _mend_string(string: ast.JoinedStr, data: bytes, lines: list[int]) -> None:
    assert string.end_lineno is not None  # `ast.parse` gives every node its end
    assert string.end_col_offset is not None
    start = lines[string.lineno - 1] + string.col_offset
    end = lines[string.end_lineno - 1] + string.end_col_offset
    read = _Read(data[start:end].decode())
    for value, (offset, code) in _pairs(string, read.parts(read.string), read):
        at = start + offset
        line = bisect_right(lines, at) - 1
        value.value = _parsed(code, line, at - lines[line])


def _pairs(
    string: ast.JoinedStr, parts: Sequence[cst.FormattedStringExpression], read: _Read
) -> Iterator[tuple[ast.FormattedValue, tuple[int, str]]]:
    """Yield each value with where its expression stands in the string, and the expression."""
    values = [value for value in string.values if isinstance(value, ast.FormattedValue)]
    if len(values) != len(parts):
        raise SyntaxError("an f-string that LibCST reads differently")
    for value, part in zip(values, parts, strict=True):
        yield value, read.expression(part)
        if isinstance(value.format_spec, ast.JoinedStr):
            yield from _pairs(value.format_spec, read.parts(part), read)


class _Read:
    """An f-string, or several that stand one after the other, as LibCST reads them."""

    def __init__(self, code: str) -> None:
        # In brackets, since they may stand on lines of their own.
        try:
            module = MetadataWrapper(cst.parse_module(f"({code})\n"), unsafe_skip_copy=True)
        except cst.ParserSyntaxError as error:
            raise SyntaxError(f"an f-string: {error.message}") from error
        self.module = module.module
        self.spans = module.resolve(ByteSpanPositionProvider)
        line = cst.ensure_type(self.module.body[0], cst.SimpleStatementLine)
        self.string = cst.ensure_type(line.body[0], cst.Expr).value

    def parts(self, node: cst.CSTNode) -> list[cst.FormattedStringExpression]:
        """Return the expressions of a string or of a format, without those further inside."""
        if isinstance(node, cst.ConcatenatedString):
            return [*self.parts(node.left), *self.parts(node.right)]
        content = node.parts if isinstance(node, cst.FormattedString) else ()
        if isinstance(node, cst.FormattedStringExpression):
            content = node.format_spec or ()
        return [part for part in content if isinstance(part, cst.FormattedStringExpression)]

    def expression(self, part: cst.FormattedStringExpression) -> tuple[int, str]:
        """Return at which byte of the string the expression begins, and its code."""
        space = self.module.code_for_node(part.whitespace_before_expression)
        start = self.spans[part].start + len("{") + len(space.encode())
        return start - len("("), self.module.code_for_node(part.expression)


def _parsed(code: str, line: int, column: int) -> ast.expr:
    """Parse an expression that stands at that line, from 0 on, and byte."""
    tree = ast.parse(f"({code})", mode="eval")
    mend(tree, f"({code})")
    for node in ast.walk(tree.body):
        if isinstance(node, (ast.expr, ast.arg, ast.keyword)):
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            first, last = node.lineno == 1, node.end_lineno == 1
            node.col_offset += column - 1 if first else 0
            node.end_col_offset += column - 1 if last else 0
            node.lineno += line
            node.end_lineno += line
    return tree.body
