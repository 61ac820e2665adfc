"""What `apply --dev-only` reports."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from celery2dramatiq._version import __version__
from celery2dramatiq.report import data, diff, inventory
from celery2dramatiq.report.terminal import Line, wants_color
from celery2dramatiq.report.terminal import render as lines_to_text
from celery2dramatiq.visible import without_surrogates

if TYPE_CHECKING:
    from pathlib import Path

    from celery2dramatiq.development.model import Carrying
    from celery2dramatiq.plan import Command, Plan

SCHEMA = 1


def render(carrying: Carrying, root: Path, form: str, color: bool | None, *, written: bool) -> str:
    """Return the report. form: `text`, `json`, or `diff` for a patch that `git apply` takes."""
    if form == "diff":
        return diff.patch(carrying.changes, root)
    if form == "json":
        return as_json(carrying, written=written)
    return as_text(carrying, written=written, color=color)


def as_text(carrying: Carrying, *, written: bool, color: bool | None) -> str:
    """Return the report for a person."""
    return lines_to_text(list(_lines(carrying, written=written)), color=wants_color(color))


def _lines(carrying: Carrying, *, written: bool) -> Iterator[Line]:
    for change in carrying.changes:
        added, removed = diff.counts(change)
        kind = "new" if change.before is None else "gone" if change.after is None else "edited"
        yield Line(f"{change.path}  +{added} -{removed}  ({kind})")
    if not carrying.changes:
        yield Line("Nothing to do.", "good")
        return
    yield Line()
    if carrying.settings:
        yield Line(f"Development's settings: {', '.join(carrying.settings)}")
    for said in carrying.evidence:
        yield Line(f"  {said.path}:{said.line} names {said.says}")
    for what, one in (("Worker", carrying.worker), ("Scheduler", carrying.scheduler)):
        if one is not None:
            env = " ".join(f"{name}={shlex.quote(value)}" for name, value in one.env.items())
            yield Line(f"{what}: {env} {one.command}")
    yield from _staying(carrying.plan)
    for text in carrying.by_hand:
        yield Line(f"By hand: {text}")
    yield Line("Written." if written else "Nothing was written.", "good" if written else "")


def _staying(plan: Plan | None) -> Iterator[Line]:
    """Yield the tasks that stay on Celery in development, too, each with the reasons."""
    if plan is None:
        return
    yield Line(f"Tasks on Dramatiq in development: {len(plan.moving)}")
    for task in plan.staying:
        yield Line(f"Stays on Celery: {inventory.name_of(task)}")
        for reason in task.held_by:
            place = reason.place
            yield Line(f"  {place.path}:{place.line} {reason.row.code} {reason.text}")
    yield Line("`--keep-source` rewrites nothing, for a team that wants another broker alone.")


def as_json(carrying: Carrying, *, written: bool) -> str:
    """Return the report for a program; `docs/json.md` describes it."""
    return json.dumps(_data(carrying, written=written), indent=2, ensure_ascii=True) + "\n"


def _data(carrying: Carrying, *, written: bool) -> dict[str, Any]:
    edited = [change for change in carrying.changes if change.before and change.after]
    return {
        "schema": SCHEMA,
        "version": __version__,
        "edits": [{"path": without_surrogates(one.path), "added": added, "removed": removed}
                  for one in edited for added, removed in [diff.counts(one)]],
        "created": [one.path for one in carrying.changes if one.before is None],
        "deleted": [one.path for one in carrying.changes if one.after is None],
        "written": written,
        "worker": _command(carrying.worker),
        "scheduler": _command(carrying.scheduler),
        "environments": [
            {"settings": name,
             "evidence": [{"path": one.path, "line": one.line}
                          for one in carrying.evidence if one.says == name]}
            for name in carrying.settings
        ],
        "dependencies": [{"requirement": one, "group": "dev"} for one in carrying.requirements],
        "by_hand": list(carrying.by_hand),
        **(_planned(carrying.plan) if carrying.plan is not None else {}),
    }  # fmt: skip


def _planned(plan: Plan) -> dict[str, Any]:
    """Return what is said of code that is rewritten."""
    return {
        "celery_worker": _command(plan.celery_worker),
        "tasks": [data.of_task(task, plan.index) for task in plan.tasks],
        "findings": list(data.of_findings(plan, plan.findings)),
    }


def _command(one: Command | None) -> dict[str, Any] | None:
    return {"command": one.command, "env": dict(one.env)} if one is not None else None
