"""Lists what is done at each site, and every reason why something is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from celery2dramatiq.claim import Claim
from celery2dramatiq.codemod import Outcome
from celery2dramatiq.files import Source
from celery2dramatiq.index import App, Index, Place, Task
from celery2dramatiq.mapping import OWN_HELPER, Action
from celery2dramatiq.plan.apps import Made
from celery2dramatiq.plan.holds import OF_TASKS, Holds, finding, reached
from celery2dramatiq.plan.model import Finding, Site
from celery2dramatiq.templates.own import differing


def sites(index: Index) -> tuple[Site, ...]:
    """Return every declaration and use of a task, in order of place."""
    names = {task.id: task.name or task.function for task in index.tasks}
    found = [Site(task.decorator, names[task.id], "declaration") for task in index.tasks]
    found += [
        Site(use.place, names[use.target.name], use.shape or use.role.kind)
        for use in index.uses
        if use.target.kind == "task"
    ]
    return tuple(sorted(found, key=lambda site: (site.place, site.kind)))


def build(
    claims: Sequence[Claim],
    done: Sequence[Claim],
    declared: Mapping[str, Sequence[Outcome]],
    made: Mapping[str, Made],
    moving: Mapping[str, bool],
    holds: Holds,
    app_of: Mapping[str, App | None],
    others: Sequence[Finding] = (),
) -> tuple[Finding, ...]:
    """Return the findings in order of place, each once for a site."""
    tasks = {task.id: task for task in holds.index.tasks}
    found = dict.fromkeys([*_of_uses(claims, done, tasks, app_of), *others])
    said = {(one.row, one.place, one.note) for one in found}
    for reason in (reason for task in tasks for reason in holds[task]):
        key = (reason.row, reason.place, reason.note)
        if key not in said:  # once for a site, however many tasks it holds back
            said.add(key)
            found[reason] = None
    found.update(dict.fromkeys(_of_tasks(tasks, declared, moving)))
    found.update(dict.fromkeys(_of_apps(made, moving, app_of)))
    return tuple(sorted(found, key=lambda f: (f.place, f.row.code, f.note, f.task)))


def of_helpers(paths: Iterable[str], files: Mapping[str, Source]) -> Iterator[Finding]:
    """Yield what the project has made of its helpers. paths: of the modules with them."""
    for path in paths:
        text = files[path].text if path in files else ""
        lines = text.splitlines(keepends=True)
        for name, line, lacks in differing(text):
            start = len("".join(lines[: line - 1]).encode())
            place = Place(path, start, start + len(lines[line - 1].encode()), line, 1)
            note = f"`{name}`" + (f" is without {lacks}" if lacks else "")
            yield Finding(OWN_HELPER, place, OWN_HELPER.action, note)


def _of_uses(
    claims: Sequence[Claim],
    done: Sequence[Claim],
    tasks: Mapping[str, Task],
    app_of: Mapping[str, App | None],
) -> Iterator[Finding]:
    rewritten = set(map(id, done))
    for one in claims:
        if one.use.target.kind == "module" and not list(reached(one, tasks, app_of, {})):
            continue  # a module without tasks
        for outcome in one.outcomes:
            if id(one) in rewritten or outcome.row.action is Action.MANUAL:
                name = _concerned(one, tasks)
                yield Finding(outcome.row, one.use.place, outcome.row.action, outcome.note, name)


def _of_tasks(
    tasks: Mapping[str, Task],
    declared: Mapping[str, Sequence[Outcome]],
    moving: Mapping[str, bool],
) -> Iterator[Finding]:
    for task in tasks.values():
        for outcome in declared[task.id] if moving[task.id] else ():
            yield finding(outcome, task)


def _of_apps(
    made: Mapping[str, Made], moving: Mapping[str, bool], app_of: Mapping[str, App | None]
) -> Iterator[Finding]:
    moved = {app.id for task, app in app_of.items() if app is not None and moving[task]}
    for one in made.values():
        for outcome in one.answers:
            said = outcome.harmless and outcome.row.action is Action.MANUAL  # wherever it stands
            if said or one.app.id in moved:
                place = outcome.at or one.app.place
                yield Finding(outcome.row, place, outcome.row.action, outcome.note)


def _concerned(one: Claim, tasks: Mapping[str, Task]) -> str:
    task_id = one.use.target.name if one.use.target.kind in OF_TASKS else one.use.owner
    task = tasks.get(task_id) if task_id is not None else None
    return (task.name or task.function) if task is not None else ""
