"""The Markdown report, read by a parser, with names that try to be more than names."""

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from celery2dramatiq.report import markdown
from celery2dramatiq.report.prose import code, escaped
from tests.cli.sample import APP, HALF, NONE, WHOLE, Files, call, write

BAD = 'a|b `c` <b>*x*</b> [l](http://x) "q" #1 ![i](j) ~~s~~\\'


def markdown_of(root: Path, files: Files, *words: str, command: str = "scan") -> str:
    answer = call(command, "--root", write(root, files), "--format", "markdown", *words)
    assert answer.exit_code == 0, answer.stderr
    return answer.stdout


def parsed(text: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(text)


def heads(text: str) -> list[str]:
    tokens = parsed(text)
    return [tokens[n + 1].content for n, one in enumerate(tokens) if one.type == "heading_open"]


def cells(text: str) -> list[str]:
    """The text of every cell, as a reader sees it."""
    tokens = parsed(text)
    found = [tokens[n + 1] for n, one in enumerate(tokens) if one.type == "td_open"]
    return ["".join(child.content for child in one.children or ()) for one in found]


def test_scan_has_its_sections(tmp_path: Path) -> None:
    text = markdown_of(tmp_path, {**HALF, "old.bin.py": "import celery\nprint 1\n"[:14]})
    assert heads(text) == [
        "From Celery to Dramatiq",
        "Constructs",
        "What holds tasks back",
        "Decisions",
        "For and against",
        "Modules and tasks",
        "What changes in behaviour",
        "What the project requires from now on",
        "Settings",
        "How to start the workers, in the project's root",
        "Files",
    ]
    assert "**1 of 2 tasks can move to Dramatiq; 1 stays on Celery.**" in text.replace("\\", "")
    assert {"shop.mail", "C2D901", "shop/hooks.py:3"} <= set(cells(text))
    assert "Left to you" in cells(text)


def test_apply_names_its_files(tmp_path: Path) -> None:
    answer = call("apply", "--root", write(tmp_path, WHOLE), "--check", "--format", "markdown")
    assert answer.exit_code == 1
    text = answer.stdout
    assert {"Would change", "Before production switches over"} <= set(heads(text))
    assert {"shop/tasks.py", "shop/dramatiq_helpers.py"} <= set(cells(text))
    answer = call("apply", "--root", tmp_path, "--allow-no-vcs", "--format", "markdown")
    assert "Changed" in heads(answer.stdout)


def test_modules_and_decisions(tmp_path: Path) -> None:
    reports = "from shop.app import app\n\n\n@app.task\ndef report():\n    pass\n"
    line = "from celery import chain\nfrom shop.reports import report\nfrom shop.tasks import add\n"
    canvas = f"{line}chain(report.si(), add.si(1, 2)).delay()\n"
    files = {**WHOLE, "shop/reports.py": reports, "shop/flow.py": canvas}
    text = markdown_of(tmp_path, files)
    assert "Modules" in heads(text)
    found = cells(text)
    assert found[(at := found.index("shop/reports.py")) : at + 2] == ["shop/reports.py", "1"]
    assert "shop/tasks.py" in found[at + 3]
    assert {"keep", "--retries dramatiq", "everywhere", "broker_url"} <= set(found)


def test_a_loss_that_was_taken_is_a_decision(tmp_path: Path) -> None:
    root = write(tmp_path, HALF)
    found = {}
    for words in ((), ("--accept", "C2D901")):
        answer = call("scan", "--root", root, "--format", "json", *words)
        decisions = json.loads(answer.stdout)["decisions"]
        found[words] = {one["otherwise"]: one["chosen"] for one in decisions}
    assert found[()]["--accept C2D901"] == "no"
    assert found["--accept", "C2D901"]["without --accept C2D901"] == "yes"
    assert found[()]["--time-limit dramatiq"] == "keep"


def test_names_stay_names(tmp_path: Path) -> None:
    tasks = f"from shop.app import app\n\n\n@app.task(name={BAD!r})\ndef t():\n    pass\n\n\nx(t)\n"
    files = {"shop/__init__.py": "", "shop/app.py": APP, "shop/tasks.py": tasks}
    text = markdown_of(tmp_path, files)
    tokens = parsed(text)
    kinds = {child.type for one in tokens for child in one.children or ()}
    assert kinds <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    assert BAD in cells(text)
    (fence,) = (one for one in tokens if one.type == "fence")
    assert fence.info == "mermaid"
    labels = re.findall(r'^    t\d+\["(.*)"\]:::stays$', fence.content, re.MULTILINE)
    assert [re.sub(r"#(\d+);", lambda m: chr(int(m[1])), one) for one in labels] == [BAD]


@pytest.mark.parametrize("text", [BAD, "`", "``a`", "a\nb", "a\tb", "\x1b[31m", "-", "1. x", "+ y"])
def test_any_text_is_escaped(text: str) -> None:
    (_, inline, _) = MarkdownIt("gfm-like", {"linkify": False}).parse(f"x {escaped(text)}!")
    assert inline.children is not None
    shown = "".join(child.content for child in inline.children)
    assert (
        shown == "x " + text.replace("\n", "\\n").replace("\t", " ").replace("\x1b", "\\x1b") + "!"
    )


@pytest.mark.parametrize("text", ["a", "`", "a``b`", "` a"])
def test_any_text_is_code(text: str) -> None:
    (_, inline, _) = MarkdownIt().parse(f"x {code(text)}")
    assert [c.content for c in inline.children or () if c.type == "code_inline"] == [text]


def test_the_drawing_is_a_flowchart(tmp_path: Path) -> None:
    text = markdown_of(tmp_path, HALF)
    (fence,) = (one for one in parsed(text) if one.type == "fence")
    lines = fence.content.splitlines()
    assert lines[0] == "flowchart LR"
    assert '  subgraph m0["shop/tasks.py"]' in lines
    assert '    t0["shop.tasks.add"]:::moves' in lines
    assert '    t1["shop.mail"]:::stays' in lines
    assert "  C2D901 --> t1" in lines
    assert lines.count("  end") == sum("subgraph" in line for line in lines)


def test_too_many_tasks_are_not_drawn(tmp_path: Path) -> None:
    many = "\n".join(f"@app.task\ndef t{n}():\n    pass\n\n\nx(t{n})\n" for n in range(41))
    files = {**WHOLE, "shop/many.py": f"from shop.app import app\n\n\n{many}"}
    text = markdown_of(tmp_path, files)
    assert "mermaid" not in text
    assert "... and 21 more (`--show`)" in text
    assert "more (`--show`)" not in markdown_of(tmp_path, files, "--show")


def test_canvases_are_drawn(tmp_path: Path) -> None:
    tasks = "".join(f"@app.task\ndef {name}():\n    pass\n\n\n" for name in ("one", "two"))
    start = f"from celery import chain\n\nfrom shop.app import app\n\n\n{tasks}"
    files = {"shop/__init__.py": "", "shop/app.py": APP}
    line = "chain(one.s('`'), two.si())()\n"
    text = markdown_of(tmp_path, {**files, "shop/tasks.py": start + line})
    fence = [one.content for one in parsed(text) if one.type == "fence"][-1]
    assert fence.splitlines()[1:4] == [
        '  n0["one#40;#39;#96;#39;#41;"]:::moves',
        '  n1["two#40;#41;"]:::moves',
        "  n0 --> n1",
    ]
    line = "chain(one.s(), two.s()).freeze()\n"
    text = markdown_of(tmp_path, {**files, "shop/tasks.py": start + line})
    assert " stays on Celery\n" in text
    many = start + "chain(one.s(), two.s())()\n" * 21
    assert "## What is sent" not in markdown_of(tmp_path, {**files, "shop/tasks.py": many})


def test_skipped_files_and_what_is_new(tmp_path: Path) -> None:
    write(tmp_path, {**NONE, "old.py": "import celery\nprint 'Python 2'\n"})
    (tmp_path / "b.json").write_text('{"schema": 1, "uses": []}')
    answer = call(
        "scan", "--root", tmp_path, "--format", "markdown", "--baseline", tmp_path / "b.json"
    )
    assert answer.exit_code == 3
    assert {"old.py", "yes"} <= set(cells(answer.stdout))
    assert "Uses of Celery that the baseline does not have" in heads(answer.stdout)


def test_nothing_at_all(tmp_path: Path) -> None:
    assert heads(markdown_of(tmp_path, {"a.py": "x = 1\n"})) == ["From Celery to Dramatiq", "Files"]


def test_the_environment_of_a_command() -> None:
    command = {"command": "dramatiq x", "env": {"B": "2", "A": "1"}}
    data = dict.fromkeys(("scheduler", "celery_worker", "celery_scheduler")) | {"worker": command}
    assert markdown._commands(data)[-1] == "- `A=1 B=2 dramatiq x`"
