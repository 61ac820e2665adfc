"""When the scheduler's jobs are due, and when Celery's own classes say that it is time.

The jobs are those of a module, or those that `manage.py crontab` of dramatiq-crontab would have.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from .events import Events
from .failure import failure


def run(job: dict[str, Any], note: Events) -> None:
    """Import the scheduler's module, and say when each of its jobs is due after each start."""
    note("importing", module=job["module"])
    sys.path.insert(0, os.path.abspath(job["folder"]))  # noqa: PTH100 - as `python` does
    try:
        if job["manage"]:
            _load_tasks(job["manage"])
        module = importlib.import_module(job["module"])
    except BaseException as error:  # noqa: BLE001 - said, whatever it is
        note("failed", module=job["module"], failure=failure(error))
        return
    found = [one for value in vars(module).values() for one in _jobs(value)]
    unique = {id(one): one for one in found}
    starts = [datetime.fromtimestamp(start).astimezone() for start in job["starts"]]
    note("jobs", jobs=[_job(one, starts, job["firings"]) for one in unique.values()])
    note("celery-due", due=celery_due(job["entries"], job["starts"], job["firings"]))


class _Ready(BaseException):
    """manage.py has named the settings, and would run its command."""


def _load_tasks(program: str) -> None:
    """Import what `manage.py crontab` imports, without its lock and its loop."""
    management: Any = importlib.import_module("django.core.management")
    management.execute_from_command_line = _stop
    with suppress(_Ready):
        runpy.run_path(os.path.abspath(program), run_name="__main__")  # noqa: PTH100
    importlib.import_module("django").setup()
    command: Any = importlib.import_module("dramatiq_crontab.management.commands.crontab")
    command.Command().load_tasks({})


def _stop(*_: Any) -> None:
    raise _Ready


def _jobs(value: Any) -> list[Any]:
    """Return the jobs of a scheduler of APScheduler 3; none of anything else."""
    kinds = [kind.__module__ + "." + kind.__name__ for kind in type(value).__mro__]
    known = "apscheduler.schedulers.base.BaseScheduler" in kinds
    return list(value.get_jobs()) if known else []


def _job(job: Any, starts: list[datetime], firings: int) -> dict[str, Any]:
    actor = getattr(job.func, "__self__", None)
    return {
        "id": str(job.id),
        "actor": str(getattr(actor, "actor_name", "")),
        "due": [_due(job.trigger, start, firings) for start in starts],
    }


def _due(trigger: Any, start: datetime, firings: int) -> list[float]:
    """Return when it is due, if it was run at the start: seconds since 1970."""
    found: list[float] = []
    last = start
    for _ in range(firings):
        following = trigger.get_next_fire_time(last, last)
        if following is None:
            break
        last = following
        found.append(last.timestamp())
    return found


def celery_due(
    entries: list[dict[str, Any]], starts: list[float], firings: int
) -> dict[str, list[list[float]]] | None:
    """Return the same of Celery's entries, by name; None if Celery is not installed here.

    seconds: of an interval, else null; fields: of a crontab; zone: its time zone, "" for the
    machine's.
    """
    try:
        celery: Any = importlib.import_module("celery")
        schedules: Any = importlib.import_module("celery.schedules")
    except ImportError:
        return None
    return {
        one["name"]: [_celery_due(one, start, firings, celery, schedules) for start in starts]
        for one in entries
    }


def _celery_due(
    entry: dict[str, Any], start: float, firings: int, celery: Any, schedules: Any
) -> list[float]:
    app = celery.Celery(set_as_current=False)
    app.conf.enable_utc = bool(entry["zone"])
    app.conf.timezone = entry["zone"] or None
    if entry["seconds"] is None:
        due = schedules.crontab(app=app, **entry["fields"])
    else:
        due = schedules.schedule(timedelta(seconds=entry["seconds"]), app=app)
    found: list[float] = []
    last = datetime.fromtimestamp(start, app.timezone)
    for _ in range(firings):
        due.nowfun = lambda now=last: now
        moment = last.timestamp() + due.remaining_estimate(last).total_seconds()
        last = datetime.fromtimestamp(moment, app.timezone)
        found.append(moment)
    return found
