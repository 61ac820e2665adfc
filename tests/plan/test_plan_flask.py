"""Application factories: what is recognised, what starts the workers, what holds back."""

from __future__ import annotations

import pytest

from celery2dramatiq.plan import Command, Plan
from tests.projects import migrated, planned

FACTORY = """\
from celery import Celery, Task
from flask import Flask


def create_app():
    app = Flask(__name__)
    app.config["CELERY"] = {"broker_url": "redis://localhost"}
    celery_init_app(app)
    return app


def celery_init_app(app):
    class FlaskTask(Task):
        def __call__(self, *args, **kwargs):
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask)
    celery_app.config_from_object(app.config["CELERY"])
    app.extensions["celery"] = celery_app
    return celery_app
"""
RUN = "                return self.run(*args, **kwargs)\n"
TASKS = "from celery import shared_task\n\n\n@shared_task\ndef ship():\n    pass\n"
MADE = 'from shop import create_app\n\napp = create_app()\ncelery = app.extensions["celery"]\n'
PROJECT = {"shop/__init__.py": FACTORY, "shop/tasks.py": TASKS, "made.py": MADE}


def held(plan: Plan) -> set[str]:
    return {finding.row.code for task in plan.tasks for finding in task.held_by}


def test_the_worker_imports_what_makes_the_application() -> None:
    plan = planned({**PROJECT, "a.py": "from shop import create_app\n\napp = create_app()\n"})
    assert plan.worker == Command("dramatiq made shop.tasks --threads 1", {})
    assert list(plan.created) == ["shop/dramatiq_broker.py"]


def test_in_a_source_folder() -> None:
    plan = planned({f"src/{path}": text for path, text in PROJECT.items()})
    assert plan.worker == Command("dramatiq made shop.tasks --path . src --threads 1", {})


@pytest.mark.parametrize(
    "run",
    [
        "return super().__call__(*args, **kwargs)",
        "'''Run it.'''\n                return self.run(*args, **kwargs)",
    ],
)
def test_ways_to_run_a_task_in_a_context(run: str) -> None:
    text = FACTORY.replace("return self.run(*args, **kwargs)", run)
    if "'''" in run:
        head = "    class FlaskTask(Task):\n"
        text = FACTORY.replace(head, f"{head}        abstract = True\n\n")
    assert held(planned({**PROJECT, "shop/__init__.py": text})) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return self.run(*args, **kwargs)", "return self.run(*args)"),
        ("return self.run(*args, **kwargs)", "self.run(*args, **kwargs)"),
        ("return self.run(*args, **kwargs)", "return"),
        ("with app.app_context():", "with app.app_context(), lock:"),
        ("with app.app_context():", "with app.test_request_context():"),
        ("with app.app_context():", "if app:"),
        ("def __call__(", "def run_it("),
        (RUN, f"{RUN}\n        def on_failure(self, *args):\n            pass\n"),
        (RUN, f"{RUN}            print(1)\n"),
    ],
)
def test_a_class_that_does_more_holds_all_back(old: str, new: str) -> None:
    files = {**PROJECT, "shop/__init__.py": FACTORY.replace(old, new)}
    assert held(planned(files)) == {"C2D692"}


def test_arguments_of_the_app() -> None:
    files = {
        **PROJECT,
        "shop/__init__.py": FACTORY.replace(
            "app.name, ", 'app.name, broker=app.config["QUEUE_URL"], '
        ).replace('    celery_app.config_from_object(app.config["CELERY"])\n', ""),
    }
    assert 'make_broker(app.config["QUEUE_URL"])' in migrated(files)["shop/__init__.py"]


def test_a_function_that_is_not_flasks() -> None:
    plain = FACTORY.replace("from flask import Flask\n", "").replace(", task_cls=FlaskTask", "")
    assert "C2D904" in held(planned({**PROJECT, "shop/__init__.py": plain}))


def test_without_a_class() -> None:
    files = {**PROJECT, "shop/__init__.py": FACTORY.replace(", task_cls=FlaskTask", "")}
    after = migrated(files)["shop/__init__.py"]
    assert "AppContextMiddleware" not in after
    assert "broker.start(" in after


def test_a_name_that_is_taken() -> None:
    files = {
        **PROJECT,
        "shop/__init__.py": f"{FACTORY}\n\ndef broker():\n    pass\n",
        "shop/tasks.py": f"{TASKS}\n\nbroker = None\n",
    }
    after = migrated(files)
    assert "    dramatiq_broker.broker.start(" in after["shop/__init__.py"]
    assert "return dramatiq_broker.broker\n" in after["shop/__init__.py"]
    assert "dramatiq_broker  # noqa: F401" in after["shop/tasks.py"]


def test_at_the_top_of_the_project() -> None:
    files = {"shop.py": FACTORY, "tasks.py": TASKS, "made.py": MADE}
    after = migrated({**files, "shop.py": f"{FACTORY}\n\nbroker = 1\n"})
    assert "from dramatiq_helpers import LateBroker" in after["dramatiq_broker.py"]
    assert "import dramatiq_broker\n" in after["shop.py"]
    assert "from dramatiq_broker import broker" in migrated(files)["shop.py"]


def test_factories_that_call_factories() -> None:
    files = {
        **PROJECT,
        "made.py": "import shop.wsgi\n",
        "shop/wsgi.py": "from .build import build\n\n\ndef main():\n    build()\n\n\nmain()\n",
        "shop/build.py": "from shop import create_app\n\n\ndef build():\n    return create_app()\n",
    }
    assert planned(files).worker == Command("dramatiq shop.wsgi shop.tasks --threads 1", {})


@pytest.mark.parametrize("made", ["", 'if __name__ == "__main__":\n    create_app()\n'])
def test_an_application_that_only_a_script_makes(made: str) -> None:
    files = {**PROJECT, "made.py": f"from shop import create_app\n\n{made}"}
    assert held(planned(files)) == {"C2D693"}


@pytest.mark.parametrize(
    "use",
    [
        'from flask import current_app\n\ncurrent_app.extensions["celery"].control.ping()\n',
        "from flask import current_app\n\ncurrent_app.extensions.get('celery').conf\n",
        "from made import celery\n\ncelery.send_task('x')\n",
    ],
)
def test_the_kept_app_is_used(use: str) -> None:
    assert held(planned({**PROJECT, "shop/views.py": use})) == {"C2D694"}


def test_the_kept_app_may_be_used_in_tests() -> None:
    use = "from made import celery\n\ncelery.send_task('x')\n"
    assert held(planned({**PROJECT, "tests/test_x.py": use})) == set()


def test_a_second_run_changes_nothing_where_a_task_stays() -> None:
    files = {**PROJECT, "shop/slow.py": TASKS.replace("@shared_task", "@shared_task(x=1)")}
    after = migrated(files)
    assert "celery_app = Celery(" in after["shop/__init__.py"]
    assert "broker.start(" in after["shop/__init__.py"]
    assert planned(after).edits == ()
