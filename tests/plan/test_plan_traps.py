"""Traps: what looks harmless, and comes out wrong in a tool that does not look twice."""

from __future__ import annotations

import pytest

from celery2dramatiq.plan import Plan
from tests.projects import migrated, planned

APP = 'from celery import Celery\n\napp = Celery("x", broker="redis://localhost")\n'
TASK = "from app import app\n\n\n@app.task\ndef first():\n    pass\n"


def moves(**files: str) -> bool:
    """Tell whether all tasks move."""
    return not plan(**files).staying


def plan(**files: str) -> Plan:
    return planned(project(**files))


def project(**files: str) -> dict[str, str]:
    named = {f"{name.replace('__', '/')}.py": text for name, text in files.items()}
    return {"app.py": APP, "tasks.py": TASK, **named}


# -- the index


def test_a_name_that_may_be_something_else() -> None:
    """`first.send()` breaks whatever else it may be; the doubt is lost behind the `.`."""
    use = "if x:\n    from tasks import first\nelse:\n    first = other()\nfirst.delay()\n"
    assert not moves(use=use)


def test_a_task_in_a_class() -> None:
    """`self.task.delay()` is not seen, and stays `delay`."""
    use = """\
from tasks import first


class View:
    task = first

    def get(self):
        self.task.delay()
"""
    assert not moves(use=use)


@pytest.mark.parametrize("default", ["first", "first.delay"])
def test_a_default_of_a_parameter(default: str) -> None:
    """It is taken for an annotation."""
    assert not moves(
        use=f"from tasks import first\n\n\ndef call(job={default}):\n    job.delay()\n"
    )


def test_the_app_imports_the_task_through_a_module_that_nobody_looks_at() -> None:
    """Importing the app then fails: the broker is not there yet."""
    files = {
        "app": APP + "\nimport jobs\n",
        "jobs": "import tasks\n",
        "tasks": "from celery import shared_task\n\n\n@shared_task\ndef first():\n    pass\n",
    }
    assert not moves(**files)


def test_the_app_says_what_its_modules_are_called() -> None:
    """In a folder without `__init__.py`, the name is Celery's all the same."""
    files = {
        "app.py": APP.replace('host")', 'host", include=["jobs.first"])'),
        "jobs/first.py": "from celery import shared_task\n\n\n@shared_task\ndef t():\n    pass\n",
    }
    assert [task.task.name for task in planned(files).tasks] == ["jobs.first.t"]


def test_another_meaning_of_the_functions_name_in_its_body() -> None:
    tasks = """\
from app import app


@app.task(bind=True)
def first(self):
    first = 3
    print(first, self.request.id)
"""
    assert not moves(tasks=tasks)


# -- the printer


def test_the_app_goes_out_of_all() -> None:
    """The usual `__init__.py`, which cannot be imported any more."""
    files = {
        "shop/__init__.py": 'from .celery import app as celery_app\n\n__all__ = ("celery_app",)\n',
        "shop/celery.py": APP,
        "shop/tasks.py": TASK.replace("from app", "from shop.celery"),
    }
    assert "celery_app" not in migrated(files)["shop/__init__.py"]


@pytest.mark.parametrize(
    "app",
    [
        APP.replace("\napp", "\nx = 3; app"),
        APP + "app.set_default(); x = 3\n",
    ],
)
def test_two_statements_in_one_line(app: str) -> None:
    assert "x = 3" in migrated(project(app=app))["app.py"]


@pytest.mark.parametrize(
    ("before", "comments"),
    [
        ("first.delay_on_commit(\n    1,  # one\n    2,\n)\n", 1),
        ("from tasks import app\n\napp.send_task(  # now\n    'tasks.first',\n)\n", 2),
    ],
)
def test_comments_in_a_call(before: str, comments: int) -> None:
    after = migrated(project(use=f"from tasks import first\n\n{before}"))["use.py"]
    assert after.count("#") == comments


def test_comments_in_the_app() -> None:
    call = '(\n    "x",\n    broker=URL,  # here, and nowhere else\n    backend="redis://localhost",\n)'
    app = APP.replace('("x", broker="redis://localhost")', call)
    assert migrated(project(app=app))["app.py"].count("# here, and nowhere else") == 1


def test_a_comment_in_a_decorator_is_printed_once() -> None:
    """The first option's line lends its comment to the name."""
    tasks = TASK.replace("@app.task", "@app.task(\n    priority=3,  # late\n    expires=3,\n)")
    assert migrated(project(tasks=tasks))["tasks.py"].count("# late") == 1


def test_parameters_on_lines_of_their_own() -> None:
    tasks = TASK.replace("app.task", "app.task(bind=True)").replace(
        "first()", "first(\n    self,\n    to,\n)"
    )
    assert "first(\n    to,\n)" in migrated(project(tasks=tasks))["tasks.py"]


def test_self_alone_before_a_slash() -> None:
    tasks = TASK.replace("app.task", "app.task(bind=True)").replace("first()", "first(self, /, to)")
    assert "def first(to)" in migrated(project(tasks=tasks))["tasks.py"]


def test_a_blank_line_below_the_imports() -> None:
    app = """\
import dramatiq
from celery import Celery

from dramatiq_helpers import make_broker

app = Celery("x", broker="redis://localhost")
broker = make_broker("redis://localhost")
dramatiq.set_broker(broker)
"""
    after = migrated({**project(app=app), "dramatiq_helpers.py": "def make_broker(): pass\n"})
    assert "make_broker\n\nbroker" in after["app.py"]


# -- the rules


def test_a_retry_that_is_caught() -> None:
    """Celery has sent the message by then, Dramatiq has not, and never will."""
    tasks = """\
from app import app


@app.task(bind=True)
def first(self):
    try:
        raise self.retry()
    except Exception:
        print("caught")
"""
    assert not moves(tasks=tasks)


def test_a_retry_that_is_caught_and_raised_again() -> None:
    """The first `except` that fits gets it, and lets it go on."""
    tasks = """\
from celery.exceptions import Retry

from app import app


@app.task(bind=True)
def first(self):
    try:
        raise self.retry()
    except Retry:
        raise
    except Exception:
        print("never")
"""
    assert moves(tasks=tasks)
