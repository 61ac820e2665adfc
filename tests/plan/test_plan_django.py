"""Django projects: what is found, who makes the broker, how the workers start."""

from __future__ import annotations

import pytest

from celery2dramatiq.plan import Command, Plan
from tests.projects import migrated, planned

MANAGE = """\
import os
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.settings")
execute_from_command_line()
"""
APP = """\
import os
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.settings")
app = Celery("proj", broker="redis://localhost")
"""
TASK = "from celery import shared_task\n\n\n@shared_task{}\ndef {}():\n    pass\n"
STAYS = "(rate_limit=limit())"
PROJECT = {
    "manage.py": MANAGE,
    "proj/__init__.py": 'from .celery import app as celery_app\n__all__ = ("celery_app",)\n',
    "proj/celery.py": APP,
    "proj/settings.py": 'INSTALLED_APPS = ["shop"]\n',
    "shop/__init__.py": "",
    "shop/tasks.py": TASK.format("", "ship"),
}
WORKER = Command("python manage.py rundramatiq --threads 1", {})


def settings(text: str) -> str:
    """Return what becomes of the beginning of the settings."""
    return migrated({**PROJECT, "proj/settings.py": text})["proj/settings.py"]


def held(plan: Plan) -> dict[str, set[str]]:
    return {t.task.function: {f.row.code for f in t.held_by} for t in plan.tasks if t.held_by}


def test_a_project() -> None:
    plan = planned(PROJECT)
    assert plan.worker == WORKER
    assert list(plan.created) == ["proj/dramatiq_broker.py"]
    assert {need.package for need in plan.needs} == {"dramatiq", "django-dramatiq"}
    after = migrated(PROJECT)
    assert after["shop/tasks.py"].startswith("import dramatiq\n\n\n@dramatiq.actor")
    assert after["proj/__init__.py"].strip() == ""
    assert "django_dramatiq" in after["proj/settings.py"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('INSTALLED_APPS = ["shop"]', 'INSTALLED_APPS = ["django_dramatiq", "shop"]'),
        ('INSTALLED_APPS = ("shop",)', 'INSTALLED_APPS = ("django_dramatiq", "shop",)'),
        (
            'INSTALLED_APPS: list[str] = ["shop"]',
            'INSTALLED_APPS: list[str] = ["django_dramatiq", "shop"]',
        ),
        (
            'A = ("x",)\nINSTALLED_APPS = A + ("shop",)',
            'A = ("x",)\nINSTALLED_APPS = ("django_dramatiq", *A) + ("shop",)',
        ),
        (
            'A = ["shop"]\nINSTALLED_APPS = A\nINSTALLED_APPS = ["late"] + INSTALLED_APPS',
            'A = ["shop"]\nINSTALLED_APPS = ["django_dramatiq", *A]',
        ),
        (
            'if X:\n    INSTALLED_APPS = ["shop"]\nelse:\n    INSTALLED_APPS = []',
            'if X:\n    INSTALLED_APPS = ["django_dramatiq", "shop"]\n'
            'else:\n    INSTALLED_APPS = ["django_dramatiq"]',
        ),
    ],
)
def test_django_dramatiq_is_installed_first(before: str, after: str) -> None:
    assert settings(f"{before}\n").startswith(f"{after}\n\nDRAMATIQ_BROKER = {{\n")


@pytest.mark.parametrize("apps", ["f()", "X", "[*X] * 2", "A\nA = ['x']\nA = ('x',)"])
def test_a_computed_beginning_holds_all_back(apps: str) -> None:
    plan = planned({**PROJECT, "proj/settings.py": f"INSTALLED_APPS = {apps}\n"})
    assert held(plan) == {"ship": {"C2D682"}}
    assert plan.edits == ()


@pytest.mark.parametrize("broker", ['{"BROKER": "x.Y"}', "broker()", '{"BROKER": X}'])
def test_another_broker_holds_all_back(broker: str) -> None:
    text = f'INSTALLED_APPS = ["shop"]\nDRAMATIQ_BROKER = {broker}\n'
    assert held(planned({**PROJECT, "proj/settings.py": text})) == {"ship": {"C2D683"}}


@pytest.mark.parametrize("url", ["URL", "f(1)", "settings.X + y"])
def test_a_value_from_elsewhere_holds_all_back(url: str) -> None:
    files = {**PROJECT, "proj/celery.py": APP.replace('"redis://localhost"', url)}
    assert held(planned(files)) == {"ship": {"C2D684"}}


def test_a_value_of_the_settings() -> None:
    files = {**PROJECT, "proj/celery.py": APP.replace('"redis://localhost"', "settings.URL")}
    made = planned(files).created["proj/dramatiq_broker.py"]
    assert "    broker = make_broker(settings.URL)\n" in made


def test_modules_that_are_not_called_tasks() -> None:
    files = {
        **PROJECT,
        "proj/settings.py": 'INSTALLED_APPS = ["shop.apps.ShopConfig", "other.apps.Config", "x"]\n',
        "shop/apps.py": 'class ShopConfig:\n    name = "shop"\n',
        "other/__init__.py": "",
        "other/apps.py": "class Config:\n    label = 'other'\n",
        "other/jobs/__init__.py": "",
        "other/jobs/daily.py": TASK.format("", "daily"),
        "other/tasks/__init__.py": "",
        "other/tasks/hourly.py": TASK.format("", "hourly"),
    }
    plan = planned(files)
    assert plan.worker == WORKER
    after = migrated(files)["proj/settings.py"]
    assert 'DRAMATIQ_AUTODISCOVER_MODULES = ("tasks", "jobs.daily")\n' in after


def test_modules_outside_of_the_applications() -> None:
    files = {**PROJECT, "proj/celery.py": f"{APP}\n\n@app.task\ndef debug():\n    pass\n"}
    plan = planned(files)
    command = "dramatiq proj.dramatiq_worker proj.celery shop.tasks --threads 1"
    assert plan.worker == Command(command, {})
    assert '"proj.settings"' in plan.created["proj/dramatiq_worker.py"]


def test_without_manage_py() -> None:
    files = {path: text for path, text in PROJECT.items() if path != "manage.py"}
    plan = planned({**files, "proj/celery.py": APP.replace("setdefault", "get")})
    assert plan.worker == Command("dramatiq proj.dramatiq_worker shop.tasks --threads 1", {})


def test_without_any_name_for_the_settings() -> None:
    files = {path: text for path, text in PROJECT.items() if path != "manage.py"}
    plan = planned({**files, "proj/celery.py": APP.replace("DJANGO_SETTINGS_MODULE", "X")})
    assert plan.worker == Command("dramatiq django_dramatiq.setup shop.tasks --threads 1", {})
    assert list(plan.created) == ["proj/dramatiq_broker.py"]


def test_a_project_in_a_folder() -> None:
    plan = planned({f"backend/{path}": text for path, text in PROJECT.items()})
    assert plan.worker == Command(
        "python backend/manage.py rundramatiq --path backend --threads 1", {}
    )


def test_other_settings_than_those_of_manage_py() -> None:
    files = {
        **PROJECT,
        "manage.py": MANAGE.replace("proj.settings", "proj.dev"),
        "proj/dev.py": "from .settings import *\nDEBUG = True\n",
    }
    plan = planned(files)
    assert plan.worker == Command(WORKER.command, {"DJANGO_SETTINGS_MODULE": "proj.settings"})


def test_a_task_that_is_imported_too_early() -> None:
    files = {
        **PROJECT,
        "proj/settings.py": 'from shop.early import LIMIT\nINSTALLED_APPS = ["shop"]\n',
        "shop/early.py": f"LIMIT = 1\n{TASK.format('', 'early')}",
    }
    assert held(planned(files)) == {"early": {"C2D915"}}


@pytest.mark.parametrize(
    ("above", "codes"),
    [
        ("from shop.tasks import ship", {"C2D915"}),
        ("from shop import tasks", {"C2D915"}),
        ("import shop.tasks", {"C2D915"}),
        ("import os", set()),
        ("from . import nothing", set()),
    ],
)
def test_a_task_that_a_program_imports_before_django(above: str, codes: set[str]) -> None:
    wsgi = "from django.core.wsgi import get_wsgi_application\n{}\n{}\nimport shop.tasks\n"
    text = wsgi.format(above, "application = get_wsgi_application()")
    plan = planned({**PROJECT, "proj/wsgi.py": text})
    assert held(plan).get("ship", set()) == codes


def test_a_task_beside_an_app_that_stays() -> None:
    files = {
        **PROJECT,
        "proj/celery.py": f"{APP}\n\n@app.task\ndef debug():\n    pass\n",
        "shop/slow.py": TASK.format(STAYS, "slow"),
    }
    plan = planned(files)
    assert held(plan).keys() == {"debug", "slow"}
    assert "C2D915" in held(plan)["debug"]
    assert plan.worker == WORKER
    assert plan.celery_worker == Command("celery -A proj.celery worker", {})
    after = migrated(files)
    assert after["proj/__init__.py"] == PROJECT["proj/__init__.py"]
    assert after["proj/celery.py"] == files["proj/celery.py"]
    again = planned(after)
    assert again.edits == ()


def test_no_django_without_installed_apps() -> None:
    plan = planned({**PROJECT, "proj/settings.py": "DEBUG = True\n"})
    assert plan.created == {}
    assert plan.worker == Command("dramatiq proj.celery shop.tasks --threads 1", {})
