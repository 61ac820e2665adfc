"""The report of `apply` for a person: the diff, what it means, and how to go on."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from celery2dramatiq.report import accounting, decision, diff, drawings, sections
from celery2dramatiq.report.english import count
from celery2dramatiq.report.feasibility import command, next_step
from celery2dramatiq.report.layout import Section, fitted
from celery2dramatiq.report.terminal import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery2dramatiq.files import Change
    from celery2dramatiq.run import Run

CUT_OVER = (
    "Install what the project requires from now on: make lock files and compiled files anew.",
    "Stop what sends, and let the Celery workers empty their queues: Dramatiq does not read"
    " Celery's messages.",
    "Messages with a far countdown or eta: let a Celery worker run until they are due, or send"
    " them again.",
    "The tasks keep their names. What sends them from outside this project still sends to Celery.",
)
_STYLES = {"diff ": "head", "+++ ": "head", "--- ": "head", "new ": "head", "@@": "hunk"}


def lines(run: Run, *, show: bool) -> list[Line]:
    """Return the report. What no later run can show again is not cut."""
    diffs = [line for change in run.changes for line in _change(run, change, show=show)]
    plan = run.plan
    parts = [Section(Line(), [[line] for line in _summary(run)], whole=True)]
    if plan.tasks or plan.findings:
        parts += [
            sections.differences(plan, show=show or run.written),
            sections.holds(run, show=show),
            *([sections.stays(plan)] if show else []),
            drawings.canvases(run.draft.plan),
            sections.left(run, show=show or run.written),
            decision.decision(run, show=show),
            accounting.requirements(plan),
            accounting.workers(plan),
        ]
    if run.changes:
        steps = [[Line(f"  {number}. {step}")] for number, step in enumerate(CUT_OVER, 1)]
        parts.append(Section(Line("Before production switches over", "head"), steps, whole=True))
    parts += [
        accounting.files(run, show=show),
        Section(Line(), [[Line(line)] for line in _after(run, show=show)], whole=True),
    ]
    shown = fitted(parts, show=show, hint=accounting.hint(run))
    return [*diffs, *([Line()] if diffs else []), *shown]


def _change(run: Run, change: Change, *, show: bool) -> Iterator[Line]:
    """Yield the diff; of a new file, which is long and the same everywhere, only its name."""
    if change.before is not None or show:
        yield from diff_lines(diff.one(change))
    else:
        added, _ = diff.counts(change)
        more = "" if run.written else " (--show)"
        yield Line(f"new file {change.path}: {count(added, 'line')}{more}", "head")


def diff_lines(text: str) -> Iterator[Line]:
    """Yield the lines of a patch, coloured."""
    in_hunk = False
    for line in text.split("\n")[:-1]:
        in_hunk = in_hunk or line.startswith("@@")
        style = next((s for start, s in _STYLES.items() if line.startswith(start)), "")
        if in_hunk and style != "hunk":
            style = {"+": "add", "-": "remove"}.get(line[:1], "")
        yield Line(line.removesuffix("\r"), style)


def _summary(run: Run) -> Iterator[Line]:
    yield sections.verdict(run)
    if not run.changes:
        yield Line("Nothing was changed." if run.written else "Nothing would change.")
        return
    counts = [diff.counts(change) for change in run.changes]
    created = sum(change.before is None for change in run.changes)
    changed = len(run.changes) - created
    did = "Changed" if run.written else "Would change"
    new = (
        f" and {'created' if run.written else 'create'} {count(created, 'file')}" if created else ""
    )
    added, removed = (sum(numbers) for numbers in zip(*counts, strict=True))
    yield Line(f"{did} {count(changed, 'file')}{new}: +{added} -{removed} lines.")


def _after(run: Run, *, show: bool) -> Iterator[str]:
    if not run.changes:
        yield f"Next: {next_step(run, show=show)}"
    elif not run.written:
        yield f"Next: {command(run, 'apply')}"
    else:
        yield f"To undo: {_undo(run)}"
        yield "Next: run the project's tests, then commit"


def _undo(run: Run) -> str:
    """Return the commands that bring the project back to what it was."""
    if not run.restorable:
        return "from your backup; git may not have what was overwritten"
    old = [change.path for change in run.changes if change.before is not None]
    new = [change.path for change in run.changes if change.before is None]
    root = Path(os.path.relpath(run.project.root))
    git = ["git"] if root == Path() else ["git", "-C", str(root)]
    commands = [[*git, "checkout", "--", *old]] if old else []
    commands += [["rm", *(str(root / path) for path in new)]] if new else []
    return " && ".join(shlex.join(words) for words in commands)
