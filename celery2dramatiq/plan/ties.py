"""Tasks that move together or stay together: those of one canvas, those whose ids are looked up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set

from celery2dramatiq.claim import Claim
from celery2dramatiq.codemod import EVERY_TASK, class_tie
from celery2dramatiq.index import Index, Task
from celery2dramatiq.index.task_classes import ancestry
from celery2dramatiq.mapping import TIED
from celery2dramatiq.plan.holds import Holds

Ties = Mapping[str, Set[str]]


def ties_of(claims: Iterable[Claim], index: Index) -> Ties:
    """Return the ids of the tasks that each tie holds together."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in (one for one in claims if not one.use.test):
        for outcome in one.outcomes:
            own = one.use.target.name if one.use.target.kind in ("task", "self") else outcome.task
            for tie in outcome.tie:
                found[tie].update([own] if own else [])
                if tie == EVERY_TASK:
                    found[tie].update(task.id for task in index.tasks if _keeps_result(task))
    for task in index.tasks:
        for above in ancestry(task.base, index.task_classes):
            found[class_tie(above.id)].add(task.id)
        if task.instance is not None:
            found[class_tie(task.instance.of)].add(task.id)
    return found


def _keeps_result(task: Task) -> bool:
    """Tell whether somebody may look for a result of the task."""
    ignored = task.option("ignore_result")
    return not task.test and not (ignored is not None and ignored.literal is True)


def hold_together(holds: Holds, ties: Ties) -> None:
    """Hold back every task that is tied to one that stays."""
    tasks = {task.id: task for task in holds.index.tasks}
    waiting = True
    while waiting:
        waiting = False
        for ids in ties.values():
            held = sorted(id_ for id_ in ids if holds[id_])
            for id_ in sorted(ids - set(held)) if held else ():
                stays = tasks[held[0]]
                holds.note(tasks[id_], TIED, f"`{stays.name or stays.function}`")
                waiting = True


def tied(one: Claim, ties: Ties) -> Iterator[str]:
    """Yield the ids of the tasks to which a use is tied."""
    for tie in dict.fromkeys(tie for outcome in one.outcomes for tie in outcome.tie):
        yield from sorted(ties.get(tie, ()))
