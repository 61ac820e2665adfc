"""A Django project with split settings on Amazon SQS, through both forms of `--dev-only`."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from bench import compare
from bench.case import Case, load
from bench.judge import Bench, Verdict
from bench.outcome import celery_given_up
from bench.tree import add_trace, copy_project

CASE = load(Path(__file__).parent / "cases/_developing/django_sqs_split")
FORMS = {"bridge": ("--dev-only",), "carrier": ("--dev-only", "--keep-source")}
PRODUCTION = {"DJANGO_SETTINGS_MODULE": "settings.prod"}


def case_of(form: str, how: str) -> Case:
    return replace(CASE, name=f"{CASE.name}.{form}.{how}", extra_args=FORMS[form])


@pytest.mark.parametrize("form", FORMS)
def test_development_and_production(bench: Bench, form: str) -> None:
    case = case_of(form, "on")
    celery = bench.celery(replace(case, name=f"{case.name}.before"))
    on, report = bench.dramatiq(case)
    given_up = celery_given_up(on.logs["worker"].read_text(encoding="utf-8", errors="replace"))
    on = replace(on, given_up=(*on.given_up, *given_up))
    off = bench.switched_off(replace(case_of(form, "off"), env=PRODUCTION))
    off = replace(off, on_celery=frozenset())
    problems = [
        problem
        for one in (on, off)
        for problem in (*compare.unsound(case, one), *compare.differences(case, celery, one))
    ]
    if problems:
        verdict = Verdict(case, tuple(problems), (celery, on, off), report)
        pytest.fail(verdict.with_logs(), False)


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
