"""When the scheduler's jobs are due, and when Celery's own classes say that it is time."""

from __future__ import annotations

import importlib
import os
import sys
from datetime import datetime, timedelta
from typing import Any

from .events import Events
from .failure import failure


def run(job: dict[str, Any], note: Events) -> None:
    """Import the scheduler's module, and say when each of its jobs is due after each start."""
    note("importing", module=job["module"])
    sys.path.insert(0, os.path.abspath(job["folder"]))  # noqa: PTH100 - as `python` does
    try:
        module = importlib.import_module(job["module"])
    except BaseException as error:  # noqa: BLE001 - said, whatever it is
        note("failed", module=job["module"], failure=failure(error))
        return
    found = [one for value in vars(module).values() for one in _jobs(value)]
    unique = {id(one): one for one in found}
    starts = [datetime.fromtimestamp(start).astimezone() for start in job["starts"]]
    note("jobs", jobs=[_job(one, starts, job["firings"]) for one in unique.values()])
    note("celery-due", due=celery_due(job["entries"], job["starts"], job["firings"]))


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
