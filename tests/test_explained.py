"""`explain` and `rules`: every code, out of the rows and the fixtures, and nothing by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from markdown_it import MarkdownIt

from celery2dramatiq.cli import main
from celery2dramatiq.codemod import load
from celery2dramatiq.examples import Example
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.report import prose, rules
from celery2dramatiq.verify.kinds import KINDS
from tests import examples, statements

ROOT = Path(__file__).parents[1]
ROWS = load().rows
TRY = "    try:\n        a\n    except A:\n        b\n"
# Rows without an example, each with the reason.
UNSEEN = {
    "C2D807": "the file cannot be parsed, and apply ends with exit code 3",
    "C2D812": "no rule needs a package for the tests yet",
    "C2D903": "the file cannot be read",
    "C2D905": "it is about a name that another file has",
    "C2D906": "the fixtures have apps",
    "C2D907": "the fixtures have one app",
    "C2D908": "what matters is in two files",
    "C2D909": "it is about the command line",
    "C2D910": "what names a task in an annotation is seldom more than a name",
    "C2D911": "the fixtures have no tests",
    "C2D914": "the decorator is outside the project",
    "C2D915": "what matters is in two files",
    "C2D918": "it is about the command line",
    "C2D920": "what matters is in two places",
    "C2D930": "it is not found by a plan",
    "C2D940": "it is found with --dev-only alone",
    "C2D941": "it is found with --dev-only alone",
    "C2D942": "it is found with --dev-only alone",
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def code_of(row: Row) -> str:
    return row.code


# -- what is generated is what would be generated


def test_the_page_is_that_of_the_rows() -> None:
    """If not: python -m tests.examples --update."""
    assert examples.PAGE.read_text("utf-8") == rules.page()


def test_the_examples_are_those_of_the_fixtures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If not: python -m tests.examples --update."""
    for name in ("EXAMPLES", "PAGE"):
        monkeypatch.setattr(examples, name, tmp_path / name)
    examples.main(["--update"])
    for name, file in (("EXAMPLES", "celery2dramatiq/examples.json"), ("PAGE", "docs/rules.md")):
        assert (tmp_path / name).read_text("utf-8") == (ROOT / file).read_text("utf-8")
    with pytest.raises(SystemExit, match="--update"):
        examples.main([])


def test_every_code_has_an_example_or_a_reason() -> None:
    shown = json.loads(examples.EXAMPLES.read_text("utf-8"))
    assert {row.code for row in ROWS} - shown.keys() == UNSEEN.keys()


# -- worth reading


@pytest.mark.parametrize("row", ROWS, ids=code_of)
def test_every_row_says_more_than_its_title(row: Row) -> None:
    assert len(row.about.split()) >= 6, "say in `about` why, or what to do about it"
    assert row.about.endswith(".")
    assert row.about.count("`") % 2 == 0


@pytest.mark.parametrize("row", ROWS, ids=code_of)
def test_explains_every_code(row: Row) -> None:
    done = run("explain", row.code)
    assert done.exit_code == 0, done.output
    text = " ".join(done.stdout.split())
    wanted = [row.code, row.action.value, " ".join(row.about.split()), row.note]
    assert [part for part in wanted if part not in text] == []
    if row.action is Action.MANUAL:
        assert row.way_out in text
    assert (f"--accept {row.code}" in text) == row.acceptable


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_explains_what_verify_finds(kind: object) -> None:
    code = getattr(kind, "code", "")
    text = " ".join(run("explain", code).stdout.split())
    assert getattr(kind, "about", "") in text
    assert getattr(kind, "way_out", "") in text


def test_the_page_about_verify_has_the_same_kinds() -> None:
    page = (ROOT / "docs" / "verify.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", page.partition("## What it finds")[2], re.M)
    named = {kind.code: kind.title for kind in KINDS}
    assert dict(row for row in rows if row[0] in named) == named


def test_every_kind_that_verify_can_report_is_explained() -> None:
    sources = (ROOT / "celery2dramatiq" / "verify").glob("*.py")
    text = "".join(path.read_text("utf-8") for path in sources if path.name != "kinds.py")
    reported = set(re.findall(r"Finding\(\s*\"([a-z-]+)\"", text)) | {"queue", "option"}
    assert reported == {kind.code for kind in KINDS}


# -- the commands


def test_shows_before_and_after() -> None:
    done = run("explain", "C2D203")
    assert "\nFor example, in depot/options.py:\n" in done.stdout
    assert "    -    load.apply_async((crate,), countdown=10)\n" in done.stdout
    assert "    +    load.send_with_options(args=(crate,), delay=10000)\n" in done.stdout


def test_explains_several_at_once_in_any_spelling() -> None:
    done = run("explain", "c2d201", "202", "NOT-MOVED")
    heads = [line.split()[0] for line in done.stdout.splitlines() if "  " in line[:12]]
    assert heads[:1] == ["C2D201"]
    assert "\nC2D202  " in done.stdout
    assert "\nnot-moved  " in done.stdout


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("C2D20l", "did you mean C2D"),
        ("not-move", "did you mean not-moved?"),
        ("nonsense", "`rules` lists them all"),
    ],
)
def test_an_unknown_code_is_a_wrong_usage(code: str, answer: str) -> None:
    done = run("explain", code)
    assert done.exit_code == 2
    assert f"there is no code '{code}'" in done.stderr
    assert answer in done.stderr
    assert not done.stdout


def test_colour_is_asked_for() -> None:
    assert "\x1b[32m" in run("explain", "--color", "C2D203").stdout
    assert "\x1b[" not in run("explain", "C2D203").stdout


def test_lists_every_code() -> None:
    lines = run("rules").stdout.splitlines()
    assert [line.split()[0] for line in lines[: len(ROWS)]] == [row.code for row in ROWS]
    assert {kind.code for kind in KINDS} <= {line.split()[0] for line in lines if line.strip()}
    assert lines[-1].startswith("`celery2dramatiq explain CODE`")


def test_lists_them_as_data(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    assert not run("rules", "--format", "json", "--output", str(file)).stdout
    listed = {one["code"]: one for one in json.loads(file.read_text())}
    assert list(listed) == [row.code for row in ROWS]
    assert listed["C2D203"]["rule"] == "apply_async"
    assert listed["C2D203"]["example"]["path"] == "depot/options.py"
    assert (listed["C2D907"]["rule"], listed["C2D907"]["example"]) == (None, None)


def test_works_without_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.celery2dramatiq]\nnonsense = 1\n")
    monkeypatch.chdir(tmp_path)
    assert run("explain", "C2D101").exit_code == 0
    assert run("rules", "--format", "markdown").stdout == examples.PAGE.read_text("utf-8")


# -- the page, read by a Markdown parser


def test_the_page_is_markdown() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(rules.page())
    heads = [
        tokens[at + 1].content
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h3"
    ]
    assert [head.partition(":")[0] for head in heads] == [
        *(row.code for row in ROWS), *(kind.code for kind in KINDS)
    ]  # fmt: skip
    fences = [token for token in tokens if token.type == "fence"]
    assert {token.info for token in fences} == {"diff"}
    assert len(fences) == len(ROWS) - len(UNSEEN)
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "code_inline", "softbreak"}


def test_titles_read_as_they_stand() -> None:
    tokens = MarkdownIt("commonmark").parseInline(prose.prose("a_b_c, *args -> <x> `y_z`"))
    children = tokens[0].children or []
    assert "".join(child.content for child in children) == "a_b_c, *args -> <x> y_z"


def test_a_block_may_hold_a_fence() -> None:
    block = rules._block(Example("x.md", ("+```", "+text")))
    (fence,) = MarkdownIt().parse(block)
    assert fence.content == "+```\n+text\n"


# -- finding statements again


@pytest.mark.parametrize(
    ("before", "after", "line", "wanted"),
    [
        ("def f():\n    a\n", "x\ndef f():\n    b\n", 1, ((1, 2), (2, 3))),
        ("@d\ndef f():\n    a\n", "@e\ndef f():\n    a\n", 0, ((0, 2), (0, 2))),
        ("def f():\n    a\n    b\n", "def f():\n    a\n", 1, None),
        ("def f(): a\n", "def g(): a\n", 0, None),
        ("def f():\n    if a:\n        b\n", "def f():\n    a\n", 2, None),
        (f"def f():\n{TRY}", f"def f():\n    a\n{TRY}", 3, None),
        (f"def f():\n{TRY}", f"x\ndef f():\n{TRY}", 3, ((3, 4), (4, 5))),
        (f"def f():\n{TRY}", f"x\ndef f():\n{TRY}", 1, ((1, 2), (2, 3))),
        ("a\n", "(\n", 0, None),
        ("\na\n", "a\n", 0, None),
        ("app\n", "broker = make_broker()\n", 0, ((0, 1), (0, 1))),
        ("f(" + "\n" * 9 + ")\n", "x\n", 4, ((4, 5), (0, 0))),
    ],
)
def test_a_statement_is_found_again(before: str, after: str, line: int, wanted: object) -> None:
    assert statements.pair(before, after, line, broker=True) == wanted
