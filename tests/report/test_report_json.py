"""The JSON holds what `docs/json.md` says, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq import __version__
from celery2dramatiq.report.data import SCHEMA, totals
from tests.cli.sample import HALF, NONE, WHOLE, Files, call, write

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")


def report(root: Path, files: Files, *command: str) -> dict[str, Any]:
    write(root, files)
    result = call(*command, "--format", "json", "--root", root)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_keys_are_documented(tmp_path: Path) -> None:
    of_scan = DOCUMENTED.partition("`apply --dev-only --format json`")[0]
    rows = re.findall(r"^\| (`.*?`) \|", of_scan, re.MULTILINE)
    documented = [key for row in rows for key in re.findall(r"`(\w+)`", row)]
    found = report(tmp_path, {**HALF, "old.py": "import celery\nprint 1\n"}, "scan")
    assert sorted(found) == sorted(documented)
    assert (found["schema"], found["version"]) == (SCHEMA, __version__)
    for key in ("files", "tasks", "sites", "findings", "edits"):
        (row,) = (line for line in DOCUMENTED.splitlines() if line.startswith(f"| `{key}` |"))
        inner = {name for entry in found[key] for name in entry}
        assert inner <= set(re.findall(r"`(\w+)`", row)), key


def test_scan(tmp_path: Path) -> None:
    found = report(tmp_path, HALF, "scan")
    moves = {task["name"]: task["moves"] for task in found["tasks"]}
    assert moves == {"shop.tasks.add": True, "shop.mail": False}
    (reason,) = (reason for task in found["tasks"] for reason in task["held_by"])
    assert (reason["path"], reason["line"]) == ("shop/hooks.py", 3)
    (finding,) = (f for f in found["findings"] if f["action"] == "MANUAL")
    assert {key: finding[key] for key in ("path", "line", "column")} == {
        "path": "shop/hooks.py",
        "line": 3,
        "column": 10,
    }
    assert finding["tasks"] == ["shop.mail"]
    assert finding["way_out"]
    assert found["totals"] == {"scanned": 6, "changed": 3, "unchanged": 3, "skipped": 0}
    assert found["edits"][0] == {"path": "shop/app.py", "added": None, "removed": None}
    assert found["created"] == ["shop/dramatiq_helpers.py"]
    assert found["written"] is False
    assert found["worker"]["command"].startswith("dramatiq shop.app shop.tasks")
    assert found["worker"]["env"] == {}
    assert found["celery_worker"]["command"].startswith("celery -A shop.app worker")


def test_apply(tmp_path: Path) -> None:
    found = report(tmp_path, WHOLE, "apply", "--allow-no-vcs")
    assert found["written"] is True
    assert {edit["path"]: edit["removed"] for edit in found["edits"]} == {
        "shop/app.py": 2,
        "shop/tasks.py": 3,
        "shop/views.py": 1,
    }
    assert all(edit["added"] for edit in found["edits"])
    assert found["celery_worker"] is None


def test_place_is_reported_once_for_all_the_tasks_that_it_concerns(tmp_path: Path) -> None:
    found = report(
        tmp_path, {**WHOLE, "shop/hooks.py": "from shop.app import app\napp.odd()\n"}, "scan"
    )
    (finding,) = (f for f in found["findings"] if f["path"] == "shop/hooks.py")
    assert finding["tasks"] == ["shop.mail", "shop.tasks.add"]
    assert [len(task["held_by"]) for task in found["tasks"]] == [1, 1]


def test_name_that_is_no_file_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "lost.py").symlink_to("nowhere.py")
    found = report(tmp_path, WHOLE, "scan")
    assert found["totals"]["skipped"] == 1
    assert {"path": "lost.py", "status": "skipped", "reason": "a broken link", "line": None,
            "celery": False} in found["files"]  # fmt: skip


def test_nothing_moves(tmp_path: Path) -> None:
    found = report(tmp_path, NONE, "scan")
    assert (found["worker"], found["edits"], found["created"]) == (None, [], [])


@pytest.mark.parametrize("status", ["changed", "unchanged", "skipped"])
def test_totals(status: str) -> None:
    zero = {"scanned": 0, "changed": 0, "unchanged": 0, "skipped": 0}
    assert totals([]) == zero
    assert totals([{"status": status}] * 2) == {**zero, "scanned": 2, status: 2}
