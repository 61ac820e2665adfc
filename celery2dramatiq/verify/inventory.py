"""What the project was: a report of `scan`, from a file or of what git has."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options

_TASK = ("name", "path", "line", "moves", "named", "module", "test", "queue", "retries", "options")
_KEYS = ("schema", "tasks", "settings", "results", "chosen", "worker", "celery_worker")


class BadInventory(ValueError):
    """Why there is nothing to compare with; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One task, in Celery's own terms.

    named: the name is Celery's, and not the function's only. options: a value that is no literal
    is `{"code": ...}`.
    """

    name: str
    path: str
    line: int
    moves: bool
    named: bool
    module: str
    queue: Any
    retries: bool
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All tasks outside the tests, what holds for all of them, and what starts the workers.

    source: where this is from. results: whether a result backend is configured, None if unknown.
    """

    source: str
    tasks: tuple[Entry, ...]
    settings: Mapping[str, Any]
    results: bool | None
    chosen: Mapping[str, str]
    worker: Mapping[str, Any] | None
    celery_worker: Mapping[str, Any] | None
    schedule: bool
    scheduler: Mapping[str, Any] | None = None
    entries: tuple[Mapping[str, Any], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all tasks."""
        return frozenset(task.name for task in self.tasks)


def read(path: Path) -> Inventory:
    """Read a report that `scan --format json`, or `apply --format json`, wrote.

    Raises BadInventory.
    """
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInventory(f"{path} cannot be read as a report: {error}") from error
    return _inventory(data, str(path))


def before(root: Path, revision: str, options: Options) -> Inventory:
    """Scan the project as it was in a revision of git. Raises BadInventory."""
    from celery2dramatiq.files.git import GitFailed, archive
    from celery2dramatiq.report.data import as_data
    from celery2dramatiq.run import Run

    try:
        packed = archive(root, revision)
    except GitFailed as error:
        raise BadInventory(f"git cannot give the project as it was: {error}; {_GIVE}") from error
    with tempfile.TemporaryDirectory(prefix="celery2dramatiq-") as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            # What git holds lies inside the folder; links are of no use to a scan.
            tar.extraction_filter = staticmethod(_plain_file)
            tar.extractall(folder)
        data = as_data(Run.start(Path(folder).resolve(), options))
    found = _inventory(data, f"git's {revision}")
    if not found.tasks:
        raise BadInventory(f"in git's {revision} there is no Celery task; {_GIVE}")
    return found


def _plain_file(member: tarfile.TarInfo, _: str) -> tarfile.TarInfo | None:
    return member if member.isreg() or member.isdir() else None


_GIVE = (
    "give the file that `celery2dramatiq scan --format json --output FILE` wrote before the "
    "migration, or --since REVISION"
)


def _inventory(data: Any, source: str) -> Inventory:
    missing = _missing(data)
    if missing:
        raise BadInventory(
            f"{source} is no report of celery2dramatiq scan --format json, or one of an older "
            f"version: it has no {missing}"
        )
    if data["schema"] != 1:
        raise BadInventory(f"{source} has the schema {data['schema']}; this version reads 1")
    return Inventory(
        source=source,
        tasks=tuple(
            Entry(**{key: task[key] for key in _TASK if key != "test"})
            for task in data["tasks"]
            if not task["test"]
        ),
        settings=data["settings"],
        results=data["results"],
        chosen=data["chosen"],
        worker=data["worker"],
        celery_worker=data["celery_worker"],
        scheduler=data.get("scheduler"),
        entries=tuple(data.get("schedule") or ()),
        schedule=any(data.get(key) for key in ("scheduler", "celery_scheduler")),
    )


def _missing(data: Any) -> str:
    """Name a key that is not there; "" if all are."""
    if not isinstance(data, dict):
        return "`schema`"
    absent = [f"`{key}`" for key in _KEYS if key not in data]
    tasks = data.get("tasks")
    for task in tasks if isinstance(tasks, list) else [None]:
        known = task if isinstance(task, dict) else {}
        absent += [f"`{key}` of a task" for key in _TASK if key not in known]
    return absent[0] if absent else ""
