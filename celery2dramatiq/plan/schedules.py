"""Celery's schedule: entries of tasks that move leave it, and a scheduler module sends them."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from celery2dramatiq.claim import Claim
from celery2dramatiq.codemod import Context, Outcome, Rules
from celery2dramatiq.index import App, Index, Task, Use
from celery2dramatiq.index.schedules import Entry
from celery2dramatiq.mapping import Action
from celery2dramatiq.plan.model import Command, Finding, Scheduled
from celery2dramatiq.specs import Code, DropItemSpec, RemoveSpec, Spec, Text
from celery2dramatiq.templates.scheduling import Job, scheduler

if TYPE_CHECKING:
    from celery2dramatiq.commands.target import Target
    from celery2dramatiq.plan.holds import Holds

Words = tuple[str, ...]  # of a command
MODULE = "scheduler"
_TAKEN = "dramatiq_scheduler"  # where a module of that name is there already
_IN_APP = ("argument", "conf", "defaults", "")  # where a schedule goes together with its app


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry, and what the rules say of it. task: None if it is none of the project's."""

    entry: Entry
    outcomes: tuple[Outcome, ...]
    task: Task | None

    @property
    def manual(self) -> Outcome | None:
        """Return the answer that says the entry cannot be migrated."""
        return next((one for one in self.outcomes if one.row.action is Action.MANUAL), None)

    def moves(self, moving: Mapping[str, bool]) -> bool:
        """Tell whether the scheduler sends it from now on."""
        return self.task is not None and self.manual is None and moving[self.task.id]

    @property
    def scheduler(self) -> tuple[str, ...]:
        """What starts the scheduler that has the entry; () for the module that is written."""
        return next((one.scheduler for one in self.outcomes if one.scheduler), ())


def plan(index: Index, rules: Rules, context: Context) -> tuple[Planned, ...]:
    """Ask the rules for each entry."""
    return tuple(_planned(entry, rules, context) for entry in index.entries)


def _planned(entry: Entry, rules: Rules, context: Context) -> Planned:
    name = "seconds" if entry.timing.seconds is not None else "crontab"
    name = "unknown" if entry.timing.problem else name
    rule = rules.schedules.get(f"{context.options.scheduler} {name}") or rules.schedules[name]
    return Planned(entry, tuple(rule.answer(entry, context)), context.by_name(entry.task))


def covered(claims: Sequence[Claim], every: Sequence[Planned]) -> list[Claim]:
    """Return the claims, without what is said of uses in entries: that is said of the entries."""
    entries = [one.entry for one in every if one.task is not None]
    return [replace(one, outcomes=()) if _in_any(one.use, entries) else one for one in claims]


def _in_any(use: Use, entries: Sequence[Entry]) -> bool:
    return any(entry.place.holds(use.place) or _decorates(use, entry) for entry in entries)


def _decorates(use: Use, entry: Entry) -> bool:
    """Tell whether a use is the decorator of the function that adds the entry."""
    return use.role.kind == "decorator" and use.statement == entry.function


def reasons(holds: Holds, every: Sequence[Planned]) -> None:
    """Hold back the tasks whose entries cannot be moved; all tasks, if it may be any of them."""
    for one in every:
        outcome = one.manual
        if outcome is None or outcome.harmless:
            continue
        for task in [one.task] if one.task is not None else holds.index.tasks:
            name = task.name or task.function
            found = Finding(outcome.row, one.entry.place, Action.MANUAL, outcome.note, name)
            holds.add(task, found)


def staying(every: Sequence[Planned], moving: Mapping[str, bool]) -> set[str]:
    """Return the ids of the apps of which some entry stays with Celery's beat."""
    return {one.entry.app for one in every if not one.moves(moving)}


def findings(every: Sequence[Planned], moving: Mapping[str, bool]) -> Iterator[Finding]:
    """Yield what is said of the entries: of those that move, and of those that never can."""
    for one in every:
        for outcome in one.outcomes:
            action = outcome.row.action
            if one.moves(moving) or action is Action.MANUAL:
                name = one.task.name or one.task.function if one.task is not None else ""
                yield Finding(outcome.row, one.entry.place, action, outcome.note, name)


def specs(
    every: Sequence[Planned], moving: Mapping[str, bool], going: Collection[str]
) -> Iterator[Spec]:
    """Yield what takes the entries out of Celery's schedule, and what they are instead."""
    functions = {one.entry.function for one in every if not one.moves(moving)}
    for one in every:
        entry = one.entry
        if not one.moves(moving):
            continue
        yield from (spec for outcome in one.outcomes for spec in outcome.specs)
        if entry.key is None:
            whole = entry.function is not None and entry.function not in functions
            yield RemoveSpec(entry.function if whole and entry.function else entry.place)
        elif entry.app not in going or entry.layer not in _IN_APP:
            yield DropItemSpec(entry.key)


# -- the module


@dataclass(frozen=True, slots=True)
class Module:
    """The module that is written. words: what starts it in the project's root."""

    path: str
    text: str
    words: tuple[str, ...]


def module(
    index: Index,
    every: Sequence[Planned],
    moving: Mapping[str, bool],
    app_of: Mapping[str, App | None],
    context: Context,
) -> Module | None:
    """Return the module that sends what moves; None if nothing of the schedule needs one."""
    own = [one for one in every if one.moves(moving) and not one.scheduler]
    app = app_of[own[0].task.id] if own and own[0].task is not None else None
    if app is None:
        return None
    path = _path(index, app)
    imports = _Imports(index, context)
    jobs = [_job(one, imports, context) for one in own]
    lines = [*_made_by(index), *imports.lines()]
    settings = _settings(index)
    text = scheduler(jobs, lines, _zone(index, app), settings)
    name = _dotted(index, app, PurePosixPath(path).stem)
    root = index.modules[app.path].root
    words = ("python", "-m", name) if not root else ("python", path)
    return Module(path, text, words)


def words(new: Module | None, every: Sequence[Planned], moving: Mapping[str, bool]) -> Words:
    """Return what starts the scheduler; () if nothing of the schedule moves. new: its module."""
    own = (one.scheduler for one in every if one.moves(moving))
    return new.words if new is not None else next((given for given in own if given), ())


def aimed(
    target: Target | None,
    index: Index,
    every: Sequence[Planned],
    moving: Mapping[str, bool],
    app_of: Mapping[str, App | None],
    context: Context,
) -> Target | None:
    """Return what the commands become, with the scheduler."""
    starts = words(module(index, every, moving, app_of, context), every, moving)
    if target is None or not starts:
        return target
    return replace(target, periodic=starts, beat=left(index, every, moving) != ())


def _path(index: Index, app: App) -> str:
    """Return where the module goes: beside the app's, by a name that no other has."""
    folder, there = PurePosixPath(app.path).parent, {file.path for file in index.files}
    numbered = (f"{_TAKEN}{number}" for number in count(2))
    paths = (str(folder / f"{name}.py") for name in chain((MODULE, _TAKEN), numbered))
    return next(path for path in paths if path not in there)


def _dotted(index: Index, app: App, stem: str) -> str:
    record = index.modules[app.path]
    package = record.name if record.package else record.name.rpartition(".")[0]
    return ".".join(filter(None, [package, stem]))


def _made_by(index: Index) -> Iterator[str]:
    """Yield the imports that make the app, and with it the broker, where a function does."""
    for path in index.factory.makers[:1] if index.factory is not None else ():
        yield f"import {index.modules[path].name}  # noqa: F401"


def _settings(index: Index) -> str:
    project = index.django
    return (project.app_settings or project.manage_settings) if project is not None else ""


def _zone(index: Index, app: App) -> str:
    zone = index.configurations[app.id].args().get("timezone")
    return zone.literal if zone is not None and isinstance(zone.literal, str) else ""


class _Imports:
    """The actors that the module names, each by a name of its own."""

    def __init__(self, index: Index, context: Context) -> None:
        self.index = index
        self.context = context
        self.names: dict[str, tuple[str, Task]] = {}

    def of(self, task: Task) -> str:
        """Return the code for a task's actor."""
        for name, (_, other) in self.names.items():
            if other.id == task.id:
                return name
        name = task.function
        if name in self.names or name in _OWN_NAMES:
            name = f"{task.module.replace('.', '_')}_{task.function}"
        self.names[name] = (self.index.modules[task.path].name, task)
        return name

    def lines(self) -> list[str]:
        """Return the import lines."""
        by_module: dict[str, list[str]] = {}
        for name, (module, task) in self.names.items():
            shown = name if name == task.function else f"{task.function} as {name}"
            by_module.setdefault(module, []).append(shown)
        return [f"from {m} import {', '.join(sorted(by_module[m]))}" for m in sorted(by_module)]


_OWN_NAMES = frozenset(
    ["add_jobs", "argparse", "json", "logging", "main", "make_scheduler", "os", "read", "remember",
     "scheduler", "signal", "sys", "write", "datetime", "timezone", "timedelta", "django"]
)  # fmt: skip


def _job(one: Planned, imports: _Imports, context: Context) -> Job:
    assert one.task is not None  # so it was asked
    sets: dict[str, Code] = dict(pair for outcome in one.outcomes for pair in outcome.sets)
    code = {name: value.code for name, value in sets.items() if isinstance(value, Text)}
    trigger = code.pop("trigger")
    name = context.quoted("", one.entry.name)
    return Job(name, imports.of(one.task), trigger, tuple(code.items()))


def left(
    index: Index, every: Sequence[Planned], moving: Mapping[str, bool]
) -> tuple[str, ...] | None:
    """Return the apps of entries that stay; None where not every entry is known."""
    known = {one.entry.app for one in every}
    for app in index.apps:
        given = index.configurations[app.id].args().get("beat_schedule")
        own = [one for one in every if one.entry.app == app.id]
        if given is not None and given.literal != {} and not any(one.entry.key for one in own):
            return None
    added = [use for use in index.uses if "add_periodic_task" in use.shape and not use.test]
    if any(not _in_any(use, [one.entry for one in every]) for use in added):
        return None
    return tuple(sorted(known & staying(every, moving)))


def entries(every: Sequence[Planned], moving: Mapping[str, bool]) -> tuple[Scheduled, ...]:
    """Return every entry, with the trigger of those that move."""
    return tuple(Scheduled(one.entry, _trigger(one) if one.moves(moving) else "") for one in every)


def _trigger(one: Planned) -> str:
    codes = [code for o in one.outcomes for name, code in o.sets if name == "trigger"]
    return "".join(code.code for code in codes if isinstance(code, Text))


def command(starts: Words, env: Mapping[str, str]) -> Command | None:
    """Return the shell command that starts the scheduler, if there is one."""
    return Command(shlex.join(starts), env) if starts else None
