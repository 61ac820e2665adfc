"""`--scheduler dramatiq-crontab`: which entries become decorators, and what is said of the rest."""

from __future__ import annotations

import pytest

from celery2dramatiq.codemod import Options
from celery2dramatiq.plan import Command, Plan
from tests.projects import migrated, planned

CHOSEN = Options(scheduler="dramatiq-crontab")
MANAGE = """\
import os
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
execute_from_command_line()
"""
SETTINGS = """\
INSTALLED_APPS = ["shop.orders"]
TIME_ZONE = "UTC"
CELERY_BROKER_URL = "redis://localhost:6379/0"
CELERY_BEAT_SCHEDULE = {{"a": {{"task": "shop.orders.{module}.ping", "schedule": {timing}}}}}
"""
APP = """\
import os
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""
TASKS = "from celery import shared_task\n\n\n@shared_task\ndef ping(*args):\n    pass\n"
CRONTAB = "crontab(minute=5, hour='22-2', day_of_week='sat-mon')"


def project(timing: str = "30", more: str = "", module: str = "tasks") -> dict[str, str]:
    settings = SETTINGS.format(timing=timing, module=module)
    return {
        "manage.py": MANAGE,
        "shop/__init__.py": "",
        "shop/celery.py": APP,
        "shop/settings.py": f"from celery.schedules import crontab\n{settings}{more}",
        "shop/orders/__init__.py": "",
        f"shop/orders/{module}.py": TASKS,
    }


def why(files: dict[str, str]) -> str:
    """Return what holds the task back."""
    plan = planned(files, CHOSEN)
    return "; ".join(f"{one.row.code} {one.note}" for one in plan.tasks[0].held_by)


def decorators(files: dict[str, str]) -> list[str]:
    lines = migrated(files, CHOSEN)["shop/orders/tasks.py"].splitlines()
    return [line for line in lines if line.startswith("@")][:-1]


def said(plan: Plan, code: str) -> list[str]:
    return [one.note for one in plan.findings if one.row.code == code]


@pytest.mark.parametrize(
    ("timing", "decorator"),
    [
        ("30", "@interval(seconds=30)"),
        ("0.5", "@interval(seconds=0.5)"),
        (CRONTAB, '@cron("5 0,1,2,22,23 * * mon,sat,sun")'),
        ("crontab(day_of_month=1, month_of_year='*/3')", '@cron("* * 1 */3 *")'),
    ],
)
def test_an_entry_is_a_decorator(timing: str, decorator: str) -> None:
    assert decorators(project(timing)) == [decorator]


def test_its_command_and_its_package() -> None:
    plan = planned(project(), CHOSEN)
    assert plan.scheduler == Command("python manage.py crontab --no-heartbeat", {})
    assert {"dramatiq-crontab"} < {need.package for need in plan.needs}
    assert not {"apscheduler"} & {need.package for need in plan.needs}
    settings = migrated(project(), CHOSEN)["shop/settings.py"]
    assert 'INSTALLED_APPS = ["django_dramatiq", "dramatiq_crontab", "shop.orders"]' in settings
    assert "shop/scheduler.py" not in plan.created


def test_a_package_that_is_installed_already() -> None:
    files = project()
    before = 'INSTALLED_APPS = ["dramatiq_crontab"] + ["shop.orders"]'
    old = 'INSTALLED_APPS = ["shop.orders"]'
    files["shop/settings.py"] = files["shop/settings.py"].replace(old, before)
    settings = migrated(files, CHOSEN)["shop/settings.py"]
    assert '["django_dramatiq", "dramatiq_crontab"] + ["shop.orders"]' in settings


def test_without_the_option_a_module_is_written() -> None:
    assert "shop/scheduler.py" in planned(project()).created


@pytest.mark.parametrize(
    ("zone", "django", "result"),
    [
        ("UTC", "UTC", "AT"),
        ("Etc/UTC", "UTC", "AT"),
        ("Europe/Berlin", "Europe/Berlin", "ZONE"),
        ("UTC", "Europe/Berlin", "`a`: it is in `UTC`, and TIME_ZONE is another"),
        ("Europe/Berlin", "UTC", "`a`: it is in `Europe/Berlin`, and TIME_ZONE is another"),
    ],
)
def test_a_crontab_is_in_the_time_zone_of_django(zone: str, django: str, result: str) -> None:
    files = project(CRONTAB, f'CELERY_TIMEZONE = "{zone}"\n')
    files["shop/settings.py"] = files["shop/settings.py"].replace(
        'TIME_ZONE = "UTC"', f'TIME_ZONE = "{django}"', 1
    )
    plan = planned(files, CHOSEN)
    if result.startswith("`"):
        assert why(files) == f"C2D734 {result}"
    else:
        assert len(plan.moving) == 1
        assert said(plan, "C2D733") == (["`a`: `Europe/Berlin`"] if result == "ZONE" else [])


def test_a_time_zone_that_depends_on_the_environment() -> None:
    files = project(CRONTAB, 'TIME_ZONE = "Asia/Tokyo"\n')
    assert why(files) == "C2D734 `a`: it is in `UTC`, and TIME_ZONE is another"


def test_what_is_given_to_the_task() -> None:
    files = project()
    settings = files["shop/settings.py"].replace('"schedule"', '"args": (1,), "schedule"')
    files["shop/settings.py"] = settings
    assert why(files) == "C2D734 `a`: it gives the task `args`"


def test_a_module_that_its_command_does_not_import() -> None:
    found = why(project(module="jobs"))
    assert "`shop/orders/jobs.py` is no module `tasks` of an installed application" in found


def test_a_call_makes_the_task() -> None:
    files = project()
    tasks = "from celery import shared_task\n\n\ndef ping():\n    pass\n\n\nping = "
    files["shop/orders/tasks.py"] = tasks + "shared_task(ping)\n"
    assert "the task is not declared by Celery's decorator" in why(files)


def test_no_manage() -> None:
    files = project()
    del files["manage.py"]
    assert "`manage.py` names other settings, or none" in why(files)


def test_a_task_with_the_name_of_the_packages_own() -> None:
    files = project()
    files["shop/orders/tasks.py"] += "\n\n@shared_task(name='heartbeat')\ndef beat():\n    pass\n"
    assert "a task of the project is called `heartbeat`" in why(files)


def test_installed_apps_that_begin_with_a_name() -> None:
    files = project()
    files["shop/settings.py"] = files["shop/settings.py"].replace(
        'INSTALLED_APPS = ["shop.orders"]', 'A = ["shop.orders"]\nINSTALLED_APPS = A'
    )
    assert "INSTALLED_APPS is not written out" in why(files)


@pytest.mark.parametrize("timing", ["30", "crontab(hour=3)"])
def test_no_django(timing: str) -> None:
    files = {
        "tasks.py": "from celery import Celery\nfrom celery.schedules import crontab\n\n"
        'app = Celery("tasks", broker="redis://localhost:6379/0")\n'
        f'app.conf.beat_schedule = {{"a": {{"task": "tasks.ping", "schedule": {timing}}}}}\n\n\n'
        "@app.task\ndef ping():\n    pass\n"
    }
    assert why(files) == "C2D734 `a`: this is no Django project"


@pytest.mark.parametrize(("timing", "code"), [("0", "C2D703"), ("crontab(minute=61)", "C2D705")])
def test_what_no_scheduler_can_have(timing: str, code: str) -> None:
    assert why(project(timing)).startswith(code)


@pytest.mark.parametrize(
    "beat", ["celery -A shop beat -l info -s beat.db", "cd shop && celery -A celery beat"]
)
def test_the_command_of_beat(beat: str) -> None:
    after = migrated({**project(), "Procfile": f"beat: {beat}\n"}, CHOSEN)["Procfile"]
    if beat.startswith("cd"):
        assert after == f"beat: {beat}\n"
    else:
        assert after == "beat: python manage.py crontab --no-heartbeat\n"
