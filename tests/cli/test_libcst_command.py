"""The command for LibCST's own runner: the bytes of `apply`, from a plan made once."""

import io
from pathlib import Path

import pytest
from libcst.codemod import CodemodContext
from libcst.tool import main as runner

from celery2dramatiq.codemod import Options
from celery2dramatiq.draft import Draft, carry_out
from celery2dramatiq.libcst_command import MigrateCommand
from celery2dramatiq.project import Project
from tests.cli.sample import BROKEN, PACKAGE, SENDS, WHOLE, Files, call, project, tree
from tests.cli.test_cli_unwritable import UNPARSED

COMMAND = "celery2dramatiq.libcst_command.MigrateCommand"
BYTES: Files = {
    **WHOLE,
    "shop/crlf.py": SENDS.replace("\n", "\r\n"),
    "shop/bom.py": b"\xef\xbb\xbf" + SENDS.encode(),
    "shop/latin.py": b"# coding: latin-1\nword = 'caf\xe9'\n" + SENDS.encode(),
    "shop/no_end.py": SENDS.rstrip("\n"),
}


def run(*arguments: str) -> int:
    """Run LibCST's own program in this process."""
    options = ("codemod", "--hide-progress", "--no-format", "-x", COMMAND)
    return runner("libcst", [*options, *arguments])


@pytest.mark.parametrize("files", [BYTES, {**WHOLE, "shop/views.py": SENDS + UNPARSED}])
def test_every_byte_is_that_of_apply(
    root: Path, tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = project(tmp_path / "other", files)
    call("apply", "--root", other)
    monkeypatch.chdir(project(root, files))
    failed = run("-j", "1", ".")
    expected = tree(other)
    del expected["shop/dramatiq_helpers.py"]
    assert tree(root) == expected
    assert failed == int(files is not BYTES)


def test_plan_is_made_once_and_before_anything_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def watched(project: Project, options: Options) -> Draft:
        made.append(tree(root))
        return carry_out(project, options)

    monkeypatch.setattr("celery2dramatiq.libcst_command.carry_out", watched)
    monkeypatch.chdir(project(root))
    before = tree(root)
    assert run("-j", "1", ".") == 0
    assert made == [before]


def test_helper_module_that_is_missing_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project(root))
    assert run("-j", "1", "shop/views.py") == 0
    said = "`celery2dramatiq apply` creates what it imports: shop/dramatiq_helpers.py"
    assert said in capfd.readouterr().err


def test_helper_module_that_is_there_is_not_missing(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project(root, {**WHOLE, "shop/dramatiq_helpers.py": "x = 1\n"}))
    assert run("-j", "1", "shop") == 0
    assert "def make_broker(" in (root / "shop/dramatiq_helpers.py").read_text()
    assert "creates" not in capfd.readouterr().err


def test_file_outside_of_the_root_is_left_alone(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "tasks.py"
    elsewhere.write_text(SENDS)
    monkeypatch.chdir(project(root))
    assert run("-j", "1", str(elsewhere), "shop/views.py") == 0
    assert elsewhere.read_text() == SENDS
    assert "add.send(1, 2)" in (root / "shop/views.py").read_text()


def test_standard_input_has_no_project_around_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(SENDS))
    assert run("-") == 1
    assert "name a file, not `-`" in capfd.readouterr().err
    assert MigrateCommand(CodemodContext()).DESCRIPTION


@pytest.mark.parametrize("files", [{"shop/x.py": "x = 1\n"}, PACKAGE | {"shop/x.py": "x = 1\n"}])
def test_files_without_celery_are_skipped(
    root: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project(root, files))
    assert run("-j", "1", "shop/x.py") == 0
    assert tree(root) == {name: str(text).encode() for name, text in files.items()}


def test_broken_file_fails_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project(root, BROKEN))
    assert run("-j", "1", "shop") == 1
    assert tree(root)["shop/old.py"] == BROKEN["shop/old.py"].encode()
    assert b"add.send(1, 2)" in tree(root)["shop/views.py"]
