"""The tool, seen from the bench: one function, one report."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.case import Case


class MigrationError(Exception):
    """The tool did not do what it was asked to."""


@dataclass(frozen=True)
class Command:
    """A shell command for the project's root, and the variables that it needs."""

    command: str
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What the bench uses of the tool's JSON report."""

    worker: Command | None
    scheduler: Command | None
    celery_worker: Command | None
    celery_scheduler: Command | None
    findings: tuple[Mapping[str, Any], ...]


def migrate(project: Path, case: Case) -> Report:
    """Migrate the copy of a project in place; a case with a migrated copy of its own uses that."""
    if case.migrated:
        return _by_hand(project, case.migrated)
    command = [*case.tool, "apply", "--allow-no-vcs", "--format", "json", *case.extra_args]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    said = f"{result.stdout}{result.stderr}"
    if result.returncode:
        raise MigrationError(f"`{' '.join(command)}` ended with {result.returncode}:\n{said}")
    try:
        return parse(json.loads(result.stdout))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise MigrationError(
            f"the report is not what the bench expects: {error!r}\n{said}"
        ) from error


def parse(report: Mapping[str, Any]) -> Report:
    """The report from the tool's JSON."""
    return Report(
        worker=_command(report.get("worker")),
        scheduler=_command(report.get("scheduler")),
        celery_worker=_command(report.get("celery_worker")),
        celery_scheduler=_command(report.get("celery_scheduler")),
        findings=tuple(report.get("findings", ())),
    )


def finding_line(finding: Mapping[str, Any]) -> str:
    """A finding on one line."""
    names = ("action", "code", "celery", "note")
    what = " ".join(str(finding[name]) for name in names if finding.get(name))
    return f"{finding.get('path')}:{finding.get('line')} {what}"


def _command(entry: Mapping[str, Any] | None) -> Command | None:
    """A command, or None when the entry or the command in it is null."""
    if not entry or not entry.get("command"):
        return None
    return Command(entry["command"], entry.get("env") or {})


def _by_hand(project: Path, migrated: Path) -> Report:
    """Put a hand-migrated copy over the project; its report.json stands for the tool's."""
    ignore = shutil.ignore_patterns("report.json", "__pycache__")
    shutil.copytree(migrated, project, ignore=ignore, dirs_exist_ok=True)
    return parse(json.loads((migrated / "report.json").read_text(encoding="utf-8")))
