"""What whoever decides about the move asks: code, settings by environment, memory, commands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from celery2dramatiq.mapping import Action
from celery2dramatiq.report import choices
from celery2dramatiq.report.data import environments
from celery2dramatiq.report.english import count, some
from celery2dramatiq.report.layout import Item, Section
from celery2dramatiq.report.sections import FEW
from celery2dramatiq.report.terminal import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celery2dramatiq.plan import Finding, Plan
    from celery2dramatiq.run import Run

_KINDS = {
    "C2D1": "declaration",
    "C2D2": "send",
    "C2D3": "line inside the tasks",
    "C2D4": "piece of canvas",
    "C2D5": "line with results",
    "C2D7": "line with schedules or signals",
}
_COMMANDS = ("C2D82", "C2D83")
MEMORY = (
    "Celery's processes are forked from one that has imported the application, and share that "
    "memory.",
    "Dramatiq imports the application in every process, which shares nothing: N processes hold it "
    "N times.",
    "There is no --max-tasks-per-child: what a task leaks stays until the worker is started again.",
)


def decision(run: Run, *, show: bool) -> Section:
    """Return what changes beside the behaviour, if anything moves."""
    plan = run.draft.plan  # what is ignored changes all the same
    if not plan.moving:
        return Section(Line(), ())
    items: list[Item] = [
        [Line(f"  Code: {_code(plan)}")],
        [Line("  Memory and processes:"), *(Line(f"    {text}") for text in MEMORY)],
        [Line(f"  Decisions, as they stand: {choices.policies(run)}")],
    ]
    started = [*_started(run)]
    if started:
        items.append([Line("  Workers until now (below, how they start then):"), *started])
    items.extend([one] for one in _environments(plan, show=show))
    return Section(Line("What changes beside the behaviour", "head"), items, whole=show)


def _code(plan: Plan) -> str:
    done = [f for f in plan.findings if f.action is not Action.MANUAL and f.row.dramatiq]
    kinds = Counter(_kind(place.row.code) for place in _once(done))
    parts = [_counted(kinds[name], name) for name in _KINDS.values() if kinds[name]]
    files = {finding.place.path for finding in done}
    return f"{', '.join(parts)} in {count(len(files), 'file')}, all of them by `apply`"


def _counted(number: int, noun: str) -> str:
    head, *rest = noun.split(" ", 1)
    return " ".join([count(number, head), *rest])


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield one finding of each kind for a place."""
    seen = set()
    for finding in findings:
        key = (finding.place, _kind(finding.row.code))
        if key not in seen:
            seen.add(key)
            yield finding


def _kind(code: str) -> str:
    return _KINDS.get(code[:4], "")


def _environments(plan: Plan, *, show: bool) -> Iterator[Line]:
    """Yield the settings that count in each environment, and where they are written."""
    for one in environments(plan):
        places = [f"{each['key']} ({each['path']}:{each['line']})" for each in one["settings"]]
        if places:
            name = one["name"] or "everywhere"
            text = "; ".join(places) if show else some(places, FEW, "setting", "; ")
            yield Line(f"  Settings, {name}: {text}")


def _started(run: Run) -> Iterator[Line]:
    """Yield the commands that start the Celery workers now."""
    files = {**run.project.sources, **run.project.texts}
    places = {f.place for f in run.draft.plan.findings if f.row.code.startswith(_COMMANDS)}
    lines = sorted({(place.path, place.line) for place in places})
    for path, number in lines:
        text = files[path].text.splitlines()[number - 1].strip()
        yield Line(f"    {path}:{number}: {text}")
