"""What still needs Celery when everything that moves has moved."""

import re
from pathlib import Path

import pytest

from celery2dramatiq.codemod import load
from tests.projects import expected, fixtures, plan_of, planned, whole_projects

IMPORT = re.compile(rb"^\s*(?:from|import) (?:celery|kombu|billiard|vine|amqp)\b", re.MULTILINE)

APP = """\
from celery import Celery

app = Celery("shop", broker="redis://")
"""
TASKS = """\
from celery.utils.log import get_task_logger

from app import app

logger = get_task_logger(__name__)


@app.task
def add(a, b):
    logger.info("é")
    return a + b
"""


def left(**files: str) -> str:
    named = {f"{name.replace('__', '/')}.py": text for name, text in files.items()}
    return planned({"app.py": APP, "tasks.py": TASKS, **named}).celery_left


def test_nothing() -> None:
    assert left() == ""
    assert left(other="celery = 1\n") == ""


def test_task_that_stays() -> None:
    assert left(other="from tasks import add\nadd.backend\n") == "tasks stay on it"


def test_file_that_imports_it() -> None:
    for line in (
        "from celery.result import EagerResult",
        "import kombu",
        "import celery.exceptions",
    ):
        assert left(tests__test_add=f"{line}\n") == "`tests/test_add.py` uses it"


def test_annotation_of_the_task_itself() -> None:
    text = """\
from __future__ import annotations
from typing import TYPE_CHECKING
from app import app
if TYPE_CHECKING:
    from celery import Task


@app.task(bind=True)
def add(self: Task, a{}):
    print(self.request.id)
"""
    assert planned({"app.py": APP, "tasks.py": text.format("")}).celery_left == ""
    other = planned({"app.py": APP, "tasks.py": text.format(": Task")})
    assert other.celery_left == "`tasks.py` uses it"


def test_name_that_its_file_goes_on_using() -> None:
    text = TASKS.replace("@app.task", "print(get_task_logger)\n\n\n@app.task")
    assert planned({"app.py": APP, "tasks.py": text}).celery_left != ""


def test_import_that_nothing_uses() -> None:
    text = TASKS.replace("from app", "from celery.states import SUCCESS\nfrom app")
    assert planned({"app.py": APP, "tasks.py": text}).celery_left == "`tasks.py` uses it"


def test_name_that_another_file_takes() -> None:
    other = "from tasks import get_task_logger\n\nget_task_logger('x')\n"
    assert left(other=other) == "`tasks.py` uses it"


def test_file_that_could_not_be_read() -> None:
    assert left(old="import celery\nprint 1\n") == "`old.py` mentions it and is not read or edited"
    assert left(old="print 1\n") == ""


def test_app_of_the_tests_stays() -> None:
    app = APP.replace("shop", "tests")
    assert left(tests__app=app) == "`tests/app.py` uses it"


@pytest.mark.parametrize("fixture", [*fixtures(), *whole_projects()], ids=lambda path: path.name)
def test_as_the_printer_leaves_it(fixture: Path) -> None:
    """Nothing is left exactly where no module goes on importing Celery."""
    plan = plan_of(fixture, load())
    files = expected(fixture).items()
    importing = {path for path, data in files if path.endswith(".py") and IMPORT.search(data)}
    if not plan.celery_left:
        assert importing == set()
    elif plan.celery_left.endswith(" uses it") and plan.moving:
        assert plan.celery_left.split("`")[1] in importing
