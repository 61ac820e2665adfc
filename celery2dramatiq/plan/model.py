"""What a plan says: what moves, what stays and why, and every edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from celery2dramatiq.dependencies.choose import NOTHING, Choice
from celery2dramatiq.index import App, FileRecord, Index, Place, Task
from celery2dramatiq.index.schedules import Entry
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.needs import Need
from celery2dramatiq.specs import Code, FileEdit, TextEdit


@dataclass(frozen=True, slots=True)
class Finding:
    """One construct at one place and what is done about it.

    action: the row's; MANUAL for a site whose task stays on Celery. task: Celery's name, or the
    function's, of the task it concerns ("" if none).
    """

    row: Row
    place: Place
    action: Action
    note: str = ""
    task: str = ""

    def __post_init__(self) -> None:
        """Keep the note in one line: it may have code in it that goes over several."""
        object.__setattr__(self, "note", " ".join(self.note.split()))

    @property
    def text(self) -> str:
        """Return the reason or difference, with what is particular here."""
        return ": ".join(part for part in (self.note, self.row.note) if part)


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a task is declared, sent or otherwise used. kind: its shape, or its role."""

    place: Place
    task: str
    kind: str


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """Whether a task moves, and if not, what holds it back."""

    task: Task
    moves: bool
    held_by: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class AppPlan:
    """Whether an app goes, or stays for the tasks that stay."""

    app: App
    goes: bool


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command to be run in the project's root, and the variables that it needs."""

    command: str
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An entry of the schedule. trigger: APScheduler's, as code; "" if Celery's beat keeps it."""

    entry: Entry
    trigger: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole answer for a project.

    helpers: path of the helper module -> names it must have. created: path of any other module
    that is written if it is not there -> its text. needs: packages that the project
    must have installed from now on, for `needs.settled`; none if no task moves.
    text_edits: of files that are no modules of the project's. unparsed: files that a rule for
    such files could not parse.
    dependencies: what `needs` come to, for the project's Pythons. celery_left: what still needs
    Celery, in words; "" if nothing does. broker: the arguments of `make_broker`, by name.
    ties: ids of tasks that move together or not at all.
    """

    index: Index
    tasks: tuple[TaskPlan, ...]
    apps: tuple[AppPlan, ...]
    findings: tuple[Finding, ...]
    sites: tuple[Site, ...]
    edits: tuple[FileEdit, ...]
    helpers: Mapping[str, tuple[str, ...]]
    created: Mapping[str, str]
    needs: tuple[Need, ...]
    worker: Command | None
    celery_worker: Command | None
    scheduler: Command | None
    celery_scheduler: Command | None
    schedule: tuple[Scheduled, ...] = ()
    text_edits: tuple[TextEdit, ...] = ()
    unparsed: tuple[FileRecord, ...] = ()
    dependencies: Choice = NOTHING
    celery_left: str = ""
    broker: tuple[tuple[str, Code], ...] = ()
    ties: tuple[frozenset[str], ...] = ()

    @property
    def moving(self) -> tuple[TaskPlan, ...]:
        """The tasks that become actors."""
        return tuple(task for task in self.tasks if task.moves)

    @property
    def staying(self) -> tuple[TaskPlan, ...]:
        """The tasks that stay on Celery, without those of the test suite."""
        return tuple(task for task in self.tasks if not task.moves and not task.task.test)

    @property
    def unreadable(self) -> tuple[FileRecord, ...]:
        """The files that could not be read or parsed."""
        modules = (file for file in self.index.files if file.status == "unreadable")
        return (*modules, *self.unparsed)
