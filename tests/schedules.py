"""Random crontabs, and when Celery and the generated scheduler are due by them.

`python -m tests.schedules` compares 1,000 crontabs, from 5 starts, in 4 time zones, and writes what
came out into `docs/schedules.md`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from celery import Celery  # type: ignore[import-untyped]
from celery.schedules import crontab  # type: ignore[import-untyped]

from celery2dramatiq import crontab as cron
from celery2dramatiq.templates import scheduler

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
# Days before clocks change in each of the zones, a leap day, and the end of a year.
STARTS = (
    (2026, 3, 5, 22, 30),
    (2026, 3, 27, 22, 30),
    (2026, 10, 23, 1, 15),
    (2028, 2, 28, 23, 59),
    (2026, 12, 31, 0, 0),
)
FIRINGS = 10
COUNT = 1000
Fields = dict[str, object]
_DAYS = ("sun", "mon", "tuesday", "wed", "thu", "friday", "sat")
_RESULT = Path(__file__).parents[1] / "docs" / "schedules.md"


def fields(dice: random.Random) -> Fields:
    """Return the arguments of a crontab; only those that Celery takes."""
    while True:
        found: Fields = {}
        for field, (low, high) in cron.FIELDS.items():
            often = 0.5 if field in ("minute", "hour") else 0.2
            if dice.random() < often:
                found[field] = _spec(dice, field, low, high)
        try:
            crontab(**found)
        except ValueError:
            continue  # no month has that day
        return found


def _spec(dice: random.Random, field: str, low: int, high: int) -> object:
    one, other = dice.randint(low, high), dice.randint(low, high)
    step = dice.randint(1, (high - low) + 5)
    named = field == "day_of_week" and dice.random() < 0.5
    first, last = (_DAYS[one], _DAYS[other]) if named else (str(one), str(other))
    return dice.choice(
        [
            one,
            first,
            f"{first}-{last}",  # it may wrap around
            f"{first}-{last}/{step}",
            f"*/{step}",
            "*",
            f"{first},{last}",
            f"{first},*/{step}",
            [one, other],
            {one, other},
        ]
    )


def by_celery(given: Fields, zone: str, start: datetime) -> list[datetime]:
    """Return when beat is due, by Celery's own class."""
    app = Celery(set_as_current=False)
    app.conf.timezone = zone
    due = crontab(app=app, **given)
    found, last = [], start
    for _ in range(FIRINGS):
        due.nowfun = lambda now=last: now
        last = (last.astimezone(timezone.utc) + due.remaining_estimate(last)).astimezone(due.tz)
        found.append(last.astimezone(timezone.utc))
    return found


def by_scheduler(given: Fields, zone: str, start: datetime) -> list[datetime]:
    """Return when the generated trigger is due."""
    due = trigger(given, zone)
    found: list[datetime] = []
    last = start + timedelta(microseconds=1)  # beat is due after its last run
    for _ in range(FIRINGS):
        following = due.get_next_fire_time(found[-1] if found else None, last)
        assert following is not None
        last = following
        found.append(following.astimezone(timezone.utc))
    return found


def trigger(given: Fields, zone: str) -> BaseTrigger:
    """Return the trigger that is written for a crontab."""
    written = cron.trigger(given)
    if zone == "UTC":
        return CronTrigger(timezone="UTC", **written)
    made = scheduler.WallClock(**written)
    made.zone = ZoneInfo(zone)
    return made


def differences(count: int, seed: int) -> Iterator[str]:
    """Yield what differs, for so many random crontabs from every start in every zone."""
    dice = random.Random(seed)
    for _ in range(count):
        given = fields(dice)
        for zone in ZONES:
            for moment in STARTS:
                start = datetime(*moment, tzinfo=ZoneInfo(zone))
                wanted, found = by_celery(given, zone, start), by_scheduler(given, zone, start)
                if wanted != found:
                    pair = next((w, f) for w, f in zip(wanted, found, strict=True) if w != f)
                    yield f"{given} in {zone} from {start}: Celery {pair[0]}, here {pair[1]}"


_PAGE = """\
# Schedules

`scheduler.py`, which `apply` writes, has a trigger of APScheduler's for each crontab of Celery's.
Whether the two are due at the same moments is compared with Celery's own class
(`celery.schedules.crontab`): random crontabs of every form that Celery takes, the next {firings}
moments after each of {starts} starts, among them days before clocks change, in
{zones}.

`python -m tests.schedules` makes the comparison and writes this page; the tests make a smaller one.

| crontabs | comparisons | differences | Celery | APScheduler |
|---|---|---|---|---|
| {count:,} | {comparisons:,} | {differences} | {celery} | {apscheduler} |

Two things are not compared: a start in the hour that comes twice when clocks go back, for which
Celery's class names moments that have passed already, and the part of a second by which either is
late.
"""


def main() -> int:
    """Compare 1,000 crontabs, and write the result down."""
    found = list(differences(COUNT, seed=1))
    print(*found[:20], sep="\n")
    page = _PAGE.format(
        firings=FIRINGS,
        starts=len(STARTS),
        zones=", ".join(ZONES),
        count=COUNT,
        comparisons=COUNT * len(ZONES) * len(STARTS),
        differences=len(found),
        celery=version("celery"),
        apscheduler=version("apscheduler"),
    )
    _RESULT.write_text(page, "utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
