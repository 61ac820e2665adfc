"""Settings of which it cannot be told what they hold: nothing is taken for granted."""

from __future__ import annotations

import pytest

from tests.projects import planned

APP = """\
from celery import Celery
from conf import C

app = Celery("app")
app.config_from_object({0})


@app.task
def job(): ...
"""
PLAIN = "{'broker_url': 'redis://localhost'}"
ONE = "class F:\n    broker_url = 'redis://localhost'\n"
TWO = """\
import os

if os.environ.get("A"):
    class F:
        broker_url = "redis://localhost"
        task_time_limit = 5
else:
    class F:
        broker_url = "redis://localhost"
"""


@pytest.mark.parametrize("given", ["'conf:C'", "C"])
@pytest.mark.parametrize(
    "lines",
    [
        f"{TWO}C = F()",
        f"{TWO}class C(F): ...",
        TWO.replace("class F:", "def C():").replace("broker_url", "x"),
        "def f():\n    return {}\nif f():\n    def f():\n        return {'x': 1}\nC = f()",
        f"C = {PLAIN}\nC['task_time_limit'] = 5",
        f"C = {PLAIN}\nC.update(task_time_limit=5)",
        f"C: dict = {PLAIN}\ndef late():\n    C.update(task_time_limit=5)",
        f"def f():\n    d = {PLAIN}\n    d['task_time_limit'] = 5\n    return d\nC = f()",
        f"{ONE}C = F()\nC.task_time_limit = 5",
        f"{ONE}C = F()\nsetattr(C, 'task_time_limit', 5)",
        "from elsewhere import f\nC = f()",
    ],
)
def test_what_cannot_be_told_holds_the_tasks(lines: str, given: str) -> None:
    plan = planned({"app.py": APP.format(given), "conf.py": f"{lines}\n"})
    assert plan.staying
    assert not plan.moving


@pytest.mark.parametrize(
    "lines",
    [
        f"C = {PLAIN}\nprint(C['broker_url'])",
        f"C = {PLAIN}\nprint(C.get('broker_url'), C)",
        f"{ONE}C = F()\nprint(C.broker_url)\nother = f(C.x.y)",
        f"{ONE}C = G = F()\ndef f(C):\n    C.x = 1",
        f"def f():\n    return {PLAIN}\nC = f()",
    ],
)
def test_what_is_only_read_can_be_told(lines: str) -> None:
    plan = planned({"app.py": APP.format("'conf:C'"), "conf.py": f"{lines}\n"})
    assert not [one for task in plan.staying for one in task.held_by if one.row.code == "C2D628"]
