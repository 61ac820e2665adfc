"""The report as Markdown, for a pull request or an issue, with Mermaid drawings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from celery2dramatiq.mapping import Action
from celery2dramatiq.report import diff
from celery2dramatiq.report.data import as_data
from celery2dramatiq.report.english import count
from celery2dramatiq.report.outcome import CUT_OVER
from celery2dramatiq.report.prose import cell, code, escaped
from celery2dramatiq.report.sections import verdict
from celery2dramatiq.visible import visible

if TYPE_CHECKING:
    from celery2dramatiq.run import Run

Json = dict[str, Any]
MOST = 40  # tasks in a drawing; more are no drawing
FEW = 20  # rows of a table without `--show`
_TITLES = {
    "MANUAL": "Left to you",
    "REVIEW": "Done, with a difference",
    "REWRITE": "Done, same meaning",
}


def as_markdown(run: Run, *, show: bool) -> str:
    """Return the report. What comes from the project is escaped, or stands in a span of code."""
    data = as_data(run)
    parts = [
        ["# From Celery to Dramatiq", "", f"**{escaped(verdict(run).text)}**"],
        _new(data),
        _constructs(data, show),
        _holds(data, show),
        _decisions(data),
        _weighing(data),
        _drawing(data),
        _modules(data, show),
        _canvases(data),
        _findings(data, "REVIEW", "What changes in behaviour", show),
        _patch(run),
        _dependencies(data),
        _environments(data, show),
        _commands(data),
        _cut_over(run),
        _files(data, show),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


# -- tables


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, show: bool) -> list[str]:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    more = len(lines) - FEW
    left = ["", f"... and {more} more (`--show`)"] if more > 0 and not show else []
    rule = f"|{'---|' * len(head)}"
    return [f"| {' | '.join(head)} |", rule, *(lines if show else lines[:FEW]), *left]


def _place(path: str, line: object) -> str:
    return code(f"{path}:{line}")


def _new(data: Json) -> list[str]:
    if not data["new"]:
        return []
    rows = (
        (code(f"{one['of']} {one['use']}"), _place(one["path"], one["places"][-1]["line"]))
        for one in data["new"]
    )
    title = "## Uses of Celery that the baseline does not have"
    return [title, "", *_table(("use", "place"), rows, show=True)]


def _constructs(data: Json, show: bool) -> list[str]:
    number: defaultdict[tuple[int, str, str, str], int] = defaultdict(int)
    order = [action.value for action in (Action.MANUAL, Action.REVIEW, Action.REWRITE)]
    for one in data["findings"]:
        key = (order.index(one["action"]), one["code"], one["celery"], one["dramatiq"])
        number[key] += 1
    rows = (
        (_TITLES[order[at]], row, str(number[at, row, was, now]), cell(was), cell(now))
        for at, row, was, now in sorted(number)
    )
    head = ("", "code", "times", "Celery", "Dramatiq")
    return ["## Constructs", "", *_table(head, rows, show=show)] if number else []


def _holds(data: Json, show: bool) -> list[str]:
    rows = [
        (code(task["name"]), reason["code"], _place(reason["path"], reason["line"]),
         cell(reason["note"]))
        for task in data["tasks"]
        for reason in task["held_by"]
        if not task["test"]
    ]  # fmt: skip
    head = ("task", "code", "place", "reason")
    if not rows:
        return []
    return ["## What holds tasks back", "", *_table(head, rows, show=show), *_accepted(data)]


def _accepted(data: Json) -> list[str]:
    found = data["acceptance"]
    if found is None:
        return []
    flags = " ".join(f"--accept {one}" for one in found["codes"])
    number = count(len(found["tasks"]), "task")
    return ["", f"If these losses are taken, {number} more could move: {code(flags)}"]


def _decisions(data: Json) -> list[str]:
    rows = [
        (cell(one["question"]), cell(one["chosen"]), code(one["otherwise"]))
        for one in data["decisions"]
    ]
    head = ("question", "as it stands", "otherwise")
    return ["## Decisions", "", *_table(head, rows, show=True)] if rows else []


_KINDS = {"for": "for", "against": "against", "instead": "a newer Celery may be enough"}


def _weighing(data: Json) -> list[str]:
    points = [f"- {_KINDS[one['kind']]}: {escaped(one['text'])}" for one in data["weighing"]]
    return ["## For and against", "", *points] if points else []


def _modules(data: Json, show: bool) -> list[str]:
    rows = [
        (code(one["path"]), str(one["tasks"]), str(one["moving"]),
         ", ".join(map(code, one["together"])) or "nothing: it can go by itself")
        for one in data["modules"]
    ]  # fmt: skip
    head = ("module", "tasks", "can move", "hangs together with")
    return ["## Modules", "", *_table(head, rows, show=show)] if len(rows) > 1 else []


def _environments(data: Json, show: bool) -> list[str]:
    rows = [
        (code(each["name"]) if each["name"] else "everywhere", code(one["key"]),
         _place(one["path"], one["line"]))
        for each in data["environments"]
        for one in each["settings"]
    ]  # fmt: skip
    head = ("environment", "setting", "place")
    return ["## Settings", "", *_table(head, rows, show=show)] if rows else []


def _findings(data: Json, action: str, title: str, show: bool) -> list[str]:
    rows = [
        (one["code"], _place(one["path"], one["line"]), cell(one["note"]))
        for one in data["findings"]
        if one["action"] == action
    ]
    head = ("code", "place", "difference")
    return [f"## {title}", "", *_table(head, rows, show=show)] if rows else []


# -- drawings


def _drawing(data: Json) -> list[str]:
    """Draw which tasks of which module move, and what holds the others."""
    tasks = [task for task in data["tasks"] if not task["test"]]
    if not 0 < len(tasks) <= MOST:
        return []
    return ["## Modules and tasks", "", "```mermaid", *_flowchart(tasks), "```"]


_CLASSES = (
    "  classDef moves stroke:#2a2,stroke-width:2px",
    "  classDef stays stroke:#a22,stroke-width:2px,stroke-dasharray:4",
)


def _flowchart(tasks: Sequence[Json]) -> Iterator[str]:
    yield "flowchart LR"
    modules: defaultdict[str, list[int]] = defaultdict(list)
    for number, task in enumerate(tasks):
        modules[task["path"]].append(number)
    for at, (path, numbers) in enumerate(sorted(modules.items())):
        yield f"  subgraph m{at}[{label(path)}]"
        for number in numbers:
            kind = "moves" if tasks[number]["moves"] else "stays"
            yield f"    t{number}[{label(tasks[number]['name'])}]:::{kind}"
        yield "  end"
    reasons = sorted({one["code"] for task in tasks for one in task["held_by"]})
    for reason in reasons:
        yield f"  {reason}([{label(reason)}])"
    for number, task in enumerate(tasks):
        for reason in sorted({one["code"] for one in task["held_by"]}):
            yield f"  {reason} --> t{number}"
    yield from _CLASSES


def _canvases(data: Json) -> list[str]:
    """Draw what is sent after what, an expression a drawing."""
    found = data["canvases"]
    if not 0 < sum(len(one["nodes"]) for one in found) <= MOST:
        return []
    return ["## What is sent after what", *(line for one in found for line in _canvas(one))]


def _canvas(one: Json) -> Iterator[str]:
    end = "kept" if one["moves"] else "stays on Celery"
    yield from ("", f"{_place(one['path'], one['line'])} {end}", "", "```mermaid", "flowchart LR")
    kind = "moves" if one["moves"] else "stays"
    for number, text in enumerate(one["nodes"]):
        yield f"  n{number}[{label(text)}]:::{kind}"
    for before, after in one["edges"]:
        yield f"  n{before} --> n{after}"
    yield from _CLASSES
    yield "```"


def label(text: str) -> str:
    """Return a text as Mermaid shows it, whatever is in it (`#35;` is a number sign)."""
    safe = (c if c.isalnum() or c in " _./:" else f"#{ord(c)};" for c in visible(text))
    return f'"{"".join(safe)}"'


# -- the rest


def _patch(run: Run) -> list[str]:
    if not run.changes:
        return []
    counts = [(change.path, *diff.counts(change)) for change in run.changes]
    rows = ((code(path), f"+{added}", f"-{removed}") for path, added, removed in counts)
    title = "## Changed" if run.written else "## Would change"
    return [title, "", *_table(("file", "added", "removed"), rows, show=True)]


def _dependencies(data: Json) -> list[str]:
    rows = [(code(one["requirement"]), cell(one["reason"])) for one in data["dependencies"]]
    title = "## What the project requires from now on"
    return [title, "", *_table(("requirement", "why"), rows, show=True)] if rows else []


def _commands(data: Json) -> list[str]:
    lines = []
    for name in ("worker", "scheduler", "celery_worker", "celery_scheduler"):
        command = data[name]
        if command is not None:
            env = "".join(f"{key}={value} " for key, value in sorted(command["env"].items()))
            lines.append(f"- {code(env + command['command'])}")
    return ["## How to start the workers, in the project's root", "", *lines] if lines else []


def _cut_over(run: Run) -> list[str]:
    steps = [f"{number}. {escaped(step)}" for number, step in enumerate(CUT_OVER, 1)]
    return ["## Before production switches over", "", *steps] if run.changes else []


def _files(data: Json, show: bool) -> list[str]:
    sums = data["totals"]
    line = (
        f"{sums['scanned']} scanned = {sums['changed']} changed + {sums['unchanged']} unchanged"
        f" + {sums['skipped']} skipped"
    )
    rows = [
        (code(one["path"]), cell(one["reason"]), "yes" if one["celery"] else "no")
        for one in data["files"]
        if one["status"] == "skipped"
    ]
    head = ("skipped", "why", "mentions Celery")
    table = ["", *_table(head, rows, show=show)] if rows else []
    return ["## Files", "", escaped(line), *table]
