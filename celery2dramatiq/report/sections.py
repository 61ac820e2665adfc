"""What a report says about a plan, section by section."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from celery2dramatiq.mapping import SEVERAL_APPS, Action, Row
from celery2dramatiq.report.data import statuses, totals
from celery2dramatiq.report.english import count, some, verb
from celery2dramatiq.report.layout import Item, Section
from celery2dramatiq.report.terminal import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from celery2dramatiq.plan import Command, Finding, Plan
    from celery2dramatiq.run import Run

FEW = 3  # of the places and names that `--show` gives all
_UNCHANGED = "the same"  # the counterpart of what needs no edit
_MEANING = {
    Action.MANUAL: "left to you",
    Action.REVIEW: "done for you, with a difference named below",
    Action.REWRITE: "done for you, same meaning",
}
_INDENT = " " * 10


def verdict(run: Run) -> Line:
    """Return the answer in one sentence."""
    moving, staying = len(run.plan.moving), len(run.plan.staying)
    moved = "moved" if run.written else "can move"
    if not moving and not staying:
        return Line(_no_tasks(run), "head")
    if not staying:
        who = "The only task" if moving == 1 else f"All {moving} tasks"
        return Line(f"{who} {moved} to Dramatiq.", "good")
    if not moving:
        who = "The only task cannot" if staying == 1 else f"None of the {staying} tasks can"
        return Line(f"{who} move to Dramatiq yet.", "head")
    rest = f"{staying} {verb(staying, 'stay')} on Celery"
    return Line(f"{moving} of {moving + staying} tasks {moved} to Dramatiq; {rest}.", "head")


def _no_tasks(run: Run) -> str:
    files = run.project.sources
    if run.incomplete:
        return "No Celery task was found in the files that could be read."
    if not files and not run.plan.unreadable:
        return f"There is no Python file in {run.project.root}."
    if run.plan.tasks:
        return "No Celery task was found outside the tests."
    return "No Celery task was found."


def remarks(run: Run, *, quiet: bool) -> Iterator[str]:
    """Yield what has to be said beside a patch: the answer, and what was not read."""
    if not quiet:
        yield verdict(run).text
    for file in statuses(run):
        if file["status"] == "skipped" and (file["celery"] or not quiet):
            yield _skipped(file).text.strip()


# -- constructs


def constructs(plan: Plan, *, show: bool) -> Section:
    """Return every construct that was found, how often, and what is done about it."""
    places: defaultdict[Row, set[object]] = defaultdict(set)
    for finding in plan.findings:
        places[finding.row].add(finding.place)
    rows = [row for row in places if row.dramatiq != _UNCHANGED]
    order = list(_MEANING)
    rows.sort(key=lambda row: (order.index(row.action), -len(places[row]), row.code))
    items: list[Item] = [[Line(_row(row, len(places[row])))] for row in rows]
    same = sum(len(found) for row, found in places.items() if row.dramatiq == _UNCHANGED)
    if same and show:
        items.append([Line(f"          {same:4}  {verb(same, 'need')} no change")])
    title = "Constructs: " + ", ".join(_sums(rows, {r: len(f) for r, f in places.items()}))
    return Section(Line(title, "head"), items)


def _sums(rows: Sequence[Row], number: dict[Row, int]) -> Iterator[str]:
    for action, meaning in _MEANING.items():
        total = sum(number[row] for row in rows if row.action is action)
        if total:
            yield f"{total} {action.value} ({meaning})"


def _row(row: Row, number: int) -> str:
    arrow = f" -> {row.dramatiq}" if row.dramatiq else ""
    return f"  {row.action.value:7} {number:4}  {row.code}  {row.celery}{arrow}"


# -- reasons and differences, one row of the table each, with their places


def holds(plan: Plan, *, show: bool) -> Section:
    """Return what holds tasks back, the reason that holds most of them first."""
    found: defaultdict[Row, list[Finding]] = defaultdict(list)
    tasks: defaultdict[Row, set[str]] = defaultdict(set)
    alone: defaultdict[Row, int] = defaultdict(int)
    for task in plan.staying:
        rows = {finding.row for finding in task.held_by}
        for finding in task.held_by:
            found[finding.row].append(finding)
            tasks[finding.row].add(task.task.id)
        for row in rows if len(rows) == 1 else ():
            alone[row] += 1
    items = []
    for row in sorted(found, key=lambda row: (-len(tasks[row]), -alone[row], row.code)):
        number = count(len(tasks[row]), "task") + _alone(alone[row], len(tasks[row]))
        head = Line(f"  {row.code}  holds {number}: {row.note}")
        apps = _apps(plan) if row is SEVERAL_APPS else ()
        items.append([head, *apps, *_places(found[row], show=show), *_way_out(row)])
    return Section(Line("What holds tasks back", "head"), items)


def _apps(plan: Plan) -> Iterator[Line]:
    apps = [app for app in plan.index.apps if not app.test]
    places = (f"{app.place.path}:{app.place.line} {app.variable}".strip() for app in apps)
    yield Line(f"{_INDENT}the apps: {'; '.join(places)}")


def _alone(number: int, of: int) -> str:
    """Say how many of the tasks would move but for this reason."""
    if number == 0:
        return ""
    return ", for no other reason" if number == of else f", {number} of them for no other reason"


def left(plan: Plan, *, show: bool) -> Section:
    """Return what was not done although it holds no task back, in tests for instance."""
    holding = {finding for task in plan.staying for finding in task.held_by}
    found: defaultdict[Row, list[Finding]] = defaultdict(list)
    for finding in plan.findings if plan.moving else ():
        if finding.action is Action.MANUAL and finding not in holding:
            found[finding.row].append(finding)
    items = [
        [Line(f"  {row.code}  {row.note}"), *_places(found[row], show=show), *_way_out(row)]
        for row in sorted(found, key=lambda row: row.code)
    ]
    return Section(Line("What is left to you, and holds nothing back", "head"), items)


def differences(plan: Plan, *, show: bool) -> Section:
    """Return what changes in behaviour."""
    found: defaultdict[Row, list[Finding]] = defaultdict(list)
    for finding in plan.findings:
        if finding.action is Action.REVIEW:
            found[finding.row].append(finding)
    items = [
        [Line(f"  {row.code}  {row.note}"), *_places(found[row], show=show)]
        for row in sorted(found, key=lambda row: row.code)
    ]
    return Section(Line("What changes in behaviour", "head"), items)


def _places(findings: Iterable[Finding], *, show: bool) -> Iterator[Line]:
    """Yield where it is, with what is particular there and the task that it concerns."""
    tasks: defaultdict[tuple[str, int, str], set[str]] = defaultdict(set)
    for finding in findings:
        tasks[finding.place.path, finding.place.line, finding.note].add(finding.task)
    texts = [_place(*key, names) for key, names in sorted(tasks.items())]
    if show:
        yield from (Line(f"{_INDENT}at {text}") for text in texts)
    else:
        yield Line(f"{_INDENT}at {some(texts, FEW, 'place', '; ')}")


def _place(path: str, line: int, note: str, tasks: set[str]) -> str:
    task = f" ({next(iter(tasks))})" if len(tasks) == 1 and tasks != {""} else ""
    return f"{path}:{line}{' ' if note else ''}{note}{task}"


def _way_out(row: Row) -> Iterator[Line]:
    if row.way_out:
        yield Line(f"{_INDENT}way out: {row.way_out}")


def stays(plan: Plan) -> Section:
    """Return the tasks that stay, each with the codes of what holds it."""
    items = []
    for task in plan.staying:
        codes = ", ".join(dict.fromkeys(finding.row.code for finding in task.held_by))
        own = task.task
        name = own.name or own.function
        items.append([Line(f"  {name} ({own.path}:{own.decorator.line}): {codes}")])
    return Section(Line("Tasks that stay on Celery", "head"), items)


# -- commands and files


def workers(plan: Plan) -> Section:
    """Return how to start what runs the tasks."""
    if plan.worker is None:
        return Section(Line(), ())
    rest = f"   # for the {count(len(plan.staying), 'task')} that {verb(len(plan.staying), 'stay')}"
    commands = [(plan.worker, ""), (plan.celery_worker, rest), (plan.celery_scheduler, rest)]
    items = [[Line(f"  {_typed(one)}{why}")] for one, why in commands if one is not None]
    title = Line("How to start the workers, in the project's root", "head")
    return Section(title, items, whole=True)


def _typed(command: Command) -> str:
    env = "".join(f"{name}={value} " for name, value in command.env.items())
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
    skipped = [file for file in every if file["status"] == "skipped"]
    skipped.sort(key=lambda file: not file["celery"])
    lines = [_skipped(file) for file in skipped]
    items += [[line] for line in (lines if show else lines[:FEW])]
    if not show and len(lines) > FEW:
        items.append([Line(f"  ... and {len(lines) - FEW} more skipped (--show)")])
    ignored = run.project.found.ignored
    if ignored:
        was = "was" if ignored == 1 else "were"
        what = "ignored file or folder" if ignored == 1 else "ignored files and folders"
        items.append([Line(f"{ignored} {what} {was} not looked at")])
    return Section(Line(), items, whole=True)


def _skipped(file: dict[str, object]) -> Line:
    line = f":{file['line']}" if file["line"] else ""
    celery = " (it mentions Celery)" if file["celery"] else ""
    return Line(
        f"  skipped {file['path']}{line}: {file['reason']}{celery}", "bad" if celery else ""
    )
