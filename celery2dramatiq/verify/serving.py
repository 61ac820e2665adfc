"""Findings about actors: tasks that none serves, brokers and queues that nobody consumes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from celery2dramatiq.verify.finding import Finding, relative
from celery2dramatiq.verify.inventory import Entry
from celery2dramatiq.verify.process import Event, Told

Actors = Mapping[str, Event]


def missing(
    tasks: Sequence[Entry], actors: Actors, told: Told, explained: set[str], django: bool
) -> Iterator[Finding]:
    """Yield tasks without an actor, by their modules. explained: those whose module failed."""
    late = {name for event in told.all("late-actors") for name in event["names"]}
    groups: defaultdict[tuple[str, bool], list[Entry]] = defaultdict(list)
    for task in tasks:
        if task.name not in actors and task.name not in explained:
            groups[task.module, task.name in late].append(task)
    for (module, exists), group in groups.items():
        names = tuple(task.name for task in group)
        yield (
            _not_imported(module, group[0], names, django)
            if exists
            else Finding(
                "no-actor",
                f"no actor serves {', '.join(names)}: {module} declares none of that name",
                "look for an actor_name that was changed, or for a task that was removed; a "
                "message of that name would go to the dead letters",
                names,
                group[0].path,
                group[0].line,
            )
        )


def _not_imported(module: str, task: Entry, names: tuple[str, ...], django: bool) -> Finding:
    way_out = f"name {module} in the worker's command, or import it in one of its modules"
    if django:
        last = module.partition(".")[2] or module
        way_out = f'add "{last}" to DRAMATIQ_AUTODISCOVER_MODULES, or import it in a tasks module'
    return Finding(
        "not-imported",
        f"the worker does not import {module}, so nothing serves {', '.join(names)}",
        way_out,
        names,
        task.path,
        task.line,
    )


def brokers(worker: Event, root: Path) -> Iterator[Finding]:
    """Yield actors that belong to another broker than the worker's, and a broker nobody made."""
    fallback, own = worker["fallback"], worker["broker"]
    path, line = _fallback_place(worker, root)
    if own is None:
        yield Finding(
            "no-broker",
            "the worker has no broker",
            "make one with dramatiq.set_broker(...) in the worker's first module",
        )
        return
    if fallback is not None and own == fallback:
        yield Finding(
            "no-broker",
            "no broker had been set when one was needed, so the worker uses Dramatiq's own default "
            f"({worker['brokers'][own]['kind']} on this machine)",
            "call dramatiq.set_broker(...) in the worker's first module, before any actor",
            _of_broker(worker, own),
            path,
            line,
        )
    for number, broker in enumerate(worker["brokers"]):
        names = _of_broker(worker, number)
        if names and number != own:
            yield _elsewhere(broker, names, number == fallback, worker, root)


def _elsewhere(
    broker: Event, names: tuple[str, ...], late: bool, worker: Event, root: Path
) -> Finding:
    first = next(actor for actor in worker["actors"] if actor["name"] == names[0])
    path, line = relative(root, first["path"]), int(first["line"])
    if late:
        return Finding(
            "late-broker",
            f"{', '.join(names)} were declared before the broker was set, and belong to Dramatiq's "
            f"own default ({broker['kind']} on this machine)",
            "import the module that calls dramatiq.set_broker(...) before the first actor; in "
            "Django, put django_dramatiq first in INSTALLED_APPS",
            names,
            path,
            line,
        )
    return Finding(
        "other-broker",
        f"{', '.join(names)} belong to another broker ({broker['kind']}) than the worker's",
        "make one broker, once; or start a worker for each: dramatiq MODULE:BROKER",
        names,
        path,
        line,
    )


def _fallback_place(worker: Event, root: Path) -> tuple[str, int | None]:
    place = worker["fallback_place"]
    return (relative(root, place[0]), place[1]) if place else ("", None)


def _of_broker(worker: Event, number: int) -> tuple[str, ...]:
    return tuple(actor["name"] for actor in worker["actors"] if actor["broker"] == number)


def queues(worker: Event, actors: Actors, root: Path) -> Iterator[Finding]:
    """Yield queues that the worker's command leaves out."""
    consumed = worker["queues"]
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for actor in actors.values():
        if consumed and actor["queue"] not in consumed:
            groups[actor["queue"]].append(dict(actor))
    for queue, group in groups.items():
        names = tuple(actor["name"] for actor in group)
        yield Finding(
            "not-consumed",
            f"the worker consumes only {', '.join(consumed)}: nobody reads the queue {queue} of "
            f"{', '.join(names)}",
            f"add {queue} to the worker's --queues, or start another worker for it",
            names,
            relative(root, str(group[0]["path"])),
            int(group[0]["line"]),
        )
