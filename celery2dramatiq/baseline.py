"""The uses of Celery that a project is known to have, so that new ones can be told.

An entry says where a thing of Celery's is used and how, not in which line: code that moves, and a
task that can move since yesterday, are nothing new.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from celery2dramatiq.index import Index, Place, Use

SCHEMA = 1
_KINDS = ("task", "app", "self")
_CELERY = ("celery", "kombu", "django_celery_beat", "django_celery_results")


class BadBaseline(Exception):
    """A file that is no baseline; the text says why."""


class Entry(NamedTuple):
    """A use. scope: the function or class it stands in. of: what is used. use: how."""

    path: str
    scope: str
    of: str
    use: str


@dataclass(frozen=True, slots=True)
class New:
    """A use more than the baseline has.

    places: all there are; known: how many of them the baseline has.
    """

    entry: Entry
    places: tuple[Place, ...]
    known: int


def entries(index: Index) -> dict[Entry, list[Place]]:
    """Return every use of Celery in the project's modules, with its places in order."""
    found: defaultdict[Entry, list[Place]] = defaultdict(list)
    for task in index.tasks:
        found[Entry(task.path, "", task.qualname, "task")].append(task.decorator)
    for app in index.apps:
        found[Entry(app.path, app.scope, app.variable, "app")].append(app.place)
    for use in index.uses:
        if _counts(use):
            how = use.shape or use.role.kind
            found[Entry(use.place.path, use.scope, use.target.name, how)].append(use.place)
    return {entry: sorted(found[entry]) for entry in sorted(found)}


def _counts(use: Use) -> bool:
    if use.target.kind in _KINDS:
        return True
    first = use.target.name.partition(".")[0]
    return use.target.kind == "external" and first in _CELERY


def as_text(index: Index) -> str:
    """Return what the file has to hold: a line for each entry, so that git can merge it."""
    rows = [
        json.dumps({**entry._asdict(), "count": len(places)}, ensure_ascii=True)
        for entry, places in entries(index).items()
    ]
    lines = ",\n".join(f"    {row}" for row in rows)
    inside = f"\n{lines}\n  " if rows else ""
    return f'{{\n  "schema": {SCHEMA},\n  "uses": [{inside}]\n}}\n'


def read(path: Path) -> Mapping[Entry, int]:
    """Return how often each entry is known. Raises BadBaseline."""
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["schema"] != SCHEMA:
            raise BadBaseline(f"{path}: its schema is not {SCHEMA}; write it anew")
        known = Counter[Entry]()
        for one in data["uses"]:
            known[Entry(*(str(one[name]) for name in Entry._fields))] += int(one["count"])
    except OSError as error:
        raise BadBaseline(f"{path}: {error.strerror}; `scan --write-baseline` writes it") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadBaseline(f"{path} is no baseline: {error!r}") from error
    return known


def new(index: Index, known: Mapping[Entry, int]) -> Iterator[New]:
    """Yield what there is more often than the baseline has it."""
    for entry, places in entries(index).items():
        if len(places) > known.get(entry, 0):
            yield New(entry, tuple(places), known.get(entry, 0))
