"""The report of `verify`: text for a person, or JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from celery2dramatiq._version import __version__
from celery2dramatiq.report.english import count
from celery2dramatiq.report.terminal import Line, wants_color
from celery2dramatiq.report.terminal import render as rendered
from celery2dramatiq.verify.finding import Finding
from celery2dramatiq.verify.run import Check
from celery2dramatiq.verify.schedule import shown
from celery2dramatiq.visible import without_surrogates

SCHEMA = 1
_SHOWN = 3  # moments of each entry


def render(check: Check, *, form: str, color: bool | None) -> str:
    """Return the report. form: `text` or `json`."""
    if form == "json":
        return without_surrogates(json.dumps(as_data(check), indent=2)) + "\n"
    return rendered([*_head(check), *_findings(check), *_end(check)], color=wants_color(color))


def as_data(check: Check) -> dict[str, Any]:
    """Return the report as plain data; the keys are described in `docs/verify.md`."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "inventory": check.inventory.source,
        "interpreter": {
            "path": check.interpreter.path,
            "why": check.interpreter.why,
            "python": check.python,
            "dramatiq": check.dramatiq,
        },
        "worker": check.command,
        "broker": {"class": check.broker, "middleware": list(check.middleware)},
        "tasks": [
            {"name": task.name, "path": task.path, "line": task.line,
             "status": check.status(task)}
            for task in check.inventory.tasks
        ],
        "findings": [
            {"code": f.code, "text": f.text, "next": f.next, "tasks": list(f.tasks),
             "path": f.path, "line": f.line, "trace": list(f.trace)}
            for f in check.findings
        ],
        "schedule": [
            {"name": row.name, "task": row.task, "agrees": row.agrees,
             "celery": list(map(shown, row.celery)), "scheduler": list(map(shown, row.scheduler))}
            for row in check.schedule
        ],
        "notes": list(check.notes),
    }  # fmt: skip


def _head(check: Check) -> Iterator[Line]:
    tasks = check.inventory.tasks
    are = Counter(check.status(task) for task in tasks)
    unknown = f", {are['unknown']} not comparable" if are["unknown"] else ""
    if check.findings:
        yield Line(f"{count(len(check.findings), 'difference')} found.", "bad")
    else:
        yield Line("The migrated project does what the inventory says.", "good")
    yield Line(
        f"{count(len(tasks), 'task')} in {check.inventory.source}: {are['agrees']} agree, "
        f"{are['differs']} differ, {are['celery']} on Celery still{unknown}."
    )
    if check.python:
        yield Line(
            f"Imported by {check.interpreter.path} ({check.interpreter.why}): "
            f"Python {check.python}, Dramatiq {check.dramatiq}"
        )
        yield Line(f"As by: {check.command}")
    for row in check.schedule:
        due = ", ".join(map(shown, row.scheduler[:_SHOWN])) or "never"
        agrees = {True: "as with Celery", False: "not as with Celery", None: "not compared"}
        yield Line(f"Schedule: {row.name} is due {due} ({agrees[row.agrees]})")
    if check.broker:
        short = ", ".join(name.rpartition(".")[2] for name in check.middleware)
        yield Line(f"Broker: {check.broker} with {short or 'no middleware'}")


def _findings(check: Check) -> Iterator[Line]:
    for finding in check.findings:
        yield Line()
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[Line]:
    place = f"{finding.path}:{finding.line}: " if finding.path else ""
    yield Line(f"{place}{finding.text} [{finding.code}]", "head")
    if finding.code == "not-importable" and finding.tasks:
        yield Line(f"  no actor because of it: {', '.join(finding.tasks)}")
    for line in finding.trace:
        yield Line(f"  | {line}")
    yield Line(f"  next: {finding.next}")


def _end(check: Check) -> Iterator[Line]:
    if check.notes:
        yield Line()
        yield Line("Not compared, or worth knowing", "head")
        for note in check.notes:
            yield Line(f"  {note}")
