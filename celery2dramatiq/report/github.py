"""The report as annotations of GitHub Actions, which it shows beside the lines of a pull request.

The form is that of GitHub's "Workflow commands for GitHub Actions"; what is escaped, and how, that
of the `@actions/core` package (`escapeData`, `escapeProperty`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery2dramatiq.mapping import Action
from celery2dramatiq.report import diff
from celery2dramatiq.report.accounting import skipped
from celery2dramatiq.report.data import once
from celery2dramatiq.report.rules import title
from celery2dramatiq.report.sections import verdict
from celery2dramatiq.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery2dramatiq.plan import Finding
    from celery2dramatiq.run import Run

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def as_github(run: Run) -> str:
    """Return a line each for what is left to somebody: the worst first, as only some are shown.

    What is done with the same meaning has none.
    """
    return "".join(f"{line}\n" for line in _lines(run))


def _lines(run: Run) -> Iterator[str]:
    prefix = diff.below_repository(run.project.root)
    for file in skipped(run):
        if file["celery"]:
            where = {"file": prefix + file["path"], "line": file["line"] or 1}
            yield _command("error", where, "not read", file["reason"])
    for one in run.new:
        for place in one.places:
            where = {"file": prefix + place.path, "line": place.line, "col": place.column}
            said = f"{one.entry.of} {one.entry.use}: the baseline does not have this use of Celery"
            yield _command("error", where, "new use of Celery", said)
    findings = [finding for finding, _ in once(run.plan, run.plan.findings)]
    for action, level in ((Action.MANUAL, "warning"), (Action.REVIEW, "notice")):
        for finding in findings:
            if finding.action is action:
                yield _annotation(level, finding, prefix)
    yield _command("notice", {}, "celery2dramatiq", verdict(run).text)


def _annotation(level: str, finding: Finding, prefix: str) -> str:
    place, row = finding.place, finding.row
    where = {"file": prefix + place.path, "line": place.line, "col": place.column}
    way_out = f"\nWay out: {row.way_out}." if row.way_out else ""
    said = finding.text or row.celery
    return _command(level, where, f"{row.code} {title(row)}", f"{said}.{way_out}")


def _command(level: str, where: dict[str, object], head: str, text: str) -> str:
    """Return one annotation. Nothing in it can end its property, its line or the command."""
    given = {**where, "title": head}
    properties = ",".join(f"{k}={visible(str(v)).translate(_PROPERTY)}" for k, v in given.items())
    lines = "\n".join(map(visible, text.split("\n")))
    return f"::{level} {properties}::{lines.translate(_DATA)}"
