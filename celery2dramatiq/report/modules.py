"""Modules with tasks: what can move alone, and what hangs together."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celery2dramatiq.report.english import count, some, verb
from celery2dramatiq.report.inventory import name_of
from celery2dramatiq.report.layout import Section
from celery2dramatiq.report.terminal import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celery2dramatiq.plan import Plan


FEW = 3  # modules that are named in a line


@dataclass(frozen=True)
class Member:
    """A task of a module, and whether it moves."""

    name: str
    moves: bool


@dataclass(frozen=True)
class Module:
    """A file that declares tasks. together: other files, whose tasks move with its own or not."""

    path: str
    tasks: tuple[Member, ...]
    together: tuple[str, ...] = ()


def modules(plan: Plan) -> list[Module]:
    """Return the modules with tasks, those that hang together beside each other."""
    tasks: defaultdict[str, list[Member]] = defaultdict(list)
    for task in plan.tasks:
        if not task.task.test:
            tasks[task.task.path].append(Member(name_of(task), task.moves))
    groups = _groups(tasks, _ties(plan))
    return [
        Module(path, tuple(tasks[path]), tuple(other for other in group if other != path))
        for group in groups
        for path in group
    ]


def _ties(plan: Plan) -> Iterator[set[str]]:
    """Yield paths whose tasks move together: canvases, results, one line, one decorator."""
    path_of = {task.id: task.path for task in plan.index.tasks if not task.test}
    declared = defaultdict(set)
    for task in plan.index.tasks:
        declared[task.wrapper].add(task.id)
    wrappers = {wrapper.id for wrapper in plan.index.wrappers}
    ids: list[Iterable[str]] = [*plan.ties, *(declared[name] for name in sorted(wrappers))]
    ids += [use.among for use in plan.index.uses if not use.test]
    for tied in ids:
        yield {path_of[id_] for id_ in tied if id_ in path_of}


def _groups(paths: Iterable[str], ties: Iterable[set[str]]) -> list[list[str]]:
    """Return the paths, those that are tied in one list."""
    group = {path: {path} for path in paths}
    for tied in ties:
        merged = {path for one in tied for path in group[one]}
        group |= dict.fromkeys(merged, merged)
    return sorted({tuple(sorted(each)): sorted(each) for each in group.values()}.values())


def sends(plan: Plan) -> Counter[tuple[str, str]]:
    """Return how often each file uses the tasks of each other file."""
    path_of = {task.id: task.path for task in plan.index.tasks if not task.test}
    return Counter(
        (use.place.path, path_of[use.target.name])
        for use in plan.index.uses
        if use.target.kind == "task" and not use.test and use.target.name in path_of
        if use.place.path != path_of[use.target.name]
    )


def section(plan: Plan, *, show: bool) -> Section:
    """Return the modules for a terminal: those that hang together in one line."""
    found = {module.path: module for module in modules(plan)}
    items, done = [], set()
    for module in found.values():
        if module.path not in done:
            done |= {module.path, *module.together}
            together = [found[path] for path in (module.path, *module.together)]
            items.append([Line(f"  {_line(together, show=show)}")])
    title = Line("Modules, and what hangs together", "head")
    return Section(title, items if len(found) > 1 else ())


def _line(group: list[Module], *, show: bool) -> str:
    tasks = [task for module in group for task in module.tasks]
    moving = sum(task.moves for task in tasks)
    staying = len(tasks) - moving
    how = "together, or not at all" if len(group) > 1 else "alone"
    if not moving:
        said = f"{count(staying, 'task')} {verb(staying, 'stay')}"
    elif staying:
        said = f"{moving} of {count(len(tasks), 'task')} can move"
    else:
        said = f"{count(moving, 'task')} can move {how}"
    paths = [module.path for module in group]
    named = " + ".join(paths) if show else some(paths, FEW, "module", " + ")
    return f"{named}: {said}"
