"""Compares what the tool's report lists with the independent count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.real.count import Count

SENDS = re.compile(r"\.(delay|apply_async)\(\)")

Json = dict[str, Any]
Lines = Mapping[str, Collection[int]]


@dataclass(frozen=True)
class Share:
    """How many of those counted were found, where the others are, and what was found besides."""

    found: int
    counted: int
    missed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


def tasks(report: Json, counted: Count) -> Share:
    """Tasks, by the line of their decorator up to that of the name."""
    places = [(task.path, range(task.line, task.last_line + 1)) for task in counted.tasks]
    return _share(places, _lines(report["tasks"]), report["tasks"])


def calls(report: Json, counted: Count) -> Share:
    """Calls of `.delay` and `.apply_async`."""
    places = [(send.path, range(send.line, send.last_line + 1)) for send in counted.sends]
    listed = [site for site in report["sites"] if SENDS.search(site["kind"])]
    return _share(places, _lines(report["sites"]), listed)


def canvas(report: Json, counted: Count) -> Share:
    """Calls of `.s`, `.si` and `.signature` of a task."""
    places = [(one.path, range(one.line, one.last_line + 1)) for one in counted.signatures]
    return _share(places, _lines(report["sites"]), ())


def settings(report: Json, counted: Count) -> Share:
    """Settings: listed for an environment, or with a finding at their line."""
    places = [(one.path, range(one.line, one.last_line + 1)) for one in counted.settings]
    listed = [one for each in report["environments"] for one in each["settings"]]
    return _share(places, _lines([*listed, *report["findings"], *report["sites"]]), ())


def _lines(listed: Iterable[Json]) -> Lines:
    lines: dict[str, set[int]] = {}
    for one in listed:
        lines.setdefault(one["path"], set()).add(one["line"])
    return lines


def _share(places: Sequence[tuple[str, range]], found: Lines, listed: Iterable[Json]) -> Share:
    missed = tuple(
        f"{path}:{lines.start}"
        for path, lines in places
        if not any(line in found.get(path, ()) for line in lines)
    )
    counted: dict[str, set[int]] = {}
    for path, lines in places:
        counted.setdefault(path, set()).update(lines)
    extra = {
        f"{one['path']}:{one['line']}"
        for one in listed
        if one["line"] not in counted.get(one["path"], ())
    }
    return Share(len(places) - len(missed), len(places), missed, tuple(sorted(extra)))


def actions(report: Json) -> Mapping[str, int]:
    """How many tasks become what: the worst action of any finding that concerns the task.

    A task that does not move is MANUAL, whatever its findings are.
    """
    reviewed = {
        name
        for finding in report["findings"]
        if finding["action"] == "REVIEW"
        for name in finding["tasks"]
    }
    numbers = {"REWRITE": 0, "REVIEW": 0, "MANUAL": 0}
    for task in report["tasks"]:
        moved = "REVIEW" if task["name"] in reviewed else "REWRITE"
        numbers[moved if task["moves"] else "MANUAL"] += 1
    return numbers


def holds(report: Json) -> Mapping[str, int]:
    """Of every code that holds a task back: how many tasks."""
    numbers: dict[str, int] = {}
    for task in report["tasks"]:
        for code in {reason["code"] for reason in task["held_by"]}:
            numbers[code] = numbers.get(code, 0) + 1
    return dict(sorted(numbers.items(), key=lambda item: (-item[1], item[0])))
