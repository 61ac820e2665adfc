"""Uses of tasks, classes and settings that few projects have, and what becomes of them."""

from __future__ import annotations

import pytest

from celery2dramatiq.codemod import Options
from celery2dramatiq.files import Source
from celery2dramatiq.heard import marks_in
from tests.projects import migrated, planned, read

APP = """\
from celery import Celery, Task

app = Celery("app", broker="redis://localhost")


"""
TASK = "@app.task\ndef job(*args): ...\n"
SCHEDULE = "app.conf.beat_schedule = {'a': {'task': 'app.job', 'schedule': "
BASE = "@app.task(base=Base)\ndef job(): ...\n"


def held(lines: str, **files: str) -> set[str]:
    plan = planned({"app.py": f"{APP}{lines}\n", **files})
    return {one.text for task in plan.tasks for one in task.held_by}


def after(lines: str, accept: str = "", **files: str) -> dict[str, str]:
    options = Options(accept=frozenset(filter(None, [accept])))
    return migrated({"app.py": f"{APP}{lines}\n", **files}, options)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("N = int('3')\nK = {'time_limit': N + 1}\n@app.task(**K)\ndef job(): ...",
         "time_limit=int((N + 1) * 1000)"),
        ("N = int('3')\nK = {'time_limit': N}\n@app.task(**K)\ndef job(): ...",
         "time_limit=int(N * 1000)"),
        ("@app.task(retry_kwargs={'max_retries': 3}, autoretry_for=(OSError,))\ndef job(): ...",
         "retry_when=retry_policy(OSError)"),
        (f"{TASK}job.apply_async(countdown=5 if N else int(N))",
         "delay=5000 if N else int(N) * 1000"),
        (f"{TASK}job.apply_async(countdown=5 if N else None)",
         "delay=5000 if N else None"),
        ("class Base(app.Task):\n    x = y = 1\n    z: int = 2\n    w: int\n    x.y = 3\n"
         "    def on_failure(self, *args):\n        return self.x['k'].get('a'), self.y.get(1)\n"
         + BASE,
         "class Base(TaskClass):"),
    ],
)  # fmt: skip
def test_it_is_rewritten(lines: str, code: str) -> None:
    assert held(lines) == set()
    assert code in after(lines)["app.py"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (f"app.conf.task_routes = {{'app.job': 'a b'}}\n{TASK}", "`a b`"),
        (f"app.conf.task_default_queue = 'a b'\n{TASK}", "`a b`"),
        (f"print(app.Task)\n{TASK}", "`app.Task`"),
        (f"app.Task.x\n{TASK}", "`app.Task`"),
        (f"class Base(Task):\n    def __call__(self):\n        return self.run()\n{BASE}job.run()",
         "`Base`: `run` is called past its `__call__`"),
        (f"class Base(Task):\n    @staticmethod\n    def m(): ...\n    def n(): ...\n{BASE}",
         "`Base`: it hands `self` on"),
        (f"class Base(Task): ...\n{BASE.replace('=Base', '=Base if print else Task')}",
         "`Base if print else Task`"),
        (f"{TASK}job.s().set(link_error=job)", ""),
        (f"{TASK}job.signature((1,), link_error=E)", "Celery calls it with (request,"),
        (f"{TASK}job.signature((1,), link_error=[x.s() for x in y])", "Celery calls it with"),
        (f"{TASK}job.s().set(link_error=job.s(), countdown=3)", "Celery calls it with (request,"),
        (f"EVERY = 1\nEVERY = 2\n{SCHEDULE}EVERY}}}}\n{TASK}", "`a`: `EVERY`: when it is due"),
        ("def f(): ...\nj = app.task(f)\n@j\ndef job(x): ...", "`task`: it decorates job"),
        (f"d = print\n@d\n{TASK}", "`@d`: it gets the task object"),
        ("from functools import lru_cache\n@lru_cache\n@app.task(base=Base)\ndef job(): ...\n",
         "`@lru_cache`: it gets the task object"),
        ("import lib\nclass D(lib.D):\n    def __call__(self, f):\n        return app.task(f)\n"
         "d = D()\n@d\ndef job(x): ...", "`d`: what it makes of the function cannot be told"),
        ("class Base(Task):\n    x = 1\ndef f(): ...\njob = app.task(f, base=Base)",
         "`Base`: an actor has no class of its own"),
        ("from celery.signals import task_failure\n@task_failure.connect\n"
         f"def r(sender, **k):\n    print(sender.get('x'))\n{TASK}", "`task_failure`: `sender.[x]"),
    ],
)  # fmt: skip
def test_it_holds_back(lines: str, why: str) -> None:
    assert any(one.startswith(why) for one in held(lines))


@pytest.mark.parametrize(
    "lines",
    [
        "def f(x): ...\njob = app.task(queue='q')(f, 1)",  # a TypeError in Celery
        "import lib\nd = lib.make()\n@d\ndef job(x): ...",
        "d = 3\n@d\ndef job(x): app.task",
    ],
)
def test_what_is_no_task(lines: str) -> None:
    assert not planned({"app.py": f"{APP}{lines}\n"}).tasks


def test_a_decorator_keeps_its_name_on_the_way_through_modules() -> None:
    files = {"x.py": "from celery import shared_task\njob = shared_task()\n",
             "y.py": "from x import job\n"}  # fmt: skip
    made = after("from y import job as j\n@j\ndef work(x): ...", **files)
    assert '@j(actor_name="app.work")' in made["app.py"]
    assert "job = functools.partial(dramatiq.actor)\n" in made["x.py"]


def test_what_is_accepted_of_a_call_that_makes_a_task_is_said_above_it() -> None:
    lines = "class Base(Task):\n    x = 1\ndef f(): ...\njob = app.task(f, base=Base)"
    made = after(lines, "C2D149")["app.py"]
    note = made.splitlines()[-2]
    assert note.startswith("# TODO(celery2dramatiq): C2D149 `Base`: an actor has no class")
    assert made.endswith('job = dramatiq.actor(f, actor_name="app.f")\n')


def test_a_beat_of_another_app_is_left() -> None:
    lines = f"{SCHEDULE}5}}}}\n{TASK}"
    made = after(lines, Procfile="b: celery -A other beat\n")
    assert made["Procfile"] == "b: celery -A other beat\n"


def test_settings_through_functions_and_flasks_own() -> None:
    lines = (
        "def a(): return b()\ndef b(): return c()\ndef c(): return dict(task_default_queue='q')\n"
        f"app.conf.update(a())\n{TASK}"
    )
    assert 'queue_name="q"' in after(lines)["app.py"]
    flask = (
        "from flask import Flask\nweb = Flask('x')\nclass C:\n    low = 1\n"
        "    CELERY = dict(task_ignore_result=True)\nweb.config.from_object(C)\n"
        f"app.conf.update(web.config['CELERY'])\n{TASK}"
    )
    assert held(flask) == set()
    assert '@dramatiq.actor(actor_name="app.job")' in after(flask)["app.py"]


def test_coroutines_run_where_the_user_accepts_it() -> None:
    made = after("@app.task\nasync def job(): ...", "C2D108")["app.py"]
    assert "run_coroutines=True" in made


def test_a_project_that_sets_up_its_own_logging_starts_a_worker_without_dramatiqs() -> None:
    lines = "from celery.signals import setup_logging\n@setup_logging.connect\ndef f(**k): ...\n"
    made = after(lines + TASK, Procfile="w: celery -A app worker -l info\n")
    assert made["Procfile"] == "w: dramatiq app --threads 1 --skip-logging\n"


def test_where_the_schedule_is_kept_is_the_users_matter() -> None:
    lines = f"app.conf.beat_schedule = {{'a': {{'task': 'app.job', 'schedule': 5}}}}\n{TASK}"
    for given, kept in (("runs", "runs.json"), ('"$RUNS"', '"$RUNS"')):
        made = after(lines, Procfile=f"b: celery -A app beat -s {given}\n")
        assert made["Procfile"] == f"b: python -m scheduler --schedule {kept}\n"


def test_settings_modules_outside_the_project_are_passed_over() -> None:
    manage = (
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'outside.settings')\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n"
    )
    lines = f"app.config_from_object('django.conf:settings', namespace='CELERY')\n{TASK}"
    files = {"manage.py": manage, "settings.py": "CELERY_TASK_DEFAULT_QUEUE = 'q'\n"}
    plan = planned({"app.py": f"{APP}{lines}\n", **files})
    (found,) = plan.index.configurations.values()
    assert found.environments == ("settings",)


def test_a_comment_is_heard_up_to_where_a_file_is_no_python() -> None:
    note = "# c2d: ignore\n"
    (marks,) = (
        list(marks_in(source))
        for source in read({"broken.py": f"{note}x = (\n"}).values()
        if isinstance(source, Source)
    )
    assert [mark.place.line for mark in marks] == [1]
