"""Celery's crontab fields: which numbers they mean, and how APScheduler 3 writes the same.

What Celery takes is said in celery/schedules.py (`crontab`, `crontab_parser`), what APScheduler
takes in apscheduler/triggers/cron: there Monday is 0, no range wraps around, and no step is longer
than its range.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# Celery's name of a field: its lowest and its highest number, in the order of `crontab(...)`.
FIELDS = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day_of_week": (0, 6),
    "day_of_month": (1, 31),
    "month_of_year": (1, 12),
}
# The order of a line in a crontab (`crontab.from_string`).
LINE = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_NAMES = {"day_of_month": "day", "month_of_year": "month"}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_RUN = 3  # days that follow each other, from which on they are written as a range
_PART = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\w+))?")


class Refused(ValueError):
    """Celery does not take it either: the text says why."""


def numbers(field: str, spec: object) -> frozenset[int]:
    """Return what a field of `crontab(...)` means. Raises Refused."""
    low, high = FIELDS[field]
    if isinstance(spec, bool) or not isinstance(spec, (int, str, set, list, tuple)):
        raise Refused(f"{field} is {spec!r}")
    if isinstance(spec, str):
        found = {number for part in spec.split(",") for number in _part(field, part)}
    else:
        found = {spec} if isinstance(spec, int) else set(spec)
    for number in found:
        if type(number) is not int or not low <= number <= high:
            raise Refused(f"{field} holds {number!r}")
    if not found:
        raise Refused(f"{field} is empty")
    return frozenset(found)


def _part(field: str, part: str) -> Sequence[int]:
    low, high = FIELDS[field]
    matched = _PART.fullmatch(part.strip())
    if matched is None or (matched[1] == "*" and matched[2]):
        raise Refused(f"{field} is {part!r}")
    first, last, step = matched.groups()
    if step and not last and first != "*":
        raise Refused(f"{field} has a step without a range, {part!r}")
    start = low if first == "*" else _number(field, first)
    end = high if first == "*" else _number(field, last or first)
    wraps = end < start
    every = [*range(start, high + 1), *range(low, end + 1)] if wraps else range(start, end + 1)
    return every[:: _step(field, step)] if step else every


def _step(field: str, text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise Refused(f"{field} has the step {text!r}")
    return int(text)


def _number(field: str, text: str) -> int:
    low, high = FIELDS[field]
    number = int(text) if text.isdecimal() else _named(text)
    if number is None or not low <= number <= high:
        raise Refused(f"{field} is {text!r}")
    return number


def _named(text: str) -> int | None:
    """Return the number of a month or a day; Celery looks at three letters, in any field."""
    short = text[:3].lower()
    for names, first in ((_MONTHS, 1), (_DAYS, 0)):
        for number, name in enumerate(names, first):
            if len(short) == 3 and name.startswith(short):
                return number
    return None


def trigger(fields: Mapping[str, object]) -> dict[str, str]:
    """Return the arguments of APScheduler's `CronTrigger` for those of Celery's `crontab`.

    Raises Refused.
    """
    found = {field: numbers(field, fields.get(field, "*")) for field in FIELDS}
    days, months = found["day_of_month"], found["month_of_year"]
    if not any(day <= _LONGEST[month - 1] for day in days for month in months):
        raise Refused("no month has that day")
    written = {"minute": _written("minute", fields.get("minute", "*"), found["minute"])}
    for field in ("hour", "day_of_month", "month_of_year"):
        text = _written(field, fields.get(field, "*"), found[field])
        if text != "*":
            written[_NAMES.get(field, field)] = text
    if len(found["day_of_week"]) < len(_WEEK):
        written["day_of_week"] = _week(found["day_of_week"])
    return written


def _written(field: str, spec: object, meant: frozenset[int]) -> str:
    """Return the text of a field: as it is, where APScheduler reads it in the same way."""
    low, high = FIELDS[field]
    if len(meant) == high - low + 1:
        return "*"
    if isinstance(spec, str) and all(_is_plain(part, high - low) for part in spec.split(",")):
        return spec
    return ",".join(map(str, sorted(meant)))


def _is_plain(part: str, width: int) -> bool:
    matched = re.fullmatch(r"(\*|\d+)(?:-(\d+))?(?:/(\d+))?", part)
    if matched is None:
        return False
    first, last, step = matched.groups()
    if first != "*" and not last:
        return step is None
    room = width if first == "*" else int(last) - int(first)
    return room >= 0 and (step is None or int(step) <= room)


def _week(days: frozenset[int]) -> str:
    """Return names of days; Celery's week begins on Sunday, and APScheduler's on Monday."""
    left = sorted((day - 1) % 7 for day in days)
    parts: list[str] = []
    while left:
        end = 1
        while end < len(left) and left[end] == left[0] + end:
            end += 1
        run, left = left[:end], left[end:]
        if len(run) >= _RUN:
            parts.append(f"{_WEEK[run[0]]}-{_WEEK[run[-1]]}")
        else:
            parts.extend(_WEEK[day] for day in run)
    return ",".join(parts)
