"""The exit code depends on the project, not on how the report looks."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from celery2dramatiq.codemod import Options
from celery2dramatiq.draft import Draft, Wrong, carry_out
from celery2dramatiq.files import Change, WriteFailed
from celery2dramatiq.project import Project
from tests.cli.sample import (
    BROKEN,
    HALF,
    NONE,
    WHOLE,
    Files,
    call,
    commit,
    project,
    start,
    tree,
    write,
)

LOOKS = (
    (),
    ("--format", "json"),
    ("--show",),
    ("--color",),
    ("--output", "../report"),
)
APPLY_LOOKS = (*LOOKS, ("-q",), ("-q", "--format", "json"))


@pytest.fixture(autouse=True)
def inside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("files", "level", "code"),
    [
        (WHOLE, None, 0),
        (WHOLE, "manual", 0),
        (WHOLE, "review", 1),
        (WHOLE, "rewrite", 1),
        (HALF, "manual", 1),
        ({}, "rewrite", 0),
        (BROKEN, None, 3),
        (BROKEN, "rewrite", 3),
    ],
)
def test_scan(root: Path, files: Files, level: str | None, code: int, look: tuple[str]) -> None:
    write(root, files)
    gate = ["--fail-on", level] if level else []
    assert call("scan", *gate, *look).exit_code == code


@pytest.mark.parametrize("look", APPLY_LOOKS)
@pytest.mark.parametrize("diff", [(), ("--diff",)])
@pytest.mark.parametrize(
    ("files", "code"), [(WHOLE, 1), (HALF, 1), (NONE, 0), ({}, 0), (BROKEN, 3)]
)
def test_check_neither_writes_nor_refuses(
    root: Path, files: Files, code: int, diff: tuple[str], look: tuple[str]
) -> None:
    write(root, files)
    before = tree(root)
    assert call("apply", "--check", *diff, *look).exit_code == code
    assert tree(root) == before


@pytest.mark.parametrize("look", [*APPLY_LOOKS, ("--diff",), ("--diff", "-q")])
@pytest.mark.parametrize(
    ("files", "code"), [(WHOLE, 0), (HALF, 0), (NONE, 0), ({}, 0), (BROKEN, 3)]
)
def test_apply(root: Path, files: Files, code: int, look: tuple[str]) -> None:
    write(root, files)
    assert call("apply", "--allow-no-vcs", *look).exit_code == code


def test_dirty_tree_is_refused_before_it_is_said_to_be_incomplete(root: Path) -> None:
    project(root, BROKEN)
    (root / "shop/views.py").write_text("from shop.tasks import add\n\nadd.delay(3, 4)\n")
    before = tree(root)
    for look in APPLY_LOOKS:
        result = call("apply", *look)
        assert (result.exit_code, result.stdout) == (4, "")
        assert "uncommitted changes: shop/views.py" in result.stderr
        assert "--allow-dirty" in result.stderr
    assert tree(root) == before
    assert call("apply", "--diff").exit_code == 3
    assert call("apply", "--allow-dirty").exit_code == 3
    assert tree(root) != before


def test_tree_without_version_control_is_refused(root: Path) -> None:
    write(root, WHOLE)
    result = call("apply")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr.startswith("celery2dramatiq: refused, nothing was written:\n")
    assert "--allow-no-vcs" in result.stderr
    assert tree(root) == {name: text.encode() for name, text in WHOLE.items()}


def test_nothing_to_do_is_never_refused(root: Path) -> None:
    write(root, NONE)
    assert call("apply").exit_code == 0


def test_file_that_cannot_be_written_is_refused(root: Path) -> None:
    project(root)
    (root / "shop/views.py").chmod(0o444)
    result = call("apply")
    assert result.exit_code == 4
    assert "shop/views.py: is read-only" in result.stderr


def test_failure_while_writing_is_5(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise WriteFailed("disk full; everything was rolled back")

    project(root)
    monkeypatch.setattr("celery2dramatiq.files.write", fail)
    result = call("apply")
    assert (result.exit_code, result.stdout) == (5, "")
    assert result.stderr == "celery2dramatiq: disk full; everything was rolled back\n"


def test_whatever_else_goes_wrong_is_our_bug(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("nobody thought of \x1b[31mit")

    project(root, BROKEN)
    monkeypatch.setattr("celery2dramatiq.run.carry_out", fail)
    result = call("apply")
    assert (result.exit_code, result.stdout) == (70, "")
    assert "LookupError: nobody thought of \\x1b[31mit" in result.stderr
    assert result.stderr.endswith("This is a bug in celery2dramatiq; nothing was half-written.\n")
    assert call("scan").exit_code == 3


def test_changes_that_are_not_final_are_our_bug(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never_done(project: Project, options: Options) -> Draft:
        draft = carry_out(project, options)
        change = Change("shop/app.py", b"old", b"new")
        return replace(draft, changes=(*draft.changes, change))

    project(root)
    before = tree(root)
    monkeypatch.setattr("celery2dramatiq.run.carry_out", never_done)
    result = call("apply", "--diff")
    assert result.exit_code == 70
    assert "Wrong: a second run would change shop/app.py once more" in result.stderr
    assert tree(root) == before


def test_edit_that_is_no_python_is_our_bug(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(root)
    monkeypatch.setattr("celery2dramatiq.rewrite.rewrite", lambda text, edit: f"{text}(")
    result = call("apply")
    assert result.exit_code == 70
    assert f"{Wrong.__name__}: shop/app.py: the edit is no valid Python" in result.stderr


def test_second_run_changes_nothing(root: Path) -> None:
    project(root, HALF)
    assert call("apply").exit_code == 0
    after = tree(root)
    commit(root)
    assert call("apply", "--check").exit_code == 0
    assert call("apply").exit_code == 0
    assert tree(root) == after
    report = json.loads(call("apply", "--format", "json").stdout)
    assert report["totals"]["changed"] == 0
    assert (report["edits"], report["created"]) == ([], [])


def test_module_is_the_program(root: Path) -> None:
    first = "import runpy\nrunpy.run_module('celery2dramatiq', run_name='__main__')"
    result = start("scan", "--fail-on", "rewrite", cwd=write(root, WHOLE), first=first)
    assert (result.returncode, result.stderr) == (1, b"")
    assert result.stdout.startswith(b"All 2 tasks can move to Dramatiq.\n")


def test_checkout_that_is_not_installed_says_so(root: Path) -> None:
    first = (
        "import importlib.util, runpy\nfind = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name: None if 'codemods' in name else find(name)\n"
        "runpy.run_module('celery2dramatiq', run_name='__main__')"
    )
    result = start("scan", cwd=root, first=first)
    assert result.returncode == 1
    assert b"pip install -e ." in result.stderr
