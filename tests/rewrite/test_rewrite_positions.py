"""LibCST's byte spans are the offsets of `ast`, so that every spec finds its node."""

from __future__ import annotations

import ast
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from celery2dramatiq.index import Place
from celery2dramatiq.rewrite import rewrite
from celery2dramatiq.rewrite.places import Places
from celery2dramatiq.rewrite.source import Source
from celery2dramatiq.specs import AttributeSpec, FileEdit
from tests.rewrite.edits import actor, call, parameter, remove, rename, replace, rewritten

STDLIB = Path(sysconfig.get_path("stdlib"))
FILES = ["asyncio/tasks.py", "dataclasses.py", "logging/config.py", "unittest/mock.py"]
PIECES = {
    "parentheses": "(foo).delay(x)\n((a.b))(c)\n(a)(b)(c)\nx = (a.b.c)\ny = ((a) + (b))\n",
    "several lines": "x = (\n    a\n    .b(\n        c\n    )\n    .d\n)\n",
    "decorators": "@(a.b)\n@a.b(c)\n@(a.b(c))\n@ a\nclass A:\n    @ (a . b)\n    def f(): 1\n",
    "async": "async def f():\n  async with a.b as c, d(): pass\n  async for x in y: await (z)\n",
    "beyond ASCII": "é = 'ü'; f(é.ö, b); 'ß'.x(f'ä{é}')\n",
    "Windows": "def f():\r\n    a.b(c,\r\n        d)\r\n\r\nx = a\r\n",
    "tabs and form feeds": "if a:\n\tb.c(d)\n\x0c\n\te(f)\n",
    "no newline": "a.b(c)",
    "tuples": "a = (1, 2)\nb = 1, 2\nf((1, 2), ((3, 4)))\nfor x, y in (a, b): pass\n",
    "generators": "f((x for x in y), 1)\ng = (x.a for x in y(z))\n",
    "comprehensions": "[x for x in y if z]; {x: y for x, y in z}; {x async for x in y}\n",
    "backslash": "a = \\\n    b.c( \\\n    d)\nassert a, \\\n    b(c)\n",
    "semicolons": "a.b(); c.d(); import x; from y import z;\nif a: b(); c()\n",
    "compound": "if a:\n    b\nelif c: d\nelse:\n    e  # f\n    # g\nwhile a: b\nelse: c\n"
    "try:\n    a\nexcept b as c:\n    d\nelse: e\nfinally:\n    f\nwith (a as b, c): d\n",
    "match": "match a.b:\n    case C(d=e): f\n    case [g, *h]: i()\n    case _:\n        j\n",
    "lambdas": "x = lambda a, *b, c=d.e, **f: g(a)\ny = lambda: (yield)\n",
    "chains": "a[b].c(d)[e](f).g\na < b(c) <= d.e\nnot a.b\n-a.b ** c.d\n(a := b.c)\n",
    "strings": "f('a' 'b', u'c', b'd', '''e\nf''')\n",
    "annotations": "a: b.c = d.e\ndef f(a: b.c = d, *, e: f('g')) -> h.i: pass\n",
}


def spans(text: str) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return the places of expressions and of statements, as the printers find them."""
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    found = wrapper.resolve(ByteSpanPositionProvider)
    places = Places(found, FileEdit("x.py"))
    expressions: set[tuple[int, int]] = set()
    statements: set[tuple[int, int]] = set()
    for node in found:
        if isinstance(node, cst.BaseExpression):
            expressions.update(places.of(node))
        elif isinstance(node, cst.BaseSmallStatement | cst.BaseCompoundStatement):
            statements.update(places.of(node))
    return expressions, statements


def missing(text: str) -> Iterator[str]:
    """Yield the code of nodes that are not found at the place that they have in `ast`."""
    expressions, statements = spans(text)
    source, tree = Source(text), ast.parse(text)
    skipped = {part for node in ast.walk(tree) for part in _unplaced(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr | ast.stmt) or node in skipped:
            continue
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = source.offset(node.lineno, node.col_offset)
        end = source.offset(node.end_lineno, node.end_col_offset)
        if (start, end) not in (statements if isinstance(node, ast.stmt) else expressions):
            yield f"{node.lineno}: {source.data[start:end].decode()}"


def _unplaced(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what has no place of its own, or no counterpart in LibCST."""
    if isinstance(node, ast.Starred | ast.Slice):
        yield node
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        yield node.slice
    if isinstance(node, ast.Call) and len(node.args) == 1:
        yield from (arg for arg in node.args if isinstance(arg, ast.GeneratorExp))
    if isinstance(node, ast.JoinedStr):  # literal parts; before 3.12 nothing has its place
        for part in ast.walk(node):
            literal = isinstance(part, ast.Constant | ast.FormattedValue | ast.JoinedStr)
            if part is not node and (literal or sys.version_info < (3, 12)):
                yield part


@pytest.mark.parametrize("text", PIECES.values(), ids=PIECES)
def test_pieces(text: str) -> None:
    assert list(missing(text)) == []


@pytest.mark.parametrize("name", FILES)
def test_files(name: str) -> None:
    text = (STDLIB / name).read_text(encoding="utf-8")
    assert list(missing(text)) == []


@pytest.mark.parametrize("name", FILES)
def test_nothing_changes_without_specs(name: str) -> None:
    text = (STDLIB / name).read_text(encoding="utf-8")
    assert rewrite(text, FileEdit("x.py")) == text


def test_only_the_renamed_bytes_change() -> None:
    text = (STDLIB / "dataclasses.py").read_text(encoding="utf-8")
    source, specs = Source(text), []
    expected = bytearray(source.data)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and len(node.attr) % 3 == 0:
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            start = source.offset(node.lineno, node.col_offset)
            end = source.offset(node.end_lineno, node.end_col_offset)
            name = "q" * len(node.attr)
            expected[end - len(name) : end] = name.encode()
            specs.append(AttributeSpec(Place("x.py", start, end, node.lineno, 1), name=name))
    assert len(specs) > 20
    assert rewrite(text, FileEdit("x.py", tuple(specs), width=60)) == expected.decode()


def test_every_kind_of_spec_beyond_ascii() -> None:
    text = "é; ä()\n@é.ö\ndef f(ü, x):\n    é.ö(ü)\n    é.ö\n    é[ö]\n"
    assert (
        rewritten(
            text,
            remove("ä()"),
            actor("é.ö"),
            parameter("ü"),
            call("é.ö(ü)", attribute="ß"),
            rename("é.ö", "ß", n=3),
            replace("é[ö]", "ß"),
        )
        == "é\n@dramatiq.actor()\ndef f(x):\n    é.ß()\n    é.ß\n    ß\n"
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="ast has no places there")
@pytest.mark.parametrize(
    "string", ["f'{a.b}'", "f'''\n{a.b}'''", "f'{x:{a.b}}'", "f'{f\"{a.b}\"}'"]
)
def test_f_strings(string: str) -> None:
    text = f"x = 'é' {string}\n"
    assert list(missing(text)) == []
    assert rewritten(text, rename("a.b", "c")) == re.sub(r"a\.b", "a.c", text)
