"""Sends this project's periodic tasks, as Celery's beat did.

Written by celery2dramatiq, and this project's own file now: edit it as you
like. Run it once, beside the workers: two of it send everything twice.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from apscheduler.events import EVENT_JOB_SUBMITTED
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.util import astimezone
from tzlocal import get_localzone

ZONE = "Europe/London"


def add_jobs(scheduler: BlockingScheduler) -> None:
    """Say what is sent, and when."""
    scheduler.add_job(print, WallClock(minute="0"), id="example")


class WallClock(BaseTrigger):  # type: ignore[misc]
    """A crontab on the clock that hangs on the wall in ZONE, as beat read it.

    When clocks go back, the hour that comes twice counts once. When they go
    forward, what falls into the hour that is left out runs an hour later.
    CronTrigger alone loses the hour after midnight of such a day.
    """

    def __init__(self, **fields: str) -> None:
        """Take the fields of a CronTrigger."""
        self.zone = astimezone(ZONE) if ZONE else get_localzone()
        self.cron = CronTrigger(timezone=timezone.utc, **fields)

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """Return the first moment after the previous one, or after now."""
        start = previous_fire_time or now
        wall = start.astimezone(self.zone).replace(tzinfo=timezone.utc, fold=0)
        found = self.cron.get_next_fire_time(None, wall + timedelta(microseconds=1))
        if found is None:
            return None
        following = found.replace(tzinfo=self.zone)
        if following.astimezone(timezone.utc) <= start:
            following = following.replace(fold=1)
        return following.astimezone(timezone.utc)  # type: ignore[no-any-return]


def make_scheduler() -> BlockingScheduler:
    """Make a scheduler that sends one message after the other, as beat does.

    What is late is sent once, however often it was due in the meantime.
    """
    return BlockingScheduler(
        executors={"default": DebugExecutor()},
        job_defaults={"coalesce": True, "misfire_grace_time": None},
        timezone=timezone.utc,
    )


def remember(jobs: BlockingScheduler, path: Path) -> None:
    """Go on where the last scheduler ended, and note each run in a file.

    So a job that was due while no scheduler ran is run at once, and a long
    interval goes on over a restart.
    """
    now = datetime.now(timezone.utc)
    known, start = read(path), now.isoformat()
    runs = {job.id: known.get(job.id, start) for job in jobs.get_jobs()}
    for job in jobs.get_jobs():
        last = datetime.fromisoformat(runs[job.id])
        job.modify(next_run_time=job.trigger.get_next_fire_time(last, now))

    def note(event: Any) -> None:
        runs[event.job_id] = datetime.now(timezone.utc).isoformat()
        write(path, runs)

    write(path, runs)
    jobs.add_listener(note, EVENT_JOB_SUBMITTED)


def read(path: Path) -> dict[str, str]:
    """Return when each job was run last, as far as that is known."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as error:
        logging.warning("cannot read %s: %s", path, error)
        return {}


def write(path: Path, runs: dict[str, str]) -> None:
    """Write when each job was run last: all of it or nothing."""
    new = path.with_name(path.name + ".new")
    try:
        new.write_text(json.dumps(runs, indent=1), "utf-8")
        new.replace(path)
    except OSError as error:
        logging.warning("cannot write %s: %s", path, error)


def main() -> None:
    """Send until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--schedule",
        type=Path,
        default=Path("dramatiq-schedule.json"),
        metavar="FILE",
        help="where it is noted when each job was run last",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    remember(scheduler, options.schedule)
    scheduler.start()


scheduler = make_scheduler()
add_jobs(scheduler)

if __name__ == "__main__":
    main()
