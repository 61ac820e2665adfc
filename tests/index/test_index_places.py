"""Places are exact: byte offsets into the text as UTF-8, as LibCST has them."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

from celery2dramatiq.files import Source, decode
from celery2dramatiq.index import Place, build
from celery2dramatiq.index.fstrings import mend
from celery2dramatiq.index.modules import Module, parse

STDLIB = Path(sysconfig.get_paths()["stdlib"])
CELERY = Path(sysconfig.get_paths()["purelib"]) / "celery"
REAL = [
    *(STDLIB / name for name in ("typing.py", "turtle.py", "argparse.py", "dataclasses.py")),
    *(CELERY / name for name in ("canvas.py", "app/base.py", "app/task.py", "schedules.py")),
]
HEAD = "from celery import shared_task\n@shared_task\ndef größe(): ...\n"

ODD = {
    "plain": "größe.delay(1).id\n",
    "crlf": "größe.delay(\r\n  1\r\n).id\r\ngröße.s()\r\n",
    "cr": "größe.delay(1)\rif x:\r    größe.s()\r",
    "mixed": "x = 1\r\ngröße.s()\rgröße.s()\ngröße.s()\n",
    "form feed": "x = 1\n\f\ngröße.s()\n\fgröße.s()\nif x:\n\f    größe.s()\n",
    "tabs": "if x:\n\tif y:\n\t\tgröße.s(\t1,\n\t\t2)\n",
    "wide": "x = '日本語', größe.s('😀'), größe\n",
    "line separators in strings": "x = '\u2028', größe.s('\x0b\x1c\x85')\n",
    "continued": "x = größe \\\n    .delay \\\n    (1)\n",
    "no newline": "größe.s()",
    "semicolons": "größe.s(); größe.s(); x = größe\n",
    "parentheses": "((größe).s)((1))\n",
    "multi-line string": "x = '''é\nü'''; größe.s('''\n''')\n",
    "comment": "größe.s()  # größe größe\n",
}


def read(text: str | bytes, path: str = "m.py") -> Source:
    """Make a source."""
    source = decode(path, text if isinstance(text, bytes) else text.encode())
    assert isinstance(source, Source)
    return source


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_places_in_odd_files(name: str, bom: bytes) -> None:
    newline = "\r\n" if name == "crlf" else "\r" if name == "cr" else "\n"
    text = HEAD.replace("\n", newline) + ODD[name]
    source = read(bom + text.encode())
    index = build({"m.py": source})
    data = source.text.encode()
    codes = [data[use.place.start : use.place.end].decode() for use in index.uses]
    assert len(codes) == ODD[name].split("#")[0].count("größe")
    assert all(code.lstrip("(").startswith("größe") for code in codes)
    for use in index.uses:
        before = data[: use.place.start].decode().replace("\r\n", "\n").replace("\r", "\n")
        assert use.place.line == before.count("\n") + 1
        assert use.place.column == len(before) - (before.rfind("\n") + 1) + 1
        if use.steps:
            assert use.steps[-1].place == use.place
    (task,) = index.tasks
    assert data[task.place.start : task.place.end].decode() == "def größe(): ..."
    assert data[task.decorator.start : task.decorator.end] == b"shared_task"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "iso8859-15"])
def test_places_are_in_utf8_whatever_the_encoding(encoding: str) -> None:
    text = f"# -*- coding: {encoding} -*-\n{HEAD}x = 'é', größe.s('ß')\n"
    source = read(text.encode(encoding))
    (use,) = build({"m.py": source}).uses
    assert source.text.encode()[use.place.start : use.place.end].decode() == "größe.s('ß')"
    assert use.place.column == 10


def test_places_of_arguments_statements_and_parameters() -> None:
    text = HEAD + "if x:\n    y = größe.apply_async(('ä',), *a, kö=[1], **b)\n"
    source = read(text)
    data = source.text.encode()

    def code(place: Place) -> str:
        return data[place.start : place.end].decode()

    (use,) = build({"m.py": source}).uses
    assert code(use.statement) == "y = größe.apply_async(('ä',), *a, kö=[1], **b)"
    assert [code(arg.place) for arg in use.steps[-1].args] == ["('ä',)", "a", "[1]", "b"]
    assert [code(step.place) for step in use.steps] == [
        "größe.apply_async",
        "größe.apply_async(('ä',), *a, kö=[1], **b)",
    ]
    assert use.statement.holds(use.place)
    assert not use.place.holds(use.statement)
    assert not use.place.holds(Place("n.py", use.place.start, use.place.end, 1, 1))


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_places_agree_with_libcst(path: Path) -> None:
    source = read(path.read_bytes(), path.name)
    module = parse(source)
    assert isinstance(module, Module)
    wanted = (ast.Call, ast.Attribute, ast.Name)
    ours = {
        (place.start, place.end)
        for node in module.scopes.parents
        if isinstance(node, wanted) and not is_misplaced(node, module)
        for place in [module.place(node)]
    }
    wrapper = MetadataWrapper(cst.parse_module(source.text), unsafe_skip_copy=True)
    spans = wrapper.resolve(ByteSpanPositionProvider)
    theirs = {(span.start, span.start + span.length) for span in spans.values()}
    assert len(ours) > 500
    assert ours <= theirs


def is_misplaced(node: ast.AST, module: Module) -> bool:
    """Tell whether a node has the place of what is around it."""
    return node in module.scopes.moved


FSTRINGS = """\
größe.s()
x = f"ä{größe.s()}" f'''{
    größe.delay(f"{größe.s(1)}").id!r:>{größe.x}}''' + größe.s()
"""


def test_uses_in_fstrings() -> None:
    source = read(HEAD + FSTRINGS)
    data = source.text.encode()
    assert [
        (use.shape, use.misplaced, data[use.place.start : use.place.end].decode())
        for use in build({"m.py": source}).uses
    ] == [
        (".s()", False, "größe.s()"),
        (".s()", False, "größe.s()"),
        (".delay().id", False, 'größe.delay(f"{größe.s(1)}").id'),
        (".s()", False, "größe.s(1)"),
        (".x", False, "größe.x"),
        (".s()", False, "größe.s()"),
    ]


MORE_FSTRINGS = """\
x = (f"{a}" "{no}"
     rf'{ ( b + 1 )!r:>{c}.{d}} ä {e=}' "plain"  # {not this}
  \tf"{lambda_(lambda q: q, k=w)}{{no}}{(yield_for for yield_for in z)}")
def f():
    return f'''ä{
        g.h(f"ö{i.j(f'{k}')}",
            l)
    :{m}}''' + f"{x.y}".z
"""


SEEN = (ast.Name, ast.Attribute, ast.Call, ast.BinOp, ast.Lambda, ast.GeneratorExp)


def test_every_expression_of_an_fstring_has_its_place() -> None:
    tree = ast.parse(MORE_FSTRINGS)
    mend(tree, MORE_FSTRINGS)
    module = Module(read(MORE_FSTRINGS), tree)
    for node in ast.walk(tree):
        if isinstance(node, SEEN) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            assert ast.dump(ast.parse(f"({module.code(node)})", mode="eval").body) == ast.dump(node)


def test_a_string_that_libcst_reads_differently() -> None:
    tree = ast.parse("f'{a}'")
    with pytest.raises(SyntaxError, match="an f-string"):
        mend(tree, "f' a '")
    with pytest.raises(SyntaxError, match="an f-string"):
        mend(tree, "f'{a '")


def test_quoted_annotations_have_the_place_of_their_string() -> None:
    source = read(HEAD + "def f(x: 'list[größe]' = 1): ...\n")
    (use,) = build({"m.py": source}).uses
    assert source.text.encode()[use.place.start : use.place.end].decode() == "'list[größe]'"
    assert use.misplaced
