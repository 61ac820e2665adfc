"""The sections of the page, each out of what the report says as data."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from celery2dramatiq.codemod import load
from celery2dramatiq.report.english import count
from celery2dramatiq.report.html.markup import Html, folded, join, listed, place, prose, table, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from celery2dramatiq.mapping import Row
    from celery2dramatiq.report.data import Json
    from celery2dramatiq.report.modules import Module

Places = dict[tuple[str, int, str], set[str]]  # path, line, note: the tasks that it concerns
FEW = 8  # places that are shown at once


def tiles(data: Json, files: int) -> Html:
    """Return the numbers on which a decision rests."""
    tasks = [task for task in data["tasks"] if not task["test"]]
    moving = sum(task["moves"] for task in tasks)
    review = len({one["code"] for one in data["findings"] if one["action"] == "REVIEW"})
    reasons = {one["code"] for task in tasks for one in task["held_by"]}
    moved = "moved" if data["written"] else "can move"
    change = "changed" if data["written"] else "would change"
    given = (
        ("moves", moving, f"task {moved}", f"tasks {moved}"),
        ("stays", len(tasks) - moving, "stays on Celery", "stay on Celery"),
        ("MANUAL", len(reasons), "reason that holds tasks back", "reasons that hold tasks back"),
        ("REVIEW", review, "difference in behaviour", "differences in behaviour"),
        ("", files, f"file {change}", f"files {change}"),
    )
    return tag("ul", *(_tile(*each) for each in given), class_="tiles")


def _tile(kind: str, number: int, one: str, many: str) -> Html:
    words = one if number == 1 else many
    return tag("li", tag("strong", str(number)), tag("span", words), class_=kind)


def rows_of(data: Json) -> Html:
    """Return every construct that was found, and what becomes of it."""
    number: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
    for one in data["findings"]:
        number[one["action"], one["code"], one["celery"], one["dramatiq"]] += 1
    order = ("MANUAL", "REVIEW", "REWRITE")
    rows = [
        (_badge(action), tag("code", code), str(number[action, code, was, now]),
         prose(was), prose(now))
        for action, code, was, now in sorted(number, key=lambda k: (order.index(k[0]), k[1]))
    ]  # fmt: skip
    return folded("Every construct", table(("", "code", "times", "Celery", "Dramatiq"), rows))


def _badge(action: str) -> Html:
    return tag("span", action, class_=f"badge {action}")


# -- modules


def modules(found: Sequence[Module]) -> Html:
    """Return what can move alone and what hangs together."""
    rows = []
    for module in found:
        moving = sum(task.moves for task in module.tasks)
        others = join((tag("code", path) for path in module.together), ", ")
        rows.append((tag("code", module.path), str(len(module.tasks)), str(moving),
                     others if module.together else "nothing: it can go by itself"))  # fmt: skip
    found_table = table(("module", "tasks", "can move", "hangs together with"), rows)
    return found_table if len(rows) <= FEW else folded(f"All {len(rows)} modules", found_table)


# -- reasons and differences


def holds(data: Json) -> Html:
    """Return the reasons, the one that holds most tasks first."""
    tasks: defaultdict[str, set[str]] = defaultdict(set)
    places: defaultdict[str, Places] = defaultdict(lambda: defaultdict(set))
    for task in (task for task in data["tasks"] if not task["test"]):
        for one in task["held_by"]:
            tasks[one["code"]].add(task["name"])
            places[one["code"]][one["path"], one["line"], one["note"]].add(task["name"])
    codes = sorted(tasks, key=lambda code: (-len(tasks[code]), code))
    return join(_hold(code, len(tasks[code]), places[code]) for code in codes)


def _hold(code: str, number: int, places: Places) -> Html:
    row = next(row for row in load().rows if row.code == code)
    loss = f" Or take the loss: `--accept {code}`." if row.acceptable else ""
    return tag(
        "article",
        tag("h3", tag("code", code), f" holds {count(number, 'task')}"),
        tag("p", prose(f"{row.celery}: {row.note}.")),
        tag("p", tag("strong", "Way out: "), prose(f"{row.way_out}.{loss}")),
        some([_held(row, *where, tasks) for where, tasks in sorted(places.items())]),
    )


def _held(row: Row, path: str, line: int, note: str, tasks: set[str]) -> Html:
    """Return one place, with what is particular there and the tasks that it concerns."""
    here = note.removesuffix(row.note).removesuffix(": ")
    who = next(iter(tasks)) if len(tasks) == 1 else count(len(tasks), "task")
    return join([place(path, line), " ", prose(f"{here}: " if here else ""), who])


def differences(data: Json) -> Html:
    """Return what changes in behaviour, each with its places."""
    said: defaultdict[tuple[str, str], dict[tuple[str, int], None]] = defaultdict(dict)
    for one in data["findings"]:
        if one["action"] == "REVIEW":
            said[one["code"], one["note"]][one["path"], one["line"]] = None
    return join(
        tag("article", tag("p", tag("code", code), " ", prose(f"{note}.")),
            some([place(*where) for where in places]))
        for (code, note), places in sorted(said.items())
    )  # fmt: skip


def some(items: Sequence[Html]) -> Html:
    """Return a list of which the first few are seen."""
    return shown(items, listed)


def shown(items: Sequence[Html], put: Callable[[Sequence[Html]], Html] = join) -> Html:
    """Return the first few items, and the rest folded away."""
    if len(items) <= FEW:
        return put(items)
    return join([put(items[:FEW]), folded(f"{len(items) - FEW} more", put(items[FEW:]))])


def weighing(points: Sequence[Json]) -> Html:
    """Return what speaks for the move and against it."""
    heads = {"for": "For the move", "against": "Against it",
             "instead": "A newer Celery may be enough"}  # fmt: skip
    parts = []
    for kind, head in heads.items():
        said = [prose(f"{one['text']}.") for one in points if one["kind"] == kind]
        if said:
            parts += [tag("h3", head), listed(said)]
    return join(parts)


# -- what the project needs, and where it runs


def dependencies(data: Json) -> Html:
    """Return what the migrated project requires."""
    rows = [
        (tag("code", one["requirement"]), one["version"] or "", one["group"], prose(one["reason"]))
        for one in data["dependencies"]
    ]
    return table(("requirement", "release", "for", "why"), rows) if rows else Html()


def environments(data: Json) -> Html:
    """Return the settings that count in each environment, without their values."""
    rows = [
        (tag("code", one["name"] or "everywhere"), tag("code", each["key"]),
         tag("code", each["name"]), place(each["path"], each["line"]))
        for one in data["environments"]
        for each in one["settings"]
    ]  # fmt: skip
    head = ("environment", "setting", "Celery's name for it", "written at")
    return table(head, rows) if rows else Html()


def commands(data: Json) -> Html:
    """Return how to start what runs the tasks."""
    names = {
        "worker": "Dramatiq's workers",
        "scheduler": "the scheduler: only one of it",
        "celery_worker": "Celery's workers, for the tasks that stay",
        "celery_scheduler": "Celery's beat, for the entries of the schedule that stay",
    }
    rows = []
    for key, what in names.items():
        if data[key] is not None:
            env = "".join(f"{name}={value} " for name, value in sorted(data[key]["env"].items()))
            rows.append((what, tag("code", env + data[key]["command"])))
    return table(("what", "command, in the project's root"), rows) if rows else Html()


def files(data: Json) -> Html:
    """Account for every file."""
    sums = data["totals"]
    would = "changed" if data["written"] else "would change"
    said = (
        f"{sums['scanned']} scanned = {sums['changed']} {would} + {sums['unchanged']} unchanged"
        f" + {sums['skipped']} skipped"
    )
    rows = [
        (place(one["path"], one["line"] or 1), one["reason"], "yes" if one["celery"] else "no")
        for one in data["files"]
        if one["status"] == "skipped"
    ]
    skipped = [table(("skipped", "why", "mentions Celery"), rows)] if rows else []
    return join([tag("p", said), *skipped])
