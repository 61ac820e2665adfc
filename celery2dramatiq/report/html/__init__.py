"""The report as a page: one file, for whoever decides about the move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery2dramatiq.report import modules
from celery2dramatiq.report.data import as_data
from celery2dramatiq.report.drawings import drawings
from celery2dramatiq.report.html import canvases, charts, diffs, graph, sections
from celery2dramatiq.report.html.markup import Html, join, listed, place, tag
from celery2dramatiq.report.html.page import Part, page
from celery2dramatiq.report.outcome import CUT_OVER
from celery2dramatiq.report.sections import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celery2dramatiq.files import Change
    from celery2dramatiq.plan import Plan
    from celery2dramatiq.report.data import Json
    from celery2dramatiq.run import Run

__all__ = ["as_html"]


def as_html(run: Run) -> str:
    """Return the page. What comes from the project is escaped where it is put in."""
    data, answer = as_data(run), verdict(run)
    changes = run.preview()
    head = sections.tiles(data, sum(change.before is not None for change in changes))
    parts = [*_findings(run, data), *_needs(data, changes)]
    return page(run.project.root.name, answer.text, answer.style == "good", head, parts)


def _findings(run: Run, data: Json) -> Iterator[Part]:
    """Yield what was found, and what it means: what decides comes first."""
    plan = run.draft.plan
    found = modules.modules(plan)
    yield Part("holds", "What holds tasks back", sections.holds(data),
               otherwise="Nothing holds a task back.")  # fmt: skip
    yield Part("weighing", "For and against", sections.weighing(data["weighing"]),
               "Only what holds for this project.",
               "Nothing is known that holds for this project.")  # fmt: skip
    yield Part("behaviour", "What changes in behaviour", sections.differences(data),
               otherwise="No difference is known that could be observed.")  # fmt: skip
    yield Part("modules", "Modules", _modules(plan, found) if found else Html(),
               "On the left the files that send tasks, on the right the modules that declare them. "
               "A dotted line joins modules whose tasks move together, or not at all: they stand "
               "in one chain or group, or somebody waits for their results.",
               "No module declares a task.")  # fmt: skip
    yield Part("canvases", "What is sent after what", _canvases(plan),
               "Arrows say what follows; what stands in one frame runs at the same time.",
               "No chain, group or chord is built here.")  # fmt: skip
    yield Part("constructs", "Constructs", _constructs(plan, data),
               otherwise="Celery is not used anywhere that was read.")  # fmt: skip


def _constructs(plan: Plan, data: Json) -> Html:
    if not data["findings"]:
        return Html()
    tests = {path for path, module in plan.index.modules.items() if module.test}
    return join([charts.constructs(data["findings"], tests), sections.rows_of(data)])


def _modules(plan: Plan, found: Sequence[modules.Module]) -> Html:
    sends = modules.sends(plan)
    more = graph.left_out(found, sends)
    note = [tag("p", f"{more} more are not in the drawing.", class_="about")] if more else []
    return join([graph.legend(), graph.drawn(found, sends), *note, sections.modules(found)])


def _canvases(plan: Plan) -> Html:
    parts = []
    for one in drawings(plan):
        kind = "moves" if one.moves else "stays"
        end = tag("span", "kept" if one.moves else "stays on Celery", class_=f"badge {kind}")
        where = tag("p", place(one.place.path, one.place.line), " ", end)
        parts.append(tag("figure", where, canvases.drawn(one)))
    return sections.shown(parts)


def _needs(data: Json, changes: Sequence[Change]) -> Iterator[Part]:
    """Yield what has to be done: the edits, and what they ask for."""
    yield Part("changes", "Changed files" if data["written"] else "What would change",
               diffs.files(changes), "Each file can be unfolded.", "No file.")  # fmt: skip
    yield Part("requirements", "Requirements", sections.dependencies(data),
               "What the project requires from now on.",
               "No new requirement, as nothing moves.")  # fmt: skip
    yield Part("environments", "Environments", sections.environments(data),
               "Where Celery's settings are written. Values are left out: they may be secret.",
               "No setting of Celery's is written out.")  # fmt: skip
    yield Part("commands", "Workers", sections.commands(data),
               otherwise="No worker is needed, as nothing moves.")  # fmt: skip
    yield Part("production", "Before production switches over",
               listed(CUT_OVER, "ol") if changes else Html(),
               otherwise="Nothing switches over.")  # fmt: skip
    yield Part("files", "Files", sections.files(data))
