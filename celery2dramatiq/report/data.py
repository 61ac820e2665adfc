"""The report as data: the JSON that other programs read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from celery2dramatiq._version import __version__
from celery2dramatiq.plan import Finding, TaskPlan
from celery2dramatiq.report.diff import counts
from celery2dramatiq.run import Run

SCHEMA = 1
Json = dict[str, Any]


def as_json(run: Run) -> str:
    """Return the report as JSON: same input, same bytes."""
    return json.dumps(as_data(run), indent=2, ensure_ascii=True) + "\n"


def as_data(run: Run) -> Json:
    """Return the report as plain data. Paths are relative to the root, with `/`."""
    plan = run.plan
    files = list(statuses(run))
    return {
        "schema": SCHEMA,
        "version": __version__,
        "files": files,
        "totals": totals(files),
        "tasks": [_task(task) for task in plan.tasks],
        "sites": [
            {"path": s.place.path, "line": s.place.line, "column": s.place.column,
             "task": s.task, "kind": s.kind}
            for s in plan.sites
        ],
        "findings": [_finding(finding) for finding in plan.findings],
        "edits": [_edit(change) for change in run.changes],
        "created": [change.path for change in run.changes if change.before is None],
        "written": run.written,
        "worker": _command(plan.worker),
        "celery_worker": _command(plan.celery_worker),
        "scheduler": None,
        "dependencies": [],
        "environments": [],
    }  # fmt: skip


def statuses(run: Run) -> Iterator[Json]:
    """Yield every file with what happens to it: `changed`, `unchanged` or `skipped`."""
    unreadable = {file.path: file for file in run.plan.unreadable}
    changed = changed_paths(run)
    for path in run.project.found.files:
        file = unreadable.get(path)
        if file is not None:
            yield {"path": path, "status": "skipped", "reason": file.reason,
                   "line": file.line, "celery": file.celery}  # fmt: skip
        else:
            yield {"path": path, "status": "changed" if path in changed else "unchanged"}
    for skipped in run.project.found.skipped:
        yield {"path": skipped.path, "status": "skipped", "reason": skipped.reason,
               "line": None, "celery": skipped.mentions_celery}  # fmt: skip


def changed_paths(run: Run) -> set[str]:
    """Return the paths of the files that change, computed or, for a scan, planned."""
    if run.computed:
        return {change.path for change in run.changes}
    return {edit.path for edit in run.plan.edits}


def totals(files: list[Json]) -> Json:
    """Return how many files there are of each status; the sum is `scanned`."""
    count = {"scanned": len(files), "changed": 0, "unchanged": 0, "skipped": 0}
    for file in files:
        count[file["status"]] += 1
    return count


def _task(task: TaskPlan) -> Json:
    declared = task.task
    return {
        "name": declared.name or declared.function,
        "path": declared.path,
        "line": declared.decorator.line,
        "moves": task.moves,
        "held_by": [
            {"code": f.row.code, "path": f.place.path, "line": f.place.line, "note": f.text}
            for f in task.held_by
        ],
    }


def _finding(finding: Finding) -> Json:
    return {
        "path": finding.place.path,
        "line": finding.place.line,
        "column": finding.place.column,
        "code": finding.row.code,
        "action": finding.action.value,
        "celery": finding.row.celery,
        "dramatiq": finding.row.dramatiq,
        "note": finding.text,
        "way_out": finding.row.way_out,
        "task": finding.task,
    }


def _edit(change: Any) -> Json:
    added, removed = counts(change)
    return {"path": change.path, "added": added, "removed": removed}


def _command(command: Any) -> Json | None:
    if command is None:
        return None
    return {"command": command.command, "env": dict(command.env)}
