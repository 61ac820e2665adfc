"""Every migrated Django fixture passes `manage.py check`, and `manage.py rundramatiq` starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.processes import Process, Processes, wait_until
from bench.tree import add_trace

from tests.projects import expected, fixtures, whole_projects

ENVIRONMENTS = {"django_split": ("config.settings.dev", "config.settings.test")}


def _is_django(fixture: Path) -> bool:
    """Tell whether the tool has moved a Django project."""
    files = expected(fixture)
    return "manage.py" in files and any(path.endswith("dramatiq_broker.py") for path in files)


FIXTURES = [each for each in (*whole_projects(), *fixtures()) if _is_django(each)]


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as running:
        yield running


@pytest.fixture(params=FIXTURES, ids=lambda path: path.name)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = tmp_path / str(request.param.name)
    for path, data in expected(request.param).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    add_trace(root)
    return root


def _environment(root: Path) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("CELERY")}
    del_ = ("DJANGO_SETTINGS_MODULE", "PYTHONPATH")
    env = {key: value for key, value in env.items() if key not in del_}
    return {
        **env,
        "CELERY_BROKER_URL": "memory://",  # wins over the settings, with Celery as well
        "TRACE_URL": "redis://localhost:1/0",  # nobody writes
        "PYTHONUNBUFFERED": "1",
    }


def test_there_are_some() -> None:
    assert len(FIXTURES) >= 3


def test_check_succeeds(project: Path) -> None:
    for settings in ("", *ENVIRONMENTS.get(project.name, ())):
        env = _environment(project)
        env |= {"DJANGO_SETTINGS_MODULE": settings} if settings else {}
        line = [sys.executable, "manage.py", "check"]
        done = subprocess.run(
            line, cwd=project, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "no issues" in done.stdout


def test_rundramatiq_starts(project: Path, processes: Processes) -> None:
    line = f"{sys.executable} manage.py rundramatiq --processes 1 --threads 1"
    process = processes.start(
        line, cwd=project, env=_environment(project), log=project.with_suffix(".log")
    )
    wait_until(lambda: _is_settled(process), 30)
    assert process.exit_code is None, process.output()
    assert "ready for action" in process.output()


def _is_settled(process: Process) -> bool:
    return process.exit_code is not None or "ready for action" in process.output()
