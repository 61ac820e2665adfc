"""The migrated project, as its workers would see it, against the inventory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from celery2dramatiq.verify import importing, serving
from celery2dramatiq.verify.finding import Finding, place, relative, said
from celery2dramatiq.verify.inventory import Entry, Inventory
from celery2dramatiq.verify.options import Difference, compare
from celery2dramatiq.verify.process import Event, Told

Places = Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of the comparison. notes: what is no difference, and worth knowing."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def unmoved(inventory: Inventory, celery: Places) -> Iterator[Finding]:
    """Yield the tasks that were to move and are still Celery's."""
    names = tuple(t.name for t in inventory.tasks if t.moves and t.name in celery)
    if names:
        path, line = celery[names[0]]
        yield Finding(
            "not-moved",
            f"{', '.join(names)} were to move, and are Celery tasks still",
            "celery2dramatiq apply; if it was told to leave them, hand the report of that run over",
            names,
            path,
            line,
        )


def workers(inventory: Inventory, celery: Places, told: Told, root: Path, command: str) -> Compared:
    """Compare what the Dramatiq worker has imported with the tasks that have moved."""
    moved = [task for task in inventory.tasks if task.name not in celery and task.named]
    failed = list(importing.failed(told, moved, root))
    worker = told.last("worker")
    findings = [*importing.usage(told, command), *importing.manage(told, root), *failed]
    if worker is None:
        return Compared(tuple(findings), ())
    actors = _actors(worker)
    explained = {name for finding in failed for name in finding.tasks}
    django = bool(told.all("command"))
    findings += [
        *importing.entry(told, root),
        *(serving.brokers(worker, root) if _has_entry(told) else ()),
        *serving.missing(moved, actors, told, explained, django),
        *_twice(inventory, actors, celery),
        *serving.queues(worker, actors, root),
    ]
    different, notes = _options(moved, actors, worker, inventory, root)
    return Compared((*findings, *different), (*notes, *_notes(inventory, actors, told, root)))


def _has_entry(told: Told) -> bool:
    """Tell whether the worker's first module could be imported: the broker is its affair."""
    first = next((event for event in told.events if event["event"] in ("imported", "failed")), None)
    return first is not None and first["event"] == "imported"


def _actors(worker: Event) -> dict[str, Event]:
    """Return the actors by name: of one name, that of the worker's own broker."""
    own = worker["broker"]
    ordered = sorted(worker["actors"], key=lambda actor: actor["broker"] == own)
    return {actor["name"]: actor for actor in ordered}


def _twice(inventory: Inventory, actors: Mapping[str, Event], celery: Places) -> Iterator[Finding]:
    for task in inventory.tasks:
        if task.name in actors and task.name in celery:
            path, line = celery[task.name]
            yield Finding(
                "twice",
                f"{task.name} is an actor and a Celery task as well",
                "remove the one that nothing sends to any more",
                (task.name,),
                path,
                line,
            )


def _options(
    moved: Iterable[Entry],
    actors: Mapping[str, Event],
    worker: Event,
    inventory: Inventory,
    root: Path,
) -> tuple[list[Finding], list[str]]:
    """Compare the options; the same difference of several tasks is one finding."""
    groups: defaultdict[Difference, list[Event]] = defaultdict(list)
    notes = []
    for task in moved:
        actor = actors.get(task.name)
        if actor is not None:
            kind = worker["brokers"][actor["broker"]]["kind"]
            found, skipped = compare(task, actor, kind, inventory)
            for difference in found:
                groups[difference].append(actor)
            if skipped:
                notes.append(f"{task.name}: not compared, as it is computed: {', '.join(skipped)}")
    return [_different(each, group, root) for each, group in groups.items()], notes


def _different(difference: Difference, actors: list[Event], root: Path) -> Finding:
    names = tuple(str(actor["name"]) for actor in actors)
    return Finding(
        "queue" if difference.name == "queue_name" else "option",
        f"{', '.join(names)}: {difference.name} differs: with Celery {difference.celery}, "
        f"with Dramatiq {difference.dramatiq}",
        difference.next,
        names,
        relative(root, actors[0]["path"]),
        int(actors[0]["line"]),
    )


def _notes(
    inventory: Inventory, actors: Mapping[str, Event], told: Told, root: Path
) -> Iterator[str]:
    new = [name for name, a in actors.items() if name not in inventory.names and _own(a, root)]
    if new:
        yield f"new since then, so not compared: {', '.join(sorted(new))}"
    unnamed = [f"{task.module}.{task.name}" for task in inventory.tasks if not task.named]
    if unnamed:
        yield f"not looked for, as their names are computed: {', '.join(unnamed)}"
    for event in told.all("sent"):
        where = event["place"]
        line = f" ({relative(root, where[0])}:{where[1]})" if where else ""
        yield f"importing the project sends a message to {event['actor']}{line}"


def _own(actor: Event, root: Path) -> bool:
    return Path(actor["path"]).is_relative_to(root) and "site-packages" not in actor["path"]


def celery_worker(inventory: Inventory, celery: Places, told: Told, root: Path) -> list[Finding]:
    """Compare what the Celery worker has imported with the tasks that stay."""
    failure = told.last("celery-failed")
    staying = [task for task in inventory.tasks if task.name in celery]
    if failure is not None:
        path, line = place(root, failure["failure"])
        return [
            Finding(
                "celery",
                f"the Celery worker of the tasks that stay would not start: "
                f"{said(failure['failure'])}",
                importing.refused(told) or "mend the error; these tasks need Celery still",
                tuple(task.name for task in staying),
                path,
                line,
                tuple(failure["failure"]["traceback"]),
            )
        ]
    known = told.last("celery")
    names = set(known["tasks"]) if known is not None else set()
    return [
        Finding(
            "celery-task",
            f"{task.name} stays on Celery, and the Celery worker does not import it",
            f"name {task.module} in the app's `include`, or import it where it was imported",
            (task.name,),
            task.path,
            task.line,
        )
        for task in staying
        if task.named and task.name not in names
    ]
