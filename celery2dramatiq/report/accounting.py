"""What a report says about commands and files."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from celery2dramatiq.report.data import Json, statuses, totals
from celery2dramatiq.report.english import count, verb
from celery2dramatiq.report.layout import Section
from celery2dramatiq.report.sections import FEW, verdict
from celery2dramatiq.report.terminal import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery2dramatiq.dependencies.choose import Dependency
    from celery2dramatiq.plan import Command, Plan
    from celery2dramatiq.run import Run


def requirements(plan: Plan) -> Section:
    """Return what the project requires from now on, and which Python decides the releases."""
    choice = plan.dependencies
    python = ".".join(map(str, choice.python))
    known = f"Python {python}, as {choice.evidence.path} says" if choice.evidence else ""
    items = [
        [Line(f"  {one.requirement}{_for_tests(one)}: {one.reason}")] for one in choice.dependencies
    ]
    title = f"What the project requires from now on, on {known or f'Python {python} or newer'}"
    return Section(Line(title, "head"), items)


def _for_tests(one: Dependency) -> str:
    return " (for the tests)" if one.group == "test" else ""


def workers(plan: Plan) -> Section:
    """Return how to start what runs the tasks."""
    if plan.worker is None:
        return Section(Line(), ())
    rest = f"   # for the {count(len(plan.staying), 'task')} that {verb(len(plan.staying), 'stay')}"
    once = "   # the scheduler: only one of it"
    kept = "   # for the entries of the schedule that stay"
    commands = [
        (plan.worker, ""),
        (plan.scheduler, once),
        (plan.celery_worker, rest),
        (plan.celery_scheduler, kept),
    ]
    items = [[Line(f"  {_typed(one)}{why}")] for one, why in commands if one is not None]
    title = Line("How to start the workers, in the project's root", "head")
    return Section(title, items, whole=True)


def _typed(command: Command) -> str:
    env = "".join(f"{name}={shlex.quote(value)} " for name, value in command.env.items())
    return f"{env}{command.command}"


def files(run: Run, *, show: bool) -> Section:
    """Account for every file."""
    every = list(statuses(run))
    sums = totals(every)
    would = "changed" if run.written else "would change"
    items = [[Line(
        f"{sums['scanned']} scanned = {sums['changed']} {would}"
        f" + {sums['unchanged']} unchanged + {sums['skipped']} skipped"
    )]]  # fmt: skip
    created = [change.path for change in run.draft.changes if change.before is None]
    if created:
        was = "created" if run.written else "would be created"
        items.append([Line(f"{count(len(created), 'new file')} {was}: {', '.join(created)}")])
    if run.draft.refused:
        items.append([Line(f"apply would refuse: {run.draft.refused}", "bad")])
    lines = [_skipped(file) for file in skipped(run)]
    items += [[line] for line in (lines if show else lines[:FEW])]
    if not show and len(lines) > FEW:
        items.append([Line(f"  ... and {len(lines) - FEW} more skipped ({hint(run)})")])
    ignored = run.project.found.ignored
    if ignored:
        was = "was" if ignored == 1 else "were"
        what = "ignored file or folder" if ignored == 1 else "ignored files and folders"
        items.append([Line(f"{ignored} {what} {was} not looked at")])
    return Section(Line(), items, whole=True)


def hint(run: Run) -> str:
    """Return what shows everything: when files were written, only a scan does."""
    return "scan --show" if run.written else "--show"


def _skipped(file: dict[str, object]) -> Line:
    line = f":{file['line']}" if file["line"] else ""
    celery = " (it mentions Celery)" if file["celery"] else ""
    return Line(
        f"  skipped {file['path']}{line}: {file['reason']}{celery}", "bad" if celery else ""
    )


def remarks(run: Run, *, quiet: bool) -> Iterator[str]:
    """Yield what has to be said beside a patch: the answer, and what was not read."""
    if not quiet:
        yield verdict(run).text
    for file in skipped(run):
        if file["celery"] or not quiet:
            yield _skipped(file).text.strip()


def skipped(run: Run) -> Iterator[Json]:
    """Yield the files that were not read, each with the reason, those with Celery in them first."""
    yield from sorted(
        (file for file in statuses(run) if file["status"] == "skipped"),
        key=lambda file: not file["celery"],
    )
