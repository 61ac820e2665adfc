"""What the user can say to `verify`, and what is taken if nothing is said."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq.verify import command as commands
from celery2dramatiq.verify.interpreter import choose
from tests.cli.sample import call, commit, git, project, write
from tests.verify.checking import AFTER, BEFORE, inventory, verified


def test_help_says_that_it_runs_the_project() -> None:
    text = " ".join(call("verify", "--help").stdout.split())
    assert "This is the only command that runs the project's code" in text


# -- the inventory


def test_what_git_has_is_the_inventory(root: Path) -> None:
    project(root, BEFORE)
    (root / "link").symlink_to("/nonesuch")
    commit(root)
    write(root, AFTER)
    result = call("verify", "--root", root)
    assert result.exit_code == 0, result.output
    assert "2 tasks in git's HEAD: 2 agree" in result.stdout
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "moved")
    result = call("verify", "--root", root)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "in git's HEAD there is no Celery task; give the file" in result.stderr
    result = call("verify", "--root", root, "--since", "HEAD~")
    assert "2 tasks in git's HEAD~: 2 agree" in result.stdout


def test_folder_inside_a_repository(root: Path) -> None:
    project(root, {f"inner/{path}": text for path, text in BEFORE.items()} | {"a.py": "1\n"})
    write(root / "inner", AFTER)
    assert "2 tasks in git's HEAD: 2 agree" in call("verify", "--root", root / "inner").stdout


def test_no_git(root: Path) -> None:
    write(root, AFTER)
    result = call("verify", "--root", root)
    assert result.exit_code == 2
    assert "git cannot give the project as it was: fatal: not a git" in result.stderr


def change(data: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {**data, **keys}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be read as a report: "),
        ("[]", "it has no `schema`"),
        ("{}", "it has no `schema`"),
        ('{"schema": 1, "tasks": 1}', "it has no `settings`"),
        ('{"schema": 1, "tasks": [1], "settings": {}, "results": null, "chosen": {}, '
         '"worker": null, "celery_worker": null}', "it has no `name` of a task"),
        ('{"schema": 2, "tasks": [], "settings": {}, "results": null, "chosen": {}, '
         '"worker": null, "celery_worker": null}', "has the schema 2; this version reads 1"),
    ],
)  # fmt: skip
def test_bad_inventory(root: Path, text: str, says: str) -> None:
    report = write(root, {"report.json": text}) / "report.json"
    result = call("verify", report, "--root", root)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_report_of_apply_will_do(root: Path) -> None:
    project(root, BEFORE)
    report = root.with_name("apply.json")
    assert call("apply", "--root", root, "--format", "json", "--output", report).exit_code == 0
    result = call("verify", report, "--root", root)
    assert result.exit_code == 0, result.stdout


# -- the worker's command


def test_worker_that_is_not_known(root: Path) -> None:
    report = inventory(root)
    data = json.loads(report.read_bytes())
    report.write_text(json.dumps({**data, "worker": None}))
    write(root, AFTER)
    result = call("verify", report, "--root", root)
    assert result.exit_code == 5
    assert "it is not known how the worker is started: say it with --worker" in result.stderr


@pytest.mark.parametrize("command", ["celery -A x", "'", "cd x && dramatiq y", "rundramatiq"])
def test_bad_command(root: Path, command: str) -> None:
    found = verified(root, AFTER, "--worker", command)
    assert found.code == 2
    assert f"--worker: `{command}` " in found.err


@pytest.mark.parametrize(
    ("command", "start"),
    [
        ("dramatiq a b", commands.Start("worker", ("a", "b"))),
        ("python -m dramatiq a", commands.Start("worker", ("a",))),
        ("poetry run dramatiq-gevent a -Q b", commands.Start("worker", ("a", "-Q", "b"))),
        ("A=1 B=$HOME dramatiq a",
         commands.Start("worker", ("a",), env={"A": "1", "B": os.environ.get("HOME", "$HOME")})),
        ("python manage.py rundramatiq -p 1",
         commands.Start("manage", ("rundramatiq", "-p", "1"), "manage.py")),
        ("/bin/django-admin rundramatiq",
         commands.Start("manage", ("rundramatiq",), "django-admin")),
        ("python -m django rundramatiq", commands.Start("manage", ("rundramatiq",), "django")),
    ],
)  # fmt: skip
def test_commands(command: str, start: commands.Start) -> None:
    assert commands.worker(command) == start


def test_celery_commands() -> None:
    found = commands.celery("celery --workdir src -A a.b worker -Q c")
    assert found is not None
    assert (found.app, found.workdir) == ("a.b", "src")
    assert commands.celery("celery worker") is None


# -- the interpreter


def python(folder: Path) -> Path:
    path = write(folder, {"bin/python": "#!/bin/sh\n"}) / "bin" / "python"
    path.chmod(0o755)
    return path


def test_interpreters(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(root, None, {}).path == sys.executable
    assert choose(root, None, {"VIRTUAL_ENV": str(tmp_path)}).path == sys.executable
    active = python(tmp_path / "active")
    found = choose(root, None, {"VIRTUAL_ENV": str(tmp_path / "active")})
    assert (found.path, found.why) == (str(active), "the active virtual environment")
    own = python(root / "venv")
    found = choose(root, None, {"VIRTUAL_ENV": str(tmp_path / "active")})
    assert (found.path, found.why) == (str(own), "the project's venv")
    own = python(root / ".venv")
    assert choose(root, None, {}).why == "the project's .venv"
    monkeypatch.chdir(root)
    assert choose(root, ".venv/bin/python", {}).path.endswith(".venv/bin/python")
    assert choose(root, "sh", {}).why == "--python"


def test_interpreter_that_is_not_there(root: Path) -> None:
    found = verified(root, AFTER, "--python", "nonesuch")
    assert found.code == 2
    assert "--python: nonesuch is no program" in found.err
