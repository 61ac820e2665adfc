"""The report as data: the JSON that other programs read, described in `docs/json.md`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from celery2dramatiq._version import __version__
from celery2dramatiq.index import Index, Place
from celery2dramatiq.report import choices, diff, drawings, inventory, modules, weighing
from celery2dramatiq.report.inventory import name_of
from celery2dramatiq.visible import without_surrogates

if TYPE_CHECKING:
    from celery2dramatiq.acceptance import Acceptance
    from celery2dramatiq.baseline import New
    from celery2dramatiq.plan import Command, Finding, Plan, TaskPlan
    from celery2dramatiq.run import Run

SCHEMA = 1
Json = dict[str, Any]
Key = tuple[Place, str, str]


def as_json(run: Run) -> str:
    """Return the report as JSON: same input, same bytes."""
    return json.dumps(as_data(run), indent=2, ensure_ascii=True) + "\n"


def as_data(run: Run) -> Json:
    """Return the report as plain data. Paths are relative to the root, with `/`."""
    plan = run.plan
    files = list(statuses(run))
    data = {
        "schema": SCHEMA,
        "version": __version__,
        "files": files,
        "totals": totals(files),
        "chosen": {name: getattr(run.options, name) for name in choices.QUESTIONS},
        "settings": inventory.settings(plan.index),
        "results": inventory.results(plan.index),
        "tasks": [of_task(task, plan.index) for task in plan.tasks],
        "sites": [
            {"path": s.place.path, "line": s.place.line, "column": s.place.column,
             "task": s.task, "kind": s.kind}
            for s in plan.sites
        ],
        "findings": list(of_findings(plan, plan.findings)),
        "ignored": list(of_findings(plan, run.heard.ignored)),
        "new": None if run.known is None else [_new(one) for one in run.new],
        "edits": list(_edits(run)),
        "created": [change.path for change in run.draft.changes if change.before is None],
        "written": run.written,
        "worker": _command(plan.worker),
        "celery_worker": _command(plan.celery_worker),
        "scheduler": _command(plan.scheduler),
        "celery_scheduler": _command(plan.celery_scheduler),
        "canvases": [_canvas(one) for one in drawings.drawings(plan)],
        "schedule": [inventory.scheduled(one, plan.index) for one in plan.schedule],
        "dependencies": list(_dependencies(plan)),
        "environments": environments(plan),
        "modules": [_module(one) for one in modules.modules(run.draft.plan)],
        "weighing": [{"kind": one.kind, "text": one.text} for one in weighing.points(run)],
        "acceptance": None if run.acceptance is None else _acceptance(run.acceptance, plan),
        "decisions": [one._asdict() for one in choices.choices(run)],
    }  # fmt: skip
    return {key: _valid(value) for key, value in data.items()}


def _acceptance(found: Acceptance, plan: Plan) -> Json:
    names = {task.task.id: name_of(task) for task in plan.tasks}
    return {"codes": list(found.codes), "tasks": [names[task] for task in found.tasks]}


def environments(plan: Plan) -> list[Json]:
    """Return each environment with the settings of Celery's that count in it, without values.

    An environment is a settings module of Django's; elsewhere there is one, without a name.
    """
    found = []
    for app in (app for app in plan.index.apps if not app.test):
        configuration = plan.index.configurations[app.id]
        for name in configuration.environments:
            settings = [
                {"name": one.name, "key": one.key, "path": one.value.place.path,
                 "line": one.value.place.line}
                for one in configuration.settings
                if not one.inert and name in one.environments
            ]  # fmt: skip
            found.append({"name": name, "settings": settings})
    return found


def statuses(run: Run) -> Iterator[Json]:
    """Yield every file with what happens to it: `changed`, `unchanged` or `skipped`."""
    unreadable = {file.path: file for file in run.plan.unreadable}
    for path in run.project.found.files:
        file = unreadable.get(path)
        if file is not None:
            yield {"path": path, "status": "skipped", "reason": file.reason,
                   "line": file.line, "celery": file.celery}  # fmt: skip
        else:
            yield {"path": path, "status": "changed" if path in run.draft.changed else "unchanged"}
    for skipped in run.project.found.skipped:
        yield {"path": skipped.path, "status": "skipped", "reason": skipped.reason,
               "line": None, "celery": skipped.mentions_celery}  # fmt: skip


def totals(files: Iterable[Json]) -> Json:
    """Return how many files there are of each status; the sum is `scanned`."""
    count = {"scanned": 0, "changed": 0, "unchanged": 0, "skipped": 0}
    for file in files:
        count["scanned"] += 1
        count[file["status"]] += 1
    return count


def _canvas(one: drawings.Drawing) -> Json:
    return {
        "path": one.place.path,
        "line": one.place.line,
        "text": one.text,
        "moves": one.moves,
        "nodes": one.graph.nodes,
        "edges": [list(edge) for edge in one.graph.edges],
    }


def _module(one: modules.Module) -> Json:
    return {
        "path": one.path,
        "tasks": len(one.tasks),
        "moving": sum(task.moves for task in one.tasks),
        "together": list(one.together),
    }


def of_task(task: TaskPlan, index: Index) -> Json:
    """Return a task, whether it moves, and what holds it back."""
    declared = task.task
    return {
        "name": name_of(task),
        "path": declared.path,
        "line": declared.decorator.line,
        "moves": task.moves,
        "held_by": [
            {"code": f.row.code, "path": f.place.path, "line": f.place.line, "note": f.text}
            for f in task.held_by
        ],
        **inventory.of_task(declared, index),
    }


def _new(one: New) -> Json:
    places = [{"line": place.line, "column": place.column} for place in one.places]
    return {**one.entry._asdict(), "known": one.known, "places": places}


def once(plan: Plan, findings: Iterable[Finding]) -> Iterator[tuple[Finding, list[str]]]:
    """Yield each finding once, with the names of all the tasks that it concerns."""
    tasks: defaultdict[Key, set[str]] = defaultdict(set)
    first: dict[Key, Finding] = {}
    for finding in findings:
        first.setdefault(_key(finding), finding)
        tasks[_key(finding)].add(finding.task)
    for task in plan.tasks:
        for finding in task.held_by:
            tasks[_key(finding)].add(name_of(task))
    for key, finding in first.items():
        yield finding, sorted(tasks[key] - {""})


def of_findings(plan: Plan, findings: Iterable[Finding]) -> Iterator[Json]:
    """Yield each finding once, with all the tasks that it concerns."""
    for finding, tasks in once(plan, findings):
        yield {
            "path": finding.place.path,
            "line": finding.place.line,
            "column": finding.place.column,
            "code": finding.row.code,
            "action": finding.action.value,
            "celery": finding.row.celery,
            "dramatiq": finding.row.dramatiq,
            "note": finding.text,
            "way_out": finding.row.way_out,
            "tasks": tasks,
        }


def _key(finding: Finding) -> Key:
    return finding.place, finding.row.code, finding.text


def _edits(run: Run) -> Iterator[Json]:
    if not run.computed:
        for path in sorted(run.draft.changed):
            yield {"path": path, "added": None, "removed": None}
    for change in run.changes:
        if change.before is not None:
            added, removed = diff.counts(change)
            yield {"path": change.path, "added": added, "removed": removed}


def _command(command: Command | None) -> Json | None:
    if command is None:
        return None
    return {"command": command.command, "env": dict(command.env)}


def _dependencies(plan: Plan) -> Iterator[Json]:
    choice = plan.dependencies
    for one in choice.dependencies:
        yield {
            "package": one.package,
            "extras": list(one.extras),
            "requirement": one.requirement,
            "version": one.release.version if one.release is not None else None,
            "group": one.group,
            "reason": one.reason,
            "python": ".".join(map(str, choice.python)),
        }


def _valid(value: Any) -> Any:
    """Return the value without surrogates, which stand for bytes that are no UTF-8."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, Mapping):
        return {key: _valid(inner) for key, inner in value.items()}
    return [_valid(inner) for inner in value] if isinstance(value, list) else value
