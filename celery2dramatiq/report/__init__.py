"""The reports: what a run found and did, in the form that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery2dramatiq.report import diff, feasibility, outcome
from celery2dramatiq.report.accounting import remarks
from celery2dramatiq.report.data import as_json
from celery2dramatiq.report.github import as_github
from celery2dramatiq.report.markdown import as_markdown
from celery2dramatiq.report.sarif import as_sarif
from celery2dramatiq.report.terminal import render, wants_color

if TYPE_CHECKING:
    from celery2dramatiq.run import Run

__all__ = ["apply", "patch", "remarks", "scan"]


def scan(run: Run, *, form: str, show: bool, color: bool | None) -> str:
    """Return the feasibility report."""
    if form == "text":
        return render(feasibility.lines(run, show=show), color=wants_color(color))
    return _other(run, form, show=show)


def apply(run: Run, *, form: str, show: bool, color: bool | None) -> str:
    """Return the diff report."""
    if form == "text":
        return render(outcome.lines(run, show=show), color=wants_color(color))
    return _other(run, form, show=show)


def _other(run: Run, form: str, *, show: bool) -> str:
    """Return the report in a form that is the same for both commands."""
    if form == "markdown":
        return as_markdown(run, show=show)
    if form == "html":
        from celery2dramatiq.report.html import as_html  # few ask for it

        return as_html(run)
    return {"json": as_json, "sarif": as_sarif, "github": as_github}[form](run)


def patch(run: Run) -> str:
    """Return a patch that `git apply` takes."""
    return diff.patch(run.changes, run.project.root)
