"""The report of `scan` for a person: whether the project can move, and what it would cost."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from celery2dramatiq.report import accounting, decision, drawings, modules, sections, weighing
from celery2dramatiq.report.layout import Section, fitted
from celery2dramatiq.report.terminal import Line

if TYPE_CHECKING:
    from celery2dramatiq.run import Run


def lines(run: Run, *, show: bool) -> list[Line]:
    """Return the report, the next command last."""
    plan = run.plan
    parts = [Section(Line(), [[sections.verdict(run)]], whole=True), sections.new(run, show=show)]
    if plan.tasks or plan.findings:
        parts += [
            sections.constructs(plan, show=show),
            sections.holds(run, show=show),
            *([sections.stays(plan)] if show else []),
            modules.section(run.draft.plan, show=show),
            drawings.canvases(run.draft.plan),
            sections.differences(plan, show=show),
            sections.left(run, show=show),
            weighing.section(run),
            decision.decision(run, show=show),
            accounting.requirements(plan),
            accounting.workers(plan),
        ]
    parts += [
        accounting.files(run, show=show),
        Section(Line(), [[Line(f"Next: {next_step(run, show=show)}")]], whole=True),
    ]
    return fitted(parts, show=show)


def next_step(run: Run, *, show: bool) -> str:
    """Return what to do now, a command where it is one."""
    if run.interrupted:
        return command(run, "apply")
    if run.draft.refused:
        return "rename that file, then scan again"
    if run.draft.changed:
        return command(run, "apply", "--diff")
    if (run.plan.staying or run.plan.findings) and not show:
        return command(run, "scan", "--show")
    if run.plan.staying:
        return f"change one of the places above, then {command(run, 'scan')}"
    if run.incomplete:
        return f"repair what was skipped, then {command(run, 'scan')}"
    return "nothing; if the project is elsewhere, name its folder with --root"


def command(run: Run, *words: str) -> str:
    """Return a command line for the same project and with the same options."""
    return shlex.join(["celery2dramatiq", *words, *run.words])
