"""What changes beside the behaviour: for whoever decides about the move."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from celery2dramatiq.report.decision import MEMORY
from tests.cli.sample import call
from tests.projects import PROJECTS, fixtures


def scanned(name: str, tmp_path: Path, *options: str) -> list[str]:
    root = tmp_path / "project"
    shutil.copytree(PROJECTS / name / "before", root, dirs_exist_ok=True)
    return call("scan", "--root", root, *options).stdout.splitlines()


def section(lines: list[str]) -> list[str]:
    start = lines.index("What changes beside the behaviour") + 1
    return [line.strip() for line in lines[start : lines.index("", start)]]


def test_code_memory_workers_and_settings(tmp_path: Path) -> None:
    lines = section(scanned("django_split", tmp_path, "--show"))
    assert lines[0] == (
        "Code: 5 declarations, 6 sends, 4 lines inside the tasks in 12 files, all of them by "
        "`apply`"
    )
    assert lines[2:5] == list(MEMORY)
    assert lines[5].startswith("Decisions, as they stand: retries: keep (or --retries dramatiq); ")
    assert lines[7] == "Procfile:2: worker: celery -A config worker -l info"
    names = [line.partition(":")[0] for line in lines[8:]]
    assert names == [f"Settings, config.settings.{name}" for name in ("dev", "prod", "test")]
    assert "CELERY_BROKER_URL (config/settings/dev.py:6)" in lines[8]
    assert "CELERY_TASK_SOFT_TIME_LIMIT (config/settings/prod.py:10)" in lines[9]
    assert not any("redis://" in line for line in lines)  # there may be a password in it


def test_a_few_settings_where_not_all_are_asked_for(tmp_path: Path) -> None:
    lines = section(scanned("package", tmp_path))
    assert lines[0].endswith("in 7 files, all of them by `apply`")
    assert lines[-1].startswith(("Settings, everywhere: ", "... and "))


def test_nothing_where_nothing_moves(tmp_path: Path) -> None:
    root = next(path for path in fixtures() if path.name == "django.computed") / "before"
    assert "beside the behaviour" not in call("scan", "--root", root).stdout


def test_a_project_without_settings_and_commands(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from celery import Celery\n\napp = Celery()\n\n\n@app.task\ndef t():\n    pass\n"
    )
    lines = section(call("scan", "--root", tmp_path, "--show").stdout.splitlines())
    assert len(lines) == 3 + len(MEMORY)


def test_environments_as_json(tmp_path: Path) -> None:
    report = json.loads("\n".join(scanned("django_split", tmp_path, "--format", "json")))
    found = {one["name"]: {s["key"]: s for s in one["settings"]} for one in report["environments"]}
    assert list(found) == [f"config.settings.{name}" for name in ("dev", "prod", "test")]
    assert found["config.settings.prod"]["CELERY_BROKER_URL"] == {
        "name": "broker_url", "key": "CELERY_BROKER_URL",
        "path": "config/settings/prod.py", "line": 8,
    }  # fmt: skip
    assert "CELERY_TASK_SOFT_TIME_LIMIT" not in found["config.settings.dev"]
