"""Whether a file still is what its name says; and what happens to an edit after which it is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from celery2dramatiq import draft
from celery2dramatiq.codemod import Options
from celery2dramatiq.malformed import malformed
from celery2dramatiq.project import make_index, make_plan, open_project
from celery2dramatiq.specs import Splice, TextEdit


@pytest.mark.parametrize(
    ("path", "good", "bad", "said"),
    [
        ("setup.py", "x = '\\d'\n", "x = (\n", "no valid Python: '(' was never closed"),
        ("a/pyproject.toml", "x = 1\n", "x = \n", "no valid TOML: "),
        ("Pipfile", "[x]\n", "[x\n", "no valid TOML: "),
        ("compose.yml", "a: [1]\n---\nb: 2\n", "a: [1\n", "no valid YAML: "),
        ("x.yaml", "a: &b 1\n", "a: *b\n", "no valid YAML: found undefined alias"),
        (".vscode/tasks.json", '{"a": 1}', "{", "no valid JSON: "),
    ],
)
def test_kinds(path: str, good: str, bad: str, said: str) -> None:
    assert malformed(path, good.encode()) == ""
    assert malformed(path, b"\xef\xbb\xbf" + good.encode()) == ""
    assert malformed(path, bad.encode()).startswith(said)


def test_kinds_that_are_not_known() -> None:
    assert malformed("Procfile", b"[") == malformed("a.py/b", b"(") == ""


@pytest.mark.parametrize(
    ("splices", "said"),
    [
        ((Splice(0, 1, "("),), "setup.py: what the edit gives is no valid Python"),
        ((Splice(0, 2, ""), Splice(1, 3, "")), "setup.py: two edits overlap"),
        ((Splice(0, 1, "\udcff"),), "setup.py: 'utf-8' codec can't encode"),
    ],
)
def test_edit_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, splices: tuple[Splice, ...], said: str
) -> None:
    (tmp_path / "setup.py").write_text("x = 1\n")
    project = open_project(tmp_path)
    plan = make_plan(project, make_index(project, Options()), Options())
    wrong = replace(plan, text_edits=(TextEdit("setup.py", splices),))
    monkeypatch.setattr(draft, "make_plan", lambda *_: wrong)
    with pytest.raises(draft.Wrong, match=said):
        draft.carry_out(project, Options())


def test_file_that_was_malformed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "setup.py").write_text("x = (\n")
    project = open_project(tmp_path)
    plan = make_plan(project, make_index(project, Options()), Options())
    odd = replace(plan, text_edits=(TextEdit("setup.py", (Splice(0, 1, "y"),)),))
    monkeypatch.setattr(draft, "make_plan", lambda *_: odd)
    (change,) = draft.carry_out(project, Options()).changes
    assert change.after == b"y = (\n"
