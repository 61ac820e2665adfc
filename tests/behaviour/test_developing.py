"""A Django project with split settings on Amazon SQS, through both forms of `--dev-only`."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from bench.case import Case, load
from bench.pool import Pool
from bench.tree import add_trace, copy_project

CASE = load(Path(__file__).parent / "cases/_developing/django_sqs_split")
FORMS = {"bridge": ("--dev-only",), "carrier": ("--dev-only", "--keep-source")}


def case_of(form: str, way: str) -> Case:
    return replace(CASE, name=f"{CASE.name}.{form}.{way}", way=way, extra_args=FORMS[form])


CASES = [
    case_of("bridge", "switched on"),
    case_of("bridge", "switched off"),
    case_of("carrier", "carried"),
    case_of("carrier", "switched off"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_development_and_production(case: Case, verdicts: Pool) -> None:
    verdict = verdicts.verdict(case)
    if verdict.problems:
        pytest.fail(verdict.with_logs(), pytrace=False)


LOOK = """
import django
django.setup()
import {modules}
import dramatiq
broker = dramatiq.get_broker()
print(type(broker).__name__, *sorted(broker.actors))
"""


def test_importing_everything_needs_no_server(tmp_path: Path) -> None:
    root = copy_project(CASE.project, tmp_path / "project", {"redis": 1, "sqs": 1})
    add_trace(root)
    words = ("apply", "--dev-only", "--allow-no-vcs")
    subprocess.run([sys.executable, "-m", "celery2dramatiq", *words], cwd=root, check=True)
    code = LOOK.format(modules="evalhub.dramatiq_bridge, jobs.admin, jobs.tasks, jobs.cluster")
    trace = {"TRACE_URL": "redis://localhost:1/15"}
    env = {**os.environ, **trace, "DJANGO_SETTINGS_MODULE": "settings.dev"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=env, capture_output=True, text=True, check=True
    )
    broker, *actors = done.stdout.split()
    assert "SQS" in broker
    assert actors == ["jobs.cluster.scale", "jobs.tasks.clean", "jobs.tasks.tag"]
