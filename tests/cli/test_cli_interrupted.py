"""Runs that do not come to their end: nothing is half-written, nothing is said twice."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.sample import HALF, WHOLE, call, child, project, start, tree, write

# Ends or interrupts the program when it replaces its second file.
AT_SECOND_FILE = """
import os, signal
from celery2dramatiq.files import transaction
replace, seen = transaction._replace, []
def replaced(*arguments):
    replace(*arguments)
    seen.append(arguments)
    if len(seen) == 2:
        {do}
transaction._replace = replaced
"""
KILLED = AT_SECOND_FILE.format(do="os._exit(9)")
INTERRUPTED = AT_SECOND_FILE.format(do="os.kill(os.getpid(), signal.SIGINT)")
INTERRUPTED_EARLY = """
import os, signal
from celery2dramatiq import run
run.open_project = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)
"""


def killed(root: Path) -> Path:
    """Make a project whose `apply` was killed half-way."""
    project(root)
    before = tree(root)
    assert start("apply", cwd=root, first=KILLED).returncode == 9
    assert tree(root) != before
    return root


@pytest.mark.parametrize("first", [INTERRUPTED, INTERRUPTED_EARLY])
def test_interrupted_run_changes_nothing(root: Path, first: str) -> None:
    project(root)
    before = tree(root)
    result = start("apply", cwd=root, first=first)
    assert (result.returncode, result.stdout) == (130, b"")
    assert result.stderr == b"celery2dramatiq: interrupted; no file is half-written\n"
    assert tree(root) == before


def test_only_apply_recovers_an_interrupted_write(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(killed(root))
    before = tree(root)
    for command in (("scan",), ("apply", "--diff"), ("apply", "--check")):
        result = call(*command)
        assert "was interrupted; the next apply rolls it back first." in result.stderr
        assert tree(root) == before
    assert call("scan").stdout.splitlines()[-1] == "Next: celery2dramatiq apply"
    result = call("apply", "-q")
    assert result.stderr == "An interrupted write of 4 files was rolled back.\n"
    assert result.exit_code == 0
    assert b"add.send(1, 2)" in tree(root)["shop/views.py"]
    assert call("scan").stderr == ""


@pytest.mark.parametrize("arguments", [("scan",), ("apply", "--diff"), ("apply",)])
def test_reader_that_has_seen_enough_is_no_failure(root: Path, arguments: tuple[str]) -> None:
    project(root, HALF)
    command = child(*arguments, "--color")
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in errors
    assert b"Broken" not in errors
    assert (arguments == ("apply",)) == (b"add.send" in tree(root)["shop/views.py"])


def test_full_disk_behind_stdout_is_said_once(root: Path) -> None:
    write(root, WHOLE)
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            child("scan"), cwd=root, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert result.returncode == 5
    (line,) = result.stderr.splitlines()
    assert b"the report could not be written" in line


def test_state_of_the_tests_is_not_the_users() -> None:
    assert "state" in Path(os.environ["XDG_STATE_HOME"]).name
