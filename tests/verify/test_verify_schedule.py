"""`verify` and the schedule: jobs that miss, that are due at other times, or are there twice."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from celery2dramatiq.verify import schedule
from celery2dramatiq.verify.child.schedule import celery_due
from tests.cli.sample import call, write
from tests.verify.checking import AFTER, APP, BEFORE, inventory, verified

ZONE = "app.conf.timezone = 'Europe/Berlin'\n"
ENTRIES = (
    "from celery.schedules import crontab\n"
    "app.conf.beat_schedule = {\n"
    "    'night': {'task': 'news.tasks.send', 'schedule': crontab(hour=0, minute=0)},\n"
    "    'often': {'task': 'news.tasks.count', 'schedule': 30},\n"
    "}\n"
)
JOBS = """\
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from news.tasks import count, send

scheduler = BackgroundScheduler(timezone="UTC")
scheduler.add_job(send.send, {trigger}, id="night")
scheduler.add_job(count.send, IntervalTrigger(seconds={seconds}), id="{name}")
"""
NIGHT = 'CronTrigger(hour="0", minute="0", timezone="UTC")'


def jobs(trigger: str = NIGHT, seconds: int = 30, name: str = "often") -> dict[str, str]:
    text = JOBS.format(trigger=trigger, seconds=seconds, name=name)
    return {**AFTER, "news/scheduler.py": text}


def before(zone: str = "") -> dict[str, str]:
    return {**BEFORE, "news/app.py": APP + zone + ENTRIES}


def test_agrees(root: Path) -> None:
    found = verified(root, jobs(), before=before())
    assert (found.code, found.findings) == (0, [])
    assert [(row["name"], row["agrees"]) for row in found.data["schedule"]] == [
        ("night", True),
        ("often", True),
    ]
    assert found.data["schedule"][0]["celery"] == found.data["schedule"][0]["scheduler"]


def test_a_job_of_another_name(root: Path) -> None:
    assert verified(root, jobs(name="by hand"), before=before()).findings == []


def test_a_job_that_is_not_there(root: Path) -> None:
    found = verified(root, jobs(name="by hand", seconds=31), before=before())
    assert found.one("not-scheduled")["tasks"] == ["news.tasks.count"]


def test_other_times(root: Path) -> None:
    found = verified(root, jobs(seconds=60), before=before())
    assert "'often' is due at other times" in found.one("due")["text"]


def test_a_trigger_that_loses_an_hour_when_clocks_change(root: Path) -> None:
    found = verified(root, jobs(NIGHT.replace("UTC", "Europe/Berlin")), before=before(ZONE))
    assert found.codes == ["due"]


def test_fewer_times(root: Path) -> None:
    once = "CronTrigger(year='2020')"
    found = verified(root, jobs(once), before=before())
    assert "with Celery more often, here less often" in found.one("due")["text"]


def test_an_entry_that_is_still_there(root: Path) -> None:
    files = jobs()
    files["news/old.py"] = APP + ENTRIES
    found = verified(root, files, before=before())
    twice = [one for one in found.findings if one["code"] == "scheduled-twice"]
    assert [one["line"] for one in twice] == [6, 7]


def test_a_scheduler_that_cannot_be_imported(root: Path) -> None:
    found = verified(root, {**AFTER, "news/scheduler.py": "1 / 0\n"}, before=before())
    assert found.one("not-importable")["path"] == "news/scheduler.py"


def test_entries_that_stay_are_named(root: Path) -> None:
    held = ENTRIES.replace("'schedule': 30", "'schedule': 30, 'args': (f(),)")
    files = {**BEFORE, "news/app.py": APP + "from os import getpid as f\n" + held}
    found = verified(root, files, before=files)
    assert any("Celery's beat keeps them: " in note for note in found.data["notes"])


@pytest.mark.parametrize(
    ("command", "module"),
    [
        ("python -m a.b", (".", "a.b")),
        ("python src/shop/scheduler.py", ("src/shop", "scheduler")),
        ("python src/manage.py crontab --no-heartbeat", (".", "dramatiq_crontab")),
    ],
)
def test_what_a_command_runs(command: str, module: tuple[str, str]) -> None:
    assert schedule.module_of(command) == module


def test_a_zone_that_is_none() -> None:
    now = datetime.now(timezone.utc)
    assert schedule.starts([{"zone": "No/Where"}], now) == [now.timestamp()]
    assert len(schedule.starts([{"zone": "Europe/Berlin"}], now)) == 3


def test_a_schedule_that_is_computed_is_announced(root: Path) -> None:
    computed = "from os import getpid as f\napp.conf.beat_schedule = f()\n"
    files = {**BEFORE, "news/app.py": APP + computed}
    found = verified(root, files, before=files)
    assert "schedules are not compared: their entries are not known" in found.data["notes"]


def test_nothing_is_compared_where_celery_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "celery", None)
    assert celery_due([], [], 1) is None


def test_the_text_says_when_jobs_are_due(root: Path) -> None:
    report = inventory(root, before())
    write(root, jobs(seconds=60))
    lines = call("verify", report, "--root", root).stdout.splitlines()
    (night, often) = (line for line in lines if line.startswith("Schedule: "))
    assert night.startswith("Schedule: night is due ")
    assert night.endswith("(as with Celery)")
    assert often.startswith("Schedule: often is due ")
    assert often.endswith("(not as with Celery)")


# -- dramatiq-crontab

MANAGE = """\
import os
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
execute_from_command_line()
"""
SETTINGS = """\
from celery.schedules import crontab

INSTALLED_APPS = ["shop"]
TIME_ZONE = CELERY_TIMEZONE = "{zone}"
CELERY_BROKER_URL = "redis://localhost:6379/0"
CELERY_BEAT_SCHEDULE = {{
    "night": {{"task": "shop.tasks.ping", "schedule": crontab(hour=0, minute=0)}},
    "often": {{"task": "shop.tasks.ping", "schedule": 30}},
}}
"""
CELERY = """\
import os
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""


@pytest.mark.parametrize(("zone", "codes"), [("UTC", []), ("Europe/Berlin", ["not-scheduled"])])
def test_what_dramatiq_crontab_would_send(root: Path, zone: str, codes: list[str]) -> None:
    """In a zone with summer time no job is due when the entry was, as C2D733 says."""
    tasks = "from celery import shared_task\n\n\n@shared_task\ndef ping():\n    pass\n"
    files = {
        "manage.py": MANAGE,
        "shop/__init__.py": "from .celery import app as celery_app\n",
        "shop/celery.py": CELERY,
        "shop/settings.py": SETTINGS.format(zone=zone),
        "shop/tasks.py": tasks,
    }
    chosen = ("--scheduler", "dramatiq-crontab")
    report = inventory(root, files, *chosen)
    write(root, files)
    assert call("apply", "--allow-no-vcs", "--root", root, *chosen).exit_code == 0
    answer = call("verify", report, "--root", root, "--format", "json")
    data = json.loads(answer.stdout)
    assert [one["code"] for one in data["findings"]] == codes
    assert {one["name"]: one["agrees"] for one in data["schedule"]} == {
        "night": not codes,
        "often": True,
    }
