"""One case: a small Celery project and what is to be compared."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import tomlkit

TRACE = "15 trace"  # the number of the Redis database and the name of the list
FIXTURES = Path(__file__).parents[2] / "fixtures"
EARLY = 0.2  # of a second; the two times are taken in different processes
# Dramatiq's worker looks once a second for delayed messages that are due, and puts them into
# their queue, where it looks once a second when there was nothing before.
POLLING = 2.0


@dataclass(frozen=True)
class Gap:
    """The time that must pass between two events: not less than so many seconds, hardly more."""

    start: str
    end: str
    seconds: float
    tolerance: float = 1.0
    dramatiq_seconds: float | None = None
    dramatiq_tolerance: float | None = None

    def bounds(self, system: str) -> tuple[float, float]:
        """The shortest and the longest time allowed under `system`."""
        seconds, tolerance = self.seconds, self.tolerance
        if system == "dramatiq":
            seconds = seconds if self.dramatiq_seconds is None else self.dramatiq_seconds
            tolerance = tolerance if self.dramatiq_tolerance is None else self.dramatiq_tolerance
            tolerance += POLLING
        return seconds - EARLY, seconds + tolerance


@dataclass(frozen=True)
class Differs:
    """The one difference that the tool announces for a case."""

    says: str
    code: str = ""
    celery: tuple[Mapping[str, Any], ...] = ()
    dramatiq: tuple[Mapping[str, Any], ...] = ()
    given_up_celery: tuple[str, ...] = ()
    given_up_dramatiq: tuple[str, ...] = ()
    left_dramatiq: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A case, as its case.toml says it; README.md of the cases explains the keys."""

    name: str
    project: Path
    expect: int | Mapping[str, int]
    about: str = ""
    migrated: Path | None = None
    app: str = "tasks"
    worker: str = "celery -A {app} worker -c 2"
    started_by: str = ""
    beat: str = ""
    broker: str = "redis"
    drive: str = "python drive.py"
    drive_first: bool = False
    supervised: bool = False
    timeout: float = 20
    ignore: tuple[str, ...] = ()
    order: tuple[tuple[str, ...], ...] = ()
    gap: tuple[Gap, ...] = ()
    differs: Differs | None = None
    extra_args: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    production: Mapping[str, str] = field(default_factory=dict)
    way: str = "migrated"  # one of `bench.ways`
    trace: str = TRACE
    tool: tuple[str, ...] = (sys.executable, "-m", "celery2dramatiq")

    def left_in(self, system: str) -> frozenset[str]:
        """The queues in which messages are announced to stay."""
        announced = self.differs.left_dramatiq if self.differs and system == "dramatiq" else ()
        return frozenset(announced)

    def enough(self, seen: Mapping[str, int]) -> bool:
        """Whether the events seen, counted by name, are all that the case waits for."""
        if isinstance(self.expect, int):
            return sum(seen.values()) >= self.expect
        return all(seen.get(name, 0) >= count for name, count in self.expect.items())


def load(folder: Path) -> Case:
    """The case in a folder with `project/` and `case.toml`."""
    settings = tomlkit.parse((folder / "case.toml").read_text(encoding="utf-8")).unwrap()
    unknown = settings.keys() - {known.name for known in fields(Case)}
    if unknown or "expect" not in settings:
        raise ValueError(f"{folder / 'case.toml'}: unknown {sorted(unknown)}, or no `expect`")
    if settings.get("beat") is True:
        settings["beat"] = "celery -A {app} beat"
    if "gap" in settings:
        settings["gap"] = tuple(_gap(table) for table in settings["gap"])
    if "differs" in settings:
        settings["differs"] = Differs(**_tuples(settings["differs"]))
    migrated = folder / "migrated"
    return Case(
        name=folder.name,
        project=_project(folder, settings.pop("project", "")),
        migrated=migrated if migrated.is_dir() else None,
        **_tuples(settings),
    )


def _project(folder: Path, shared: str) -> Path:
    """The case's own project, or the one of a fixture."""
    return FIXTURES / shared / "before" if shared else folder / "project"


def _gap(table: dict[str, Any]) -> Gap:
    """A gap from its table, whose `from` cannot be the name of a field."""
    return Gap(start=table.pop("from"), end=table.pop("to"), **table)


def _tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with tuples for lists, so that a case cannot be changed by mistake."""
    return {name: _tuple(value) for name, value in settings.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, (list, tuple)) else value
