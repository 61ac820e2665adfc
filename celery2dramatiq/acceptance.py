"""What more could move if the losses that can be taken were taken: `--accept`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celery2dramatiq.project import make_plan

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.draft import Draft
    from celery2dramatiq.plan import Plan
    from celery2dramatiq.project import Project


@dataclass(frozen=True)
class Acceptance:
    """codes: of the losses, in order. tasks: ids of those that stay now, and would move."""

    codes: tuple[str, ...]
    tasks: tuple[str, ...]


def acceptance(project: Project, options: Options, draft: Draft) -> Acceptance | None:
    """Return the losses that hold tasks back without anything worse beside them, if any do."""
    stay = {task.task.id for task in draft.plan.staying}
    known = set(options.accept)
    asked: defaultdict[str, set[str]] = defaultdict(set)  # task -> codes that hold it
    plan = draft.plan
    while more := _reasons(plan, asked) - known:  # what is accepted may bring others to light
        known |= more
        plan = _planned(project, options, draft, known)
    free = stay - {task.task.id for task in plan.staying}
    needed = {code for task in free for code in asked[task]}
    if not needed:
        return None
    plan = _planned(project, options, draft, needed | options.accept)
    free = stay - {task.task.id for task in plan.staying}
    return Acceptance(tuple(sorted(needed)), tuple(sorted(free))) if free else None


def _reasons(plan: Plan, asked: defaultdict[str, set[str]]) -> set[str]:
    """Note what of the reasons can be accepted, by task, and return it."""
    found = set()
    for task in plan.staying:
        codes = {one.row.code for one in task.held_by if one.row.acceptable}
        asked[task.task.id] |= codes
        found |= codes
    return found


def _planned(project: Project, options: Options, draft: Draft, accept: set[str]) -> Plan:
    chosen = replace(options, accept=frozenset(accept))
    return make_plan(project, draft.built, chosen, draft.unwritable)
