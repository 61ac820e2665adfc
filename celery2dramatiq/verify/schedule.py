"""The schedule: what the migrated project's scheduler sends, and when, against Celery's beat."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from celery2dramatiq.verify import importing
from celery2dramatiq.verify.child.schedule import celery_due
from celery2dramatiq.verify.finding import Finding
from celery2dramatiq.verify.process import Event, Told

FIRINGS = 10
_YEAR = 366
_ALIKE = 0.5  # seconds: an interval is counted from a moment that is not a whole second


@dataclass(frozen=True, slots=True)
class Row:
    """One entry, and when it is due after now: seconds since 1970. agrees: None if not compared."""

    name: str
    task: str
    celery: tuple[float, ...]
    scheduler: tuple[float, ...]
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def module_of(command: str) -> tuple[str, str]:
    """Return the folder that a scheduler's command looks in first, and the module that it runs."""
    words = shlex.split(command)
    if manage_of(command):
        return ".", "dramatiq_crontab"
    if "-m" in words[:-1]:
        return ".", words[words.index("-m") + 1]
    path = PurePosixPath(words[-1])
    return str(path.parent), path.stem


def manage_of(command: str) -> str:
    """Return the path of the manage.py whose `crontab` a scheduler's command runs; "" if none."""
    words = shlex.split(command)
    return words[words.index("crontab") - 1] if "crontab" in words[1:] else ""


def starts(entries: Sequence[Mapping[str, Any]], now: datetime) -> list[float]:
    """Return now, and a day before each change of the clocks within a year."""
    found = {now.timestamp()}
    for name in {entry["zone"] for entry in entries}:
        try:
            zone = ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            continue
        days = [now.astimezone(zone) + timedelta(days=day) for day in range(_YEAR)]
        for day, after in pairwise(days):
            if day.utcoffset() != after.utcoffset():
                found.add((day - timedelta(days=1)).astimezone(timezone.utc).timestamp())
    return sorted(found)


def compare(
    entries: Sequence[Mapping[str, Any]],
    kept: Mapping[str, int],
    told: Told,
    begin: Sequence[float],
    root: Path,
) -> Compared:
    """Compare the entries that were to move with the scheduler's jobs.

    kept: the names of the entries that are in Celery's schedule now, with their lines.
    """
    answer = told.last("jobs")
    if answer is None:
        return Compared((), tuple(importing.failed(told, (), root)), ())
    celery = (told.last("celery-due") or {}).get("due")
    celery = celery or celery_due([dict(entry) for entry in entries], list(begin), FIRINGS)
    notes = [] if celery else ["schedules are not compared: Celery is not installed"]
    found = [_entry(entry, answer["jobs"], celery, kept) for entry in entries]
    return Compared(
        tuple(row for row, _ in found),
        tuple(finding for _, findings in found for finding in findings),
        tuple(notes),
    )


def _entry(
    entry: Mapping[str, Any],
    jobs: Sequence[Event],
    celery: Mapping[str, list[list[float]]] | None,
    kept: Mapping[str, int],
) -> tuple[Row, list[Finding]]:
    wanted = celery[entry["name"]] if celery is not None else None
    job = _job_of(entry, jobs, wanted)
    agrees = None if wanted is None else job is not None and _same(job["due"], wanted)
    row = Row(
        entry["name"],
        entry["task"],
        tuple(wanted[0]) if wanted else (),
        tuple(job["due"][0]) if job is not None else (),
        agrees if job is not None else False,
    )
    return row, list(_findings(entry, job, wanted, kept))


def _job_of(
    entry: Mapping[str, Any], jobs: Sequence[Event], wanted: list[list[float]] | None
) -> Event | None:
    """Return the job of that name, or one of the same actor that is due at the same times."""
    for job in jobs:
        if job["id"] == entry["name"] and job["actor"] in ("", entry["task"]):
            return job
    own = [job for job in jobs if job["actor"] == entry["task"]]
    return next((job for job in own if wanted and _same(job["due"], wanted)), None)


def _same(found: Sequence[Sequence[float]], wanted: Sequence[Sequence[float]]) -> bool:
    return all(
        len(some) == len(others)
        and all(abs(one - other) < _ALIKE for one, other in zip(some, others, strict=True))
        for some, others in zip(found, wanted, strict=True)
    )


def _findings(
    entry: Mapping[str, Any],
    job: Event | None,
    wanted: list[list[float]] | None,
    kept: Mapping[str, int],
) -> Iterator[Finding]:
    name, tasks, path = entry["name"], (entry["task"],), entry["path"]
    if job is None:
        yield Finding(
            "not-scheduled",
            f"no job of the scheduler sends what the entry {name!r} of Celery's schedule sent",
            "add the job to the scheduler's module",
            tasks,
        )
    elif wanted is not None and not _same(job["due"], wanted):
        celery, own = _first(job["due"], wanted)
        yield Finding(
            "due",
            f"the entry {name!r} is due at other times: with Celery {celery}, here {own}",
            "correct the trigger; a crontab in a time zone needs the clock of that zone",
            tasks,
        )
    if name in kept and job is not None:
        yield Finding(
            "scheduled-twice",
            f"the entry {name!r} is in Celery's schedule as well as in the scheduler's",
            "remove it from Celery's schedule",
            tasks,
            path,
            kept[name],
        )


def _first(found: Sequence[Sequence[float]], wanted: Sequence[Sequence[float]]) -> tuple[str, str]:
    """Return the first pair of moments that differ."""
    for some, others in zip(found, wanted, strict=True):
        for one, other in zip(some, others, strict=False):
            if abs(one - other) >= _ALIKE:
                return shown(other), shown(one)
    return "more often", "less often"


def shown(moment: float) -> str:
    """Return a moment for a person, in UTC."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
