"""Where decisions are stored, and what stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq.configuration import KEYS
from celery2dramatiq.decisions import store
from celery2dramatiq.files import Change
from tests.cli.sample import HALF, call, project, write

SHARED = "[tool.celery2dramatiq]\nretries = 'keep'\naccept = ['C2D104']\n"


def test_no_decision_is_no_change(tmp_path: Path) -> None:
    change = Change("a.py", b"", b"1")
    assert store(tmp_path, {}, [change]) == (change,)


def test_decisions_go_into_the_table_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(SHARED)
    (made,) = store(tmp_path, {"accept": ("C2D101", "C2D104")}, [])
    assert made.path == "pyproject.toml"
    assert made.after is not None
    assert made.after.decode() == SHARED.replace("['C2D104']", "[\"C2D101\", 'C2D104']")


# -- the next run does the same

COMPUTED = {
    **HALF,
    "shop/more.py": "from shop.tasks import add\n\nadd.apply_async((1, 2), countdown=5)\n",
    "docs/old.py": "from shop.tasks import add\n\nadd.delay(1, 2)\n",
}
# Each option that can be stored, and its key in the configuration.
STORED = {
    "accept": ["--accept", "C2D901"],
    "broker": ["--broker", "rabbitmq"],
    "exclude": ["--exclude", "shop/hooks.py"],
    "ignore": ["--ignore", "C2D601"],
    "leave": ["--leave", "{root}/shop/more.py"],
    "retries": ["--retries", "dramatiq"],
    "select": ["--select", "C2D1"],
    "time-limit": ["--time-limit", "dramatiq"],
}
# Keys of the configuration that are no decision about this very move.
OTHERS = {"baseline", "dev-settings", "scheduler", "task-decorators"}  # scheduler: Django's alone


def said(root: Path, *words: str) -> dict[str, Any]:
    """Return what a scan says of the project, without what names the files' number."""
    answer = call("scan", "--root", root, "--format", "json", *words)
    assert answer.exit_code == 0, answer.stderr
    return {key: value for key, value in json.loads(answer.stdout).items() if key in SAID}


SAID = ("chosen", "tasks", "findings", "ignored", "worker", "celery_worker", "edits", "decisions")


def test_every_decision_has_such_a_test() -> None:
    assert STORED.keys() | OTHERS == set(KEYS)


@pytest.mark.parametrize("key", STORED)
def test_the_next_run_does_the_same(key: str, root: Path) -> None:
    write(root, {**COMPUTED, "celery2dramatiq.toml": ""})
    words = [word.format(root=root) for word in STORED[key]]
    usual, chosen = said(root), said(root, *words)
    assert usual != chosen  # it decides something
    dry = project(root.parent / "copy", {**COMPUTED, "celery2dramatiq.toml": ""})
    words = [word.format(root=dry) for word in STORED[key]]
    saved = call("apply", "--root", dry, "--save", *words)
    assert saved.exit_code == 0, saved.stderr
    stored = (dry / "celery2dramatiq.toml").read_text("utf-8")
    assert stored.startswith(f"{key} = ")
    (root / "celery2dramatiq.toml").write_text(stored)
    assert said(root) == chosen
    assert call("apply", "--root", dry, "--check", "--allow-dirty").exit_code == 0
