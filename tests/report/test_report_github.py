"""Annotations of GitHub Actions: the worst first, and nothing that ends a command."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.cli.sample import BROKEN, HALF, NONE, PACKAGE, WHOLE, Files, call, git, write

COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^:,\r\n]*,?)+)::([^\r\n]*)")
DOCS = Path(__file__).parents[2] / "docs" / "ci.md"


def annotations(root: Path, *words: str | Path) -> list[tuple[str, dict[str, str], str]]:
    answer = call("scan", "--root", root, "--format", "github", *words)
    assert answer.exit_code in (0, 1, 3), answer.stderr
    lines = answer.stdout.split("\n")
    assert lines.pop() == ""
    found = []
    for line in lines:
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        properties = dict(one.split("=", 1) for one in match[2].split(","))
        found.append((match[1], {k: plain(v) for k, v in properties.items()}, plain(match[3])))
    return found


def plain(text: str) -> str:
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_the_worst_comes_first(tmp_path: Path) -> None:
    found = annotations(write(tmp_path, HALF))
    level, where, text = found[0]
    assert (level, where["file"], where["line"], where["col"]) == (
        "warning", "shop/hooks.py", "3", "10",
    )  # fmt: skip
    assert where["title"] == "C2D901 a use of a task that has no rule"
    assert "\nWay out: change the line" in text
    assert [one[0] for one in found] == ["warning", "notice", "notice"]
    assert found[-1] == (
        "notice",
        {"title": "celery2dramatiq"},
        "1 of 2 tasks can move to Dramatiq; 1 stays on Celery.",
    )


def test_what_was_not_read_and_what_is_new_are_errors(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    root = write(tmp_path / "below", BROKEN | {"other.py": b"\xff"})
    (tmp_path / "b.json").write_text('{"schema": 1, "uses": []}')
    found = annotations(root, "--baseline", tmp_path / "b.json", "--fail-on", "new")
    errors = [(where["file"], where["title"]) for level, where, _ in found if level == "error"]
    assert errors[0] == ("below/shop/old.py", "not read")
    assert ("below/shop/views.py", "new use of Celery") in errors
    assert "below/other.py" not in {file for file, _ in errors}


@pytest.mark.parametrize("files", [WHOLE, NONE, {"a.py": "x = 1\n"}])
def test_any_project(files: Files, tmp_path: Path) -> None:
    assert annotations(write(tmp_path, files))[-1][1]["title"] == "celery2dramatiq"


def test_names_cannot_end_a_command(tmp_path: Path) -> None:
    bad = "a::b,c=d%0A\r\n::error::x"
    tasks = f"from shop.app import app\n\n\n@app.task(name={bad!r})\ndef t():\n    x(t)\n"
    path = "x,y::z=%25.py"
    files = {**PACKAGE, path: tasks}
    found = annotations(write(tmp_path, files))
    assert path in {where.get("file") for _, where, _ in found}


def test_other_forms_do_not_go_with_dev_only(tmp_path: Path) -> None:
    words = ("apply", "--dev-only", "--keep-source", "--root", write(tmp_path, WHOLE))
    answer = call(*words, "--format", "sarif")
    assert answer.exit_code == 2
    assert "--dev-only reports as text or as JSON" in answer.stderr


def test_the_workflow_in_the_documentation_is_one() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    workflow = YAML(typ="safe").load(blocks[0])
    assert workflow["permissions"]["security-events"] == "write"
    steps = workflow["jobs"]["scan"]["steps"]
    written = " ".join(step.get("run", "") for step in steps)
    upload = next(step for step in steps if "upload-sarif" in step.get("uses", ""))
    assert f"--output {upload['with']['sarif_file']}" in written
    for command in re.findall(r"^\s*celery2dramatiq (.*)$", written, re.MULTILINE):
        for option in re.findall(r"--[a-z-]+", command):
            assert option in call("scan", "--help").stdout
