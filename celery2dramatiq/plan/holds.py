"""What holds each task back: a task moves as a whole or not at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from celery2dramatiq.claim import Claim
from celery2dramatiq.codemod import Options, Outcome
from celery2dramatiq.index import MISSING, App, Index, Task
from celery2dramatiq.mapping import (
    LEFT_ALONE,
    LOST_RESULT,
    NO_APP,
    NOT_WISHED,
    SEVERAL_APPS,
    TEST_TASK,
    TOGETHER,
    UNCERTAIN,
    UNREADABLE,
    Action,
    Row,
)
from celery2dramatiq.plan.model import Finding

_RESULTS = "C2D5"  # how the codes of rows about results begin
OF_TASKS = (
    "task",
    "self",
    "mock",
    "patched",
    "told mock",
)  # kinds of targets that a task's id names
_HOPELESS = (NO_APP, SEVERAL_APPS, TEST_TASK)


class Holds:
    """The reasons, task by task. Each is added once."""

    def __init__(self, index: Index, options: Options) -> None:
        self.index = index
        self.options = options
        self.by_task: dict[str, dict[Finding, None]] = {task.id: {} for task in index.tasks}

    def __getitem__(self, task: str) -> tuple[Finding, ...]:
        return tuple(self.by_task[task])

    def add(self, task: Task, finding: Finding) -> None:
        """Hold the task back, unless the user has accepted what the finding says.

        Without a name or an app no actor can be made of it, whatever is accepted.
        """
        hopeless = finding.row in _HOPELESS or task.name is None
        if hopeless or finding.row.code not in self.options.accept:
            self.by_task[task.id].setdefault(finding)

    def note(self, task: Task, row: Row, note: str = "") -> None:
        """Hold the task back for something about its declaration."""
        self.add(task, finding(Outcome(row, note), task))


def finding(outcome: Outcome, task: Task) -> Finding:
    """Return what an answer about a task's declaration says."""
    row = outcome.row
    return Finding(row, task.decorator, row.action, outcome.note, task.name or task.function)


def own_reasons(holds: Holds, app_of: Mapping[str, App | None]) -> None:
    """Hold back what is not sure about the task itself."""
    names = Counter(task.name for task in holds.index.tasks if not task.test)
    for task in holds.index.tasks:
        if task.test:
            holds.note(task, TEST_TASK)
        if not task.certain:
            holds.note(task, UNCERTAIN, "its name is bound more than once")
        elif task.name is None:
            holds.note(task, UNCERTAIN, _no_name(task, holds.index))
        elif names[task.name] > 1 and not task.test:
            holds.note(task, UNCERTAIN, f"several tasks are called `{task.name}`")
        if not _wished(task.path, holds.options.wish):
            holds.note(task, NOT_WISHED)
        if app_of[task.id] is None:
            several = len([app for app in holds.index.apps if not app.test]) > 1
            holds.note(task, SEVERAL_APPS if several else NO_APP)


def _no_name(task: Task, index: Index) -> str:
    names = index.modules[task.path].names
    if len(names) > 1:
        return f"its module is imported as {' and as '.join(names)}"
    return "its name cannot be told from the source"


def _wished(path: str, wish: tuple[str, ...]) -> bool:
    pure = PurePosixPath(path)
    return not wish or any(pure.is_relative_to(PurePosixPath(part)) for part in wish)


def unreadable_reasons(holds: Holds, mentions: Iterable[tuple[str, bytes]]) -> None:
    """Hold back the tasks that a file which is not read, or edited, may use.

    mentions: path, bytes.
    """
    for path, data in mentions:
        row = LEFT_ALONE if path in holds.options.leave else UNREADABLE
        for task in holds.index.tasks:
            names = (task.module.rpartition(".")[2], task.function)
            if all(name.encode("utf-8", "surrogateescape") in data for name in names):
                holds.note(task, row, path)


def use_reasons(
    holds: Holds,
    claims: Iterable[Claim],
    app_of: Mapping[str, App | None],
    tied: Callable[[Claim], Sequence[str]],
) -> None:
    """Hold back every task that a use without a rule reaches. Tests hold nothing back.

    tied: returns the tasks to which a use is tied.
    """
    tasks = {task.id: task for task in holds.index.tasks}
    together = _together(holds.index)
    for claim in claims:
        outcome = claim.manual
        if outcome is None or outcome.harmless or claim.use.test:
            continue
        own = (outcome.task,) if outcome.task else ()
        outside = claim.use.target.kind in ("external", "app")
        named = own or (outside and tied(claim)) or reached(claim, tasks, app_of, together)
        for task_id in named:
            task = tasks[task_id]
            note = outcome.note
            name = task.name or task.function
            holds.add(task, Finding(outcome.row, claim.use.place, Action.MANUAL, note, name))


def lost_reasons(holds: Holds, claims: Iterable[Claim], app_of: Mapping[str, App | None]) -> None:
    """Hold back the tasks whose results are read, where there will be none any more."""
    tasks = {task.id: task for task in holds.index.tasks}
    together = _together(holds.index)
    for claim in claims:
        reads = any(outcome.row.code.startswith(_RESULTS) for outcome in claim.outcomes)
        for task_id in reached(claim, tasks, app_of, together) if reads else ():
            task = tasks[task_id]
            name = task.name or task.function
            holds.add(task, Finding(LOST_RESULT, claim.use.place, Action.MANUAL, "", name))


def tie(holds: Holds, claims: Iterable[Claim]) -> None:
    """Hold back the tasks that share a line with another one that stays."""
    tasks = {task.id: task for task in holds.index.tasks}
    for claim in claims:
        use = claim.use
        staying = [tasks[other] for other in use.among if holds[other]]
        if not staying or use.test or not any(outcome.specs for outcome in claim.outcomes):
            continue
        task = tasks[use.target.name]
        if not holds[task.id]:
            note = f"`{staying[0].name or staying[0].function}`"
            name = task.name or task.function
            holds.add(task, Finding(TOGETHER, use.place, Action.MANUAL, note, name))


def _together(index: Index) -> Mapping[tuple[str, str], set[str]]:
    """Return the tasks that are used in each function, by the function's path and name."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for use in index.uses:
        if use.target.kind == "task":
            found[use.place.path, use.scope].add(use.target.name)
    return found


def reached(
    claim: Claim,
    tasks: Mapping[str, Task],
    app_of: Mapping[str, App | None],
    together: Mapping[tuple[str, str], set[str]],
) -> Iterator[str]:
    """Yield the ids of the tasks that the use concerns.

    A name of Celery's concerns every task, if it does not stand in the body of one. One of
    kombu's, which has a life of its own, those that are used in the same function.
    """
    use = claim.use
    kind = use.target.kind
    if kind in OF_TASKS:
        yield use.target.name
    elif kind == "module":
        yield from _in_module(claim, tasks)
    elif use.owner is not None and (kind == "external" or use.shape.startswith(".current_task")):
        yield use.owner
    elif kind == "app":
        yield from (id_ for id_, app in app_of.items() if app is None or app.id == use.target.name)
    elif use.target.name.startswith(("celery.", "djcelery.")):
        yield from tasks
    elif use.scope:
        yield from sorted(together.get((use.place.path, use.scope), ()))
    elif use.role.kind not in ("base", "assigned"):
        yield from tasks


def _in_module(claim: Claim, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Yield the module's tasks, or the one that a literal behind it names."""
    following = claim.use.role.value
    named = following.literal if following is not None else MISSING
    for task_id, task in tasks.items():
        wanted = not isinstance(named, str) or named == task.function
        if task.path == claim.use.target.name and wanted:
            yield task_id
