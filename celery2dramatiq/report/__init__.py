"""The reports: what a run found and did, in the form that was asked for."""

from __future__ import annotations

from celery2dramatiq.report import diff, text
from celery2dramatiq.report.data import as_json
from celery2dramatiq.run import Run


def scan(run: Run, *, form: str, show: bool, color: bool | None) -> str:
    """Return the feasibility report."""
    return as_json(run) if form == "json" else text.scan(run, show=show, color=color)


def apply(run: Run, *, form: str, show: bool, color: bool | None) -> str:
    """Return the diff report."""
    return as_json(run) if form == "json" else text.apply(run, show=show, color=color)


def patch(run: Run) -> str:
    """Return a patch that `git apply` takes."""
    return diff.patch(run.changes)
