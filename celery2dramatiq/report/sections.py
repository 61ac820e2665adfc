"""What a report says about the tasks and what is done with them, section by section."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celery2dramatiq.mapping import SEVERAL_APPS, Action, Row
from celery2dramatiq.plan import Finding
from celery2dramatiq.report.english import count, some, verb
from celery2dramatiq.report.inventory import name_of
from celery2dramatiq.report.layout import Item, Section
from celery2dramatiq.report.terminal import Line

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from celery2dramatiq.index import Place
    from celery2dramatiq.plan import Plan
    from celery2dramatiq.run import Run

# Findings by their row, each with the task that it concerns.
Found = defaultdict[Row, list[tuple[Finding, str]]]

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
    found = "No Celery task was found" + (" outside the tests" if run.plan.tasks else "")
    places = len({finding.place for finding in run.plan.findings})
    return f"{found}; Celery is used in {count(places, 'place')}." if places else f"{found}."


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


@dataclass
class _Held:
    """What one row holds back. alone: those of the tasks that nothing else holds."""

    found: list[tuple[Finding, str]] = field(default_factory=list)
    tasks: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)


def holds(run: Run, *, show: bool) -> Section:
    """Return what holds tasks back, the reason that holds most of them first."""
    plan = run.plan
    ignored = {_what(finding) for finding in run.heard.ignored}
    by_row = _held(plan, ignored)
    items: list[Item] = []
    for row in sorted(by_row, key=lambda r: (-len(by_row[r].tasks), -len(by_row[r].alone), r.code)):
        held = by_row[row]
        number = count(len(held.tasks), "task") + _alone(len(held.alone), len(held.tasks))
        head = Line(f"  {row.code}  holds {number}: {row.note}")
        apps = _apps(plan) if row is SEVERAL_APPS else ()
        loss = f"; or take the loss: --accept {row.code}" if row.acceptable else ""
        items.append([head, *apps, *_places(held.found, show=show), _way_out(row, loss)])
    silent = Counter(f.row.code for t in plan.staying for f in t.held_by if _what(f) in ignored)
    if silent:
        codes = ", ".join(f"{code} ({count(silent[code], 'task')})" for code in sorted(silent))
        items.append([Line(f"  and ignored, as was asked for: {codes}")])
    items.extend(_if_accepted(run))
    return Section(Line("What holds tasks back", "head"), items)


def _if_accepted(run: Run) -> Iterator[Item]:
    """Say what several losses hold back together; of one alone its own line says it."""
    found = run.acceptance
    if found is not None and len(found.codes) > 1:
        number = len(found.tasks)
        flags = " ".join(f"--accept {code}" for code in found.codes)
        who = f"{number} of the {len(run.plan.staying)} tasks that stay could move"
        yield [Line(f"  If these losses are taken, {who}: {flags}")]


def _held(plan: Plan, ignored: Container[tuple[Row, Place, str]]) -> dict[Row, _Held]:
    by_row: defaultdict[Row, _Held] = defaultdict(_Held)
    for task in plan.staying:
        several = len({finding.row for finding in task.held_by}) > 1
        for finding in task.held_by:
            if _what(finding) in ignored:
                continue
            held = by_row[finding.row]
            held.found.append((finding, name_of(task)))
            held.tasks.add(task.task.id)
            held.alone |= set() if several else {task.task.id}
    return by_row


def _apps(plan: Plan) -> Iterator[Line]:
    apps = [app for app in plan.index.apps if not app.test]
    places = (f"{app.place.path}:{app.place.line} {app.variable}".strip() for app in apps)
    yield Line(f"{_INDENT}the apps: {'; '.join(places)}")


def _alone(number: int, of: int) -> str:
    """Say how many of the tasks would move but for this reason."""
    if number == 0:
        return ""
    return ", for no other reason" if number == of else f", {number} of them for no other reason"


def new(run: Run, *, show: bool) -> Section:
    """Return the uses of Celery that the baseline does not have."""
    items: list[Item] = []
    for one in run.new:
        where = [f"{place.path}:{place.line}" for place in one.places]
        inside = f" in {one.entry.scope}" if one.entry.scope else ""
        known = f", of which the baseline has {one.known}" if one.known else ""
        named = "; ".join(where) if show else some(where, FEW, "place", "; ")
        items.append([Line(f"  {one.entry.of} {one.entry.use}{inside}: {named}{known}")])
    return Section(Line("Uses of Celery that the baseline does not have", "bad"), items)


def left(run: Run, *, show: bool) -> Section:
    """Return what was not done although it holds no task back: in tests, or as accepted."""
    plan = run.plan
    holding = {_what(finding) for task in plan.staying for finding in task.held_by}
    found: Found = defaultdict(list)
    for finding in plan.findings if plan.moving or not plan.staying else ():
        if finding.action is Action.MANUAL and _what(finding) not in holding:
            found[finding.row].append((finding, finding.task))
    items = []
    for row in sorted(found, key=lambda row: row.code):
        accepted = " (accepted)" if row.code in run.options.accept else ""
        head = Line(f"  {row.code}{accepted}  {row.note}")
        items.append([head, *_places(found[row], show=show), _way_out(row)])
    title = Line("What is left to you, and holds nothing back", "head")
    return Section(title, items, whole=show)


def _what(finding: Finding) -> tuple[Row, Place, str]:
    return finding.row, finding.place, finding.note


def differences(plan: Plan, *, show: bool) -> Section:
    """Return what changes in behaviour."""
    found: Found = defaultdict(list)
    for finding in plan.findings:
        if finding.action is Action.REVIEW:
            found[finding.row].append((finding, finding.task))
    items = [
        [Line(f"  {row.code}  {row.note}"), *_places(found[row], show=show)]
        for row in sorted(found, key=lambda row: row.code)
    ]
    return Section(Line("What changes in behaviour", "head"), items, whole=show)


def _places(findings: Iterable[tuple[Finding, str]], *, show: bool) -> Iterator[Line]:
    """Yield where it is, with what is particular there and the task that it concerns."""
    tasks: defaultdict[tuple[str, int, str], set[str]] = defaultdict(set)
    for finding, task in findings:
        tasks[finding.place.path, finding.place.line, finding.note].add(task)
    texts = [_place(*key, names) for key, names in sorted(tasks.items())]
    if show:
        yield from (Line(f"{_INDENT}at {text}") for text in texts)
    else:
        yield Line(f"{_INDENT}at {some(texts, FEW, 'place', '; ')}")


def _place(path: str, line: int, note: str, tasks: set[str]) -> str:
    task = f" ({next(iter(tasks))})" if len(tasks) == 1 and tasks != {""} else ""
    return f"{path}:{line}{' ' if note else ''}{note}{task}"


def _way_out(row: Row, more: str = "") -> Line:
    return Line(f"{_INDENT}way out: {row.way_out}{more}")


def stays(plan: Plan) -> Section:
    """Return the tasks that stay, each with the codes of what holds it."""
    items = []
    for task in plan.staying:
        codes = ", ".join(dict.fromkeys(finding.row.code for finding in task.held_by))
        place = task.task.decorator
        items.append([Line(f"  {name_of(task)} ({place.path}:{place.line}): {codes}")])
    return Section(Line("Tasks that stay on Celery", "head"), items)
