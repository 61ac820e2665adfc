"""Decorators of the project's own, names for Celery's, and tasks that a call makes."""

from __future__ import annotations

import pytest

from tests.projects import migrated, planned

APP = """\
from functools import partial, wraps
from celery import Celery

app = Celery("app", broker="redis://localhost")


def function(x): ...


"""
USED = "@deco\ndef job(x): ...\n"
USED_WITH = "@deco(queue='q')\ndef job(x): ...\n"
CANNOT_TELL = "what it makes of the function cannot be told"
NOT_SIMPLY = "it is not simply kept in a name at the top of its module"
NO_NAME = "it can be given neither the task's name nor the function to take it from"


def held(lines: str) -> dict[str, set[str]]:
    """Return why each task stays, by its function."""
    plan = planned({"app.py": f"{APP}{lines}\n"})
    return {task.task.function: {one.note for one in task.held_by} for task in plan.tasks}


def inner(body: str, names: str = "f", before: str = "") -> str:
    """Return a decorator that takes options."""
    return f"def deco(**k):\n    def inner({names}):\n        {body}\n{before}    return inner\n"


def wrapping(decorator: str) -> str:
    """Return a decorator that makes a task of a function of its own."""
    wrapper = f"    @app.task\n    {decorator}\n    def g(*a, **k):\n        return f(*a, **k)\n"
    return f"def deco(f):\n{wrapper}    return g\n"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (inner("return app.task(**k)(f)", before="    print(inner)\n") + USED_WITH,
         "return dramatiq.actor(**k)(f)"),
        (wrapping("@wraps(f)") + USED,
         '@dramatiq.actor(actor_name=f"{f.__module__}.{f.__name__}")\n    @wraps(f)'),
        (wrapping("@partial(print, 1)\n    @partial(print)\n    @wraps(f)") + USED,
         '@dramatiq.actor(actor_name=f"{f.__module__}.{f.__name__}")\n    @partial(print, 1)'),
        ("def deco(f):\n    made = app.task(f)\n    return made\n" + USED,
         'made = dramatiq.actor(f, actor_name=f"{f.__module__}.{f.__name__}")'),
        ("def deco(**k):\n    return app.task(**k)\n" + USED_WITH, "return dramatiq.actor(**k)"),
        ("deco = app.task(queue='q')\n" + USED,
         "functools.partial(dramatiq.actor, queue_name='q')"),
        ("a = deco = app.task(queue='q')\n" + USED,
         "a = deco = functools.partial(dramatiq.actor, queue_name='q')"),
        ("print(*[1])\njob: object = app.task(function)",
         'job: object = dramatiq.actor(function, actor_name="app.function")'),
    ],
)  # fmt: skip
def test_it_declares_actors(lines: str, code: str) -> None:
    assert set(map(len, held(lines).values())) == {0}
    assert code in migrated({"app.py": f"{APP}{lines}\n"})["app.py"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("def deco(f):\n    app.task(f)\n    return f\n" + USED, CANNOT_TELL),
        ("def deco(f):\n    x, y = app.task(f), 1\n    return x\n" + USED, CANNOT_TELL),
        ("def deco(f):\n    return app.task(function)\n" + USED, CANNOT_TELL),
        (inner("return app.task(**k)(f)", "f, g") + USED_WITH, CANNOT_TELL),
        (inner("if f: return f\n        return app.task(**k)(f)") + USED_WITH, CANNOT_TELL),
        (inner("return app.task(**k)(f)").replace("return inner", "return partial(inner)")
         + USED_WITH, CANNOT_TELL),
        (wrapping("@partial(print)") + USED, CANNOT_TELL),
        (wrapping("@wraps(print)") + USED, CANNOT_TELL),
        ("class deco:\n    def __init__(self, f):\n        app.task(f)\n" + USED, CANNOT_TELL),
        ("class D:\n    def __call__(self, f):\n        return app.task(f)\ndeco = D()\n" + USED,
         CANNOT_TELL),
        ("class B:\n    def make(self, f):\n        return app.task(f)\nclass D(B): ...\n"
         "d = D()\n@d.make\ndef job(): ...", CANNOT_TELL),
        ("class A: ...\nclass B:\n    def make(self, f):\n        return app.task(f)\n"
         "class D(A, B): ...\nd = D()\n@d.make\ndef job(): ...", CANNOT_TELL),
        ("class B:\n    @staticmethod\n    def make(f):\n        return app.task(f)\n"
         "@B.make\ndef job(): ...", CANNOT_TELL),
        ("class B:\n    def make(self, f):\n        return app.task(f)\n@B().make\ndef job(): ...",
         CANNOT_TELL),
        ("def deco(*a):\n    return app.task(*a)\n" + USED, NO_NAME),
        ("def deco():\n    return app.task(queue='q')\n@deco()\ndef job(): ...", NO_NAME),
        ("deco = app.task(**K)\n" + USED, "`**K` is computed"),
        ("if print:\n    deco = app.task(queue='q')\n" + USED, NOT_SIMPLY),
        ("deco = (x := app.task(queue='q'))\n" + USED, NOT_SIMPLY),
        ("def f():\n    return app.task(queue='q')\ndeco = f()\n" + USED, NOT_SIMPLY),
    ],
)  # fmt: skip
def test_it_holds_its_tasks_back(lines: str, why: str) -> None:
    assert {why} <= {note.partition(": ")[2] for note in held(lines)["job"]}


@pytest.mark.parametrize(
    "made",
    [
        "app.task(print)",
        "app.task(print.__call__)",
        "app.task(partial(function))",
        "app.task(lambda: 1)",
        "app.task(Made)\nclass Made: ...",
        "app.task(x)\nx = Made()",
        "app.task(inside)\nif print:\n    def inside(): ...",
        "app.task(twice)\ndef twice(): ...\ndef twice(): ...",
        "app.task(bind=True)(*function)",
        "app.task(function)(1)",
    ],
)
def test_a_call_that_makes_a_task_of_anything_else_holds_back(made: str) -> None:
    plan = planned({"app.py": f"{APP}job = {made}\n"})
    assert plan.moving == ()
    assert {finding.row.code for finding in plan.findings} & {"C2D110", "C2D151"}


def test_a_task_that_decorates_declares_nothing() -> None:
    lines = "@app.task\ndef deco(f): ...\n\n\n@deco\ndef job(): ...\n"
    assert held(lines) == {"deco": {"`task`: it decorates job"}}


@pytest.mark.parametrize("user", ["a.py", "z.py"])  # read before the decorator, and after it
def test_the_function_in_a_decorator_is_no_task_of_its_own(user: str) -> None:
    uses = "import celery\nfrom own import deco\n\n\n@deco\ndef job(x): ...\n"
    plan = planned({"own.py": f"{APP}{wrapping('@wraps(f)')}", user: uses})
    assert [(task.task.path, task.task.function) for task in plan.tasks] == [(user, "job")]


def test_another_method_of_the_app_declares_nothing() -> None:
    assert held("deco = app.send_task(name='job')\n" + USED) == {}
