"""What `task_annotations` makes of a task's options, as Celery itself does it."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery  # type: ignore[import-untyped]

from celery2dramatiq.annotated import annotated
from celery2dramatiq.report import inventory
from tests.projects import planned

ANNOTATIONS = [
    None,
    {"t.x": {"max_retries": 1}},
    {"t.*": {"max_retries": 1}},
    {"*": {"max_retries": 1}, "t.x": {"max_retries": 2, "time_limit": 5}},
    [{"t.x": {"max_retries": 1}}, {"t.x": {"max_retries": 2, "time_limit": 5}}],
    [{"t.x": {}}, {"t.x": {"max_retries": 2}}],
    ({"*": {"time_limit": 1}}, {"*": {"max_retries": 2}, "t.x": {"ignore_result": True}}),
]
OPTIONS = ("max_retries", "time_limit", "ignore_result")


def act() -> None:
    pass


@pytest.mark.parametrize("setting", ANNOTATIONS, ids=str)
def test_as_celery_does(setting: Any) -> None:
    app = Celery("t", set_as_current=False, task_annotations=setting)
    own = {"max_retries": 9}
    task = app.task(name="t.x", shared=False, **own)(act)
    expected = {name: getattr(task, name) for name in OPTIONS}
    plain = {"max_retries": 9, "time_limit": None, "ignore_result": False}
    assert plain | annotated("t.x", own, setting) == expected


def test_automatic_retries_are_the_decorators_own() -> None:
    given = {"t.x": {"retry_kwargs": {"max_retries": 1}, "max_retries": 2}}
    assert annotated("t.x", {"retry_kwargs"}, given) == {"max_retries": 2}
    assert annotated("t.x", {}, given) == given["t.x"]


APP = "from celery import Celery\n\napp = Celery('x', broker='memory://')\n"
TASK = "\n\n@app.task(queue='a', rate_limit=None)\ndef own():\n    pass\n"


def listed(settings: str) -> Any:
    """Return the task as the report lists it."""
    plan = planned({"x.py": f"{APP}{settings}{TASK}"})
    return inventory.of_task(plan.tasks[0].task, plan.index)


def test_the_report_lists_what_is_in_force() -> None:
    task = listed("app.conf.task_annotations = {'x.own': {'queue': 'b', 'time_limit': 3}}\n")
    assert task["queue"] == "b"
    assert task["options"] == {"queue": "b", "rate_limit": None, "time_limit": 3}


def test_what_is_computed_may_be_any_option() -> None:
    computed = {"code": "f()"}
    task = listed("from own import f\napp.conf.task_annotations = f()\n")
    assert task["options"] == {"queue": "a", "rate_limit": None, "**": computed}


def test_annotations_are_not_guessed_where_settings_cannot_be_seen() -> None:
    task = listed("from own import f\napp.config_from_object(f())\n")
    assert task["options"] == {"queue": "a", "rate_limit": None}
