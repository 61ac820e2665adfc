"""What the bridge of `apply --dev-only` serves, and which tasks stay on Celery because of it."""

from __future__ import annotations

import pytest

from celery2dramatiq.codemod import Options
from tests.projects import migrated, planned

APP = """\
from celery import Celery, Task

app = Celery("app", broker="redis://localhost")


@app.task
def add(*args, **kwargs): ...


"""
IN_DEVELOPMENT = Options(dev_only=True)
BOUND = "@app.task(bind=True)\ndef other(self):\n    "


def held(lines: str) -> set[str]:
    """Return what holds tasks back with the bridge, and not without it."""
    files = {"app.py": f"{APP}{lines}\n"}
    notes, without = (
        {one.note for task in planned(files, options).tasks for one in task.held_by}
        for options in (IN_DEVELOPMENT, Options())
    )
    return notes - without


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("add.delay(1)", "add.send(1)"),
        ("add(1)", "add(1)"),
        ("add.run(1)", "add.fn(1)"),
        ("print(add.name)", "print(add.actor_name)"),
        ('add.apply_async(queue="q")', 'add.send_with_options(celery=dict(queue="q"))'),
        (
            'add.apply_async((1,), **{"queue": "q", "countdown": 3})',
            'add.send_with_options(args=(1,), delay=3000, celery=dict(queue="q"))',
        ),
        (
            'app.send_task("app.add", (1,), queue="q")',
            'send_task("app.add", args=(1,), queue_name="default", celery=dict(queue="q"))',
        ),
        (
            'O = {"bind": True}\n\n\n@app.task(**O)\ndef other(self): ...',
            'celery=app.task(**{**O, "bind": False})',
        ),
        ("add.delay(1).revoke(terminate=True)", "revoke(add.send(1), terminate=True)"),
        ("app.control.revoke('a')", "revoke('a')"),
        (
            "from celery.signals import task_failure\n\n\n@task_failure.connect\ndef f(**kw): ...",
            "def f(**kw): ...\n\ndramatiq_bridge.task_failure.connect(f)\n",
        ),
        (
            "from celery.signals import task_success\n\n\n@task_success.connect(sender=add)\n"
            "def f(**kw): ...",
            "\ndramatiq_bridge.task_success.connect(f, sender=add)\n",
        ),
        (f"{BOUND}self.retry(countdown=3)", "retry(other, countdown=3)"),
        (f"{BOUND}self.request.id", "request(other).id"),
        ('O = {"queue": "q"}\n\n\n@app.task(**O)\ndef other(): ...', "celery=app.task(**O)"),
        (
            "from celery.exceptions import Ignore\n\n\n@app.task\ndef other():\n    raise Ignore()",
            "raise dramatiq.middleware.SkipMessage()",
        ),
    ],
)
def test_what_is_served(lines: str, code: str) -> None:
    assert held(lines) == set()
    assert code in migrated({"app.py": f"{APP}{lines}\n"}, IN_DEVELOPMENT)["app.py"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (f"{BOUND}self(1)", "`self()`"),
        ("add.apply_async((1,), headers={})\ndict = 1", "`dict` is something else here"),
        ('O = {"bind": True}\nP = {"queue": "q"}\n@app.task(**O, **P)\ndef other(self): ...',
         "`bind` comes from one of several dictionaries"),
        (
            "def plain(): ...\nother = app.task(plain)",
            "it is declared by something else than Celery's decorator above it",
        ),
        ("class Base(Task):\n    x = 1\n@app.task(base=Base)\ndef other(): ...", "`TaskClass`"),
        ("add.delay(1).revoke(signal='SIGKILL')", "what a task is revoked with"),
        ("add.delay(1).revoke(None, True)", "what a task is revoked with"),
        ("app.control.revoke('a', None, True)", "what a task is revoked with"),
        ("from celery.exceptions import Ignore\n@app.task\ndef other():\n    raise Ignore('why')",
         "what `dramatiq.middleware.SkipMessage` is called with"),
        ("app.send_task('app.add', (1,), {}, 3)", "an option by position"),
        ("from celery import current_task\n@app.task\ndef other():\n    current_task.request.id",
         "`request(other).id`"),
    ],
)  # fmt: skip
def test_what_is_not_served(lines: str, why: str) -> None:
    assert held(lines) == {why}
