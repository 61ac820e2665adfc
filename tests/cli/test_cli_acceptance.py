"""What more could move if losses were taken: what is counted, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq.codemod import Options
from celery2dramatiq.run import Run
from tests.cli.sample import HALF, WHOLE, Files, call, write

INSPECTED = "from shop.app import app\n\nprint(app.control.inspect().active())\n"
LOSSES = {**HALF, "shop/status.py": INSPECTED}  # one holds all tasks, one a single task
FLAGS = "--accept C2D537 --accept C2D901"
WORSE = "from shop.tasks import mail\n\nmail.apply_async(('me',), priority=3)\n"


def scanned(root: Path, files: Files, *words: str) -> dict[str, Any]:
    answer = call("scan", "--root", write(root, files), "--format", "json", *words)
    assert answer.exit_code == 0, answer.output
    return dict(json.loads(answer.stdout))


@pytest.mark.parametrize(
    ("files", "codes", "tasks"),
    [
        (LOSSES, ["C2D537", "C2D901"], ["shop.mail", "shop.tasks.add"]),
        (HALF, ["C2D901"], ["shop.mail"]),
        ({**LOSSES, "shop/worse.py": WORSE}, ["C2D537"], ["shop.tasks.add"]),
    ],
)
def test_what_could_move(root: Path, files: Files, codes: list[str], tasks: list[str]) -> None:
    found = scanned(root, files)["acceptance"]
    assert (found["codes"], sorted(found["tasks"])) == (codes, tasks)
    words = [word for code in codes for word in ("--accept", code)]
    after = scanned(root, files, *words)
    moving = {task["name"] for task in after["tasks"] if task["moves"]}
    assert set(tasks) <= moving
    assert after["acceptance"] is None


@pytest.mark.parametrize("files", [WHOLE, {**WHOLE, "shop/worse.py": WORSE}])
def test_nothing_could(root: Path, files: Files) -> None:
    assert scanned(root, files)["acceptance"] is None


def test_it_is_said_where_several_losses_are_needed(root: Path) -> None:
    text = call("scan", "--root", write(root, LOSSES)).stdout
    assert f"  If these losses are taken, 2 of the 2 tasks that stay could move: {FLAGS}\n" in text
    markdown = call("scan", "--root", root, "--format", "markdown").stdout
    assert f"If these losses are taken, 2 tasks more could move: `{FLAGS}`" in markdown
    alone = call("scan", "--root", root, "--accept", "C2D537").stdout
    assert "C2D901" in alone
    assert "If these losses" not in alone  # the line of the only one says it


def test_in_development_celery_stays_anyway(root: Path) -> None:
    run = Run.start(write(root, LOSSES), Options(dev_only=True))
    assert run.acceptance is None
