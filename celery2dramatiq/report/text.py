"""The reports for a person at a terminal."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan import Finding, Plan
from celery2dramatiq.report import diff
from celery2dramatiq.report.data import changed_paths, statuses, totals
from celery2dramatiq.run import Run

_STYLES = {"add": "32", "remove": "31", "head": "1", "hunk": "36", "bad": "31;1", "good": "32;1"}
_SHORT = 6  # of a list that `--show` gives whole


class Lines:
    """Collects lines; colours them if asked. Never wraps, cuts or reads anything as markup."""

    def __init__(self, *, color: bool) -> None:
        self.color = color
        self.lines: list[str] = []

    def add(self, text: str = "", style: str = "") -> None:
        """Add one line, its control characters made visible."""
        text = shown(text)
        if self.color and style:
            text = f"\x1b[{_STYLES[style]}m{text}\x1b[0m"
        self.lines.append(text)

    def text(self) -> str:
        """Return everything."""
        return "".join(f"{line}\n" for line in self.lines)


def wants_color(color: bool | None) -> bool:
    """Tell whether to colour: the option, then NO_COLOR and FORCE_COLOR, then the terminal."""
    if color is not None:
        return color
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def shown(text: str) -> str:
    """Return text from the tree so that it cannot steer a terminal."""
    return "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in text)


# -- scan


def scan(run: Run, *, show: bool, color: bool | None) -> str:
    """Return the feasibility report."""
    out = Lines(color=wants_color(color))
    plan = run.plan
    out.add(verdict(plan), "good" if plan.moving and not plan.staying else "head")
    if plan.tasks:
        _constructs(out, plan, show=show)
        _staying(out, plan, show=show)
        _review(out, plan.findings, show=show)
        _commands(out, plan)
    _accounting(out, run, show=show)
    _next(out, run)
    return out.text()


def verdict(plan: Plan) -> str:
    """Return the answer in one sentence."""
    moving, staying = len(plan.moving), len(plan.staying)
    if not moving and not staying:
        return "No Celery task was found here."
    if not staying:
        return f"The project can move: {_count(moving, 'task')} of {moving} can."
    if not moving:
        return f"Nothing can move yet: {_count(staying, 'task')} stay on Celery; see why below."
    return f"{moving} of {_count(moving + staying, 'task')} can move; {staying} stay on Celery."


def _constructs(out: Lines, plan: Plan, *, show: bool) -> None:
    counted: Counter[Row] = Counter(finding.row for finding in plan.findings)
    rows = sorted(counted, key=lambda row: (-counted[row], row.code))
    out.add()
    out.add("Constructs", "head")
    for row in _some(rows, show=show):
        arrow = f" -> {row.dramatiq}" if row.dramatiq else ""
        out.add(f"  {counted[row]:5} {row.code} {row.action.value:7} {row.celery}{arrow}")
    _more(out, rows, show=show)


def _staying(out: Lines, plan: Plan, *, show: bool) -> None:
    """Say what holds tasks back: each reason once, with the tasks that it holds."""
    reasons: defaultdict[tuple[Row, str, str], list[str]] = defaultdict(list)
    for task in plan.staying:
        for finding in task.held_by:
            place = f"{finding.place.path}:{finding.place.line}"
            if finding.place == task.task.decorator:
                place = ""
            reasons[finding.row, finding.text, place].append(
                f"{task.task.path}:{task.task.decorator.line}" if not place else finding.task
            )
    if not reasons:
        return
    out.add()
    out.add("What holds tasks back", "head")
    ordered = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0][0].code))
    for (row, text, place), names in _some(ordered, show=show):
        out.add(f"  {row.code} {_count(len(names), 'task')}: {text}")
        places = _some(names, show=show)
        out.add(f"        {place + ' holds ' if place else 'at '}{', '.join(places)}"
                + (" ..." if len(places) < len(names) else ""))  # fmt: skip
        if row.way_out:
            out.add(f"        way out: {row.way_out}")
    _more(out, ordered, show=show)


def _review(out: Lines, findings: Iterable[Finding], *, show: bool) -> None:
    notes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in findings:
        if finding.action is Action.REVIEW:
            place = f"{finding.place.path}:{finding.place.line}"
            notes[finding.row.code, finding.row.note].append(place)
    if not notes:
        return
    out.add()
    out.add("What changes in behaviour", "head")
    ordered = sorted(notes.items())
    for (code, note), places in _some(ordered, show=show):
        out.add(f"  {code} {note}")
        few = _some(places, show=show)
        out.add(f"        at {', '.join(few)}" + (" ..." if len(few) < len(places) else ""))
    _more(out, ordered, show=show)


def _commands(out: Lines, plan: Plan) -> None:
    if plan.worker is None and plan.celery_worker is None:
        return
    out.add()
    out.add("Workers", "head")
    if plan.worker is not None:
        out.add(f"  Dramatiq  {plan.worker.command}")
    if plan.celery_worker is not None:
        out.add(f"  Celery    {plan.celery_worker.command}")


def _accounting(out: Lines, run: Run, *, show: bool) -> None:
    files = list(statuses(run))
    count = totals(files)
    would = "changed" if run.written else "would change"
    out.add()
    out.add(
        f"{count['scanned']} scanned = {count['changed']} {would}"
        f" + {count['unchanged']} unchanged + {count['skipped']} skipped"
    )
    skipped = [file for file in files if file["status"] == "skipped"]
    for file in _some(skipped, show=show):
        line = f":{file['line']}" if file["line"] else ""
        celery = " (mentions Celery)" if file["celery"] else ""
        out.add(f"  skipped {file['path']}{line}: {file['reason']}{celery}", "bad")
    _more(out, skipped, show=show)
    if run.project.found.ignored:
        out.add(f"{run.project.found.ignored} ignored files and folders were not looked at")


def _next(out: Lines, run: Run) -> None:
    root = shlex.quote(os.path.relpath(run.project.root))
    where = "" if root == "." else f" --root {root}"
    if changed_paths(run):
        out.add(f"Next: celery2dramatiq apply --diff{where}")
    elif run.plan.staying and not show_hint(run):
        out.add(f"Next: celery2dramatiq scan --show{where}")


def show_hint(run: Run) -> bool:
    """Tell whether there is nothing more to be shown."""
    return not run.plan.findings


# -- apply


def apply(run: Run, *, show: bool, color: bool | None) -> str:
    """Return the diff report: the diff, then what it means."""
    out = Lines(color=wants_color(color))
    for change in run.changes:
        _diff(out, diff.one(change))
    if run.changes:
        out.add()
    _summary(out, run)
    if run.plan.tasks:
        _review(out, run.plan.findings, show=show)
        _staying(out, run.plan, show=show)
        _commands(out, run.plan)
    _accounting(out, run, show=show)
    if run.written and run.changes:
        out.add("To undo: git checkout and git clean, or the version control you use")
    return out.text()


def _diff(out: Lines, text: str) -> None:
    for line in text.split("\n")[:-1]:
        style = ""
        if line.startswith(("diff ", "+++", "---", "new file", "deleted file")):
            style = "head"
        elif line.startswith("@@"):
            style = "hunk"
        elif line.startswith(("+", "-")):
            style = "add" if line.startswith("+") else "remove"
        out.add(line.removesuffix("\r"), style)


def _summary(out: Lines, run: Run) -> None:
    if not run.changes:
        out.add(verdict(run.plan) if run.plan.tasks else "Nothing to do.", "head")
        return
    did = "Changed" if run.written else "Would change"
    added, removed = (sum(pair) for pair in zip(*map(diff.counts, run.changes), strict=True))
    out.add(f"{did} {_count(len(run.changes), 'file')}: +{added} -{removed}", "head")
    for change in run.changes:
        plus, minus = diff.counts(change)
        new = " (new)" if change.before is None else ""
        out.add(f"  {change.path}{new} +{plus} -{minus}")


# -- small things


def _some(items: Sequence, *, show: bool) -> Sequence:  # type: ignore[type-arg]
    return items if show else items[:_SHORT]


def _more(out: Lines, items: Sequence, *, show: bool) -> None:  # type: ignore[type-arg]
    if not show and len(items) > _SHORT:
        out.add(f"  ... and {len(items) - _SHORT} more (--show)")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def every(values: Iterable[str]) -> Iterator[str]:
    """Yield each value once, in order."""
    yield from dict.fromkeys(values)
