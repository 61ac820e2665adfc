"""`--scheduler dramatiq-crontab`, in Django: entries of the schedule as decorators of actors."""

from __future__ import annotations

from collections.abc import Iterator

from celery2dramatiq import crontab as cron
from celery2dramatiq.codemod import Context, Outcome, is_taken, on_schedule
from celery2dramatiq.index import Django, Task
from celery2dramatiq.index.schedules import Entry
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.needs import Need
from celery2dramatiq.specs import AboveSpec, FirstElementSpec, Import, Spec, Text

from . import schedule

AT = Row(
    "C2D731",
    "crontab(...), with --scheduler dramatiq-crontab",
    '@cron("...")',
    Action.REVIEW,
    "a run that was due while no scheduler ran, or that is more than a second late, is left out "
    "(beat makes up for it)",
    about="The decorator of dramatiq-crontab stands above the actor, and `manage.py crontab` sends "
    "it. Its scheduler remembers nothing: APScheduler's job is gone with the process.",
)
EVERY = Row(
    "C2D732",
    "seconds in a schedule, with --scheduler dramatiq-crontab",
    "@interval(seconds=...)",
    Action.REVIEW,
    "the interval begins anew whenever the scheduler starts, and a run that is more than a second "
    "late is left out",
    about="Beat remembers the last run in a file. An interval of hours may never end where the "
    "scheduler is started again more often than that: take a crontab for it.",
)
ZONE = Row(
    "C2D733",
    "crontab(...) in a time zone with summer time, with --scheduler dramatiq-crontab",
    '@cron("...")',
    Action.REVIEW,
    "on the two days of a year on which clocks change, a run in the hours around it may be left "
    "out, or be an hour off",
    about="dramatiq-crontab takes APScheduler's own trigger in Django's TIME_ZONE. The module that "
    "is written without `--scheduler dramatiq-crontab` reads the wall clock as beat does.",
)
INEXPRESSIBLE = Row(
    "C2D734",
    "an entry of the schedule that dramatiq-crontab cannot express",
    "",
    Action.MANUAL,
    "its decorators take a crontab or seconds and nothing else, and `manage.py crontab` imports "
    "only the modules `tasks` of applications",
    "leave `--scheduler dramatiq-crontab` out: the module with APScheduler has all of it",
    about="It sends the actor without arguments and options, in Django's TIME_ZONE, and imports "
    "`tasks` of each installed application. Its own actor is called `heartbeat`.",
)

_PACKAGE = "dramatiq_crontab"
_NEED = Need("dramatiq-crontab", "it sends the periodic tasks")
_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_UTC = ("UTC", "Etc/UTC")


@on_schedule("dramatiq-crontab crontab")
def at(entry: Entry, context: Context) -> Iterator[Outcome]:
    """Decorate the actor with the crontab, in the time zone that is the schedule's and Django's."""
    for outcome in schedule.at.answer(entry, context):
        project = context.index.django
        if outcome.row is not schedule.CRONTAB or project is None:
            yield _as_said(entry, outcome, context)
            continue
        zone = schedule.zone_of(entry, context)
        if zone != project.time_zone and not {zone, project.time_zone} <= {*_UTC}:
            note = f"`{entry.name}`: it is in `{zone}`, and TIME_ZONE is another"
            yield Outcome(INEXPRESSIBLE, note)
            continue
        fields = cron.trigger(dict(entry.timing.fields))
        line = " ".join(fields.get(name, "*") for name in _FIELDS)
        yield from _decorated(entry, outcome, AT, "cron", f'"{line}"', context)
        if zone not in _UTC:
            yield Outcome(ZONE, f"`{entry.name}`: `{zone}`")


@on_schedule("dramatiq-crontab seconds")
def every(entry: Entry, context: Context) -> Iterator[Outcome]:
    """Decorate the actor with the interval."""
    for outcome in schedule.every.answer(entry, context):
        if outcome.row is not schedule.SECONDS or context.index.django is None:
            yield _as_said(entry, outcome, context)
        else:
            seconds = schedule.number(entry.timing.seconds or 0)
            yield from _decorated(entry, outcome, EVERY, "interval", f"seconds={seconds}", context)


def _as_said(entry: Entry, outcome: Outcome, context: Context) -> Outcome:
    """Return what holds in general; without Django there is no `manage.py crontab`."""
    if outcome.row in (schedule.CRONTAB, schedule.SECONDS):
        return Outcome(INEXPRESSIBLE, f"`{entry.name}`: this is no Django project")
    return outcome


def _decorated(
    entry: Entry, outcome: Outcome, row: Row, name: str, given: str, context: Context
) -> Iterator[Outcome]:
    task, project = context.by_name(entry.task), context.index.django
    assert task is not None  # else the entry would have been refused
    assert project is not None  # so it was asked
    problem = _problem(outcome, task, project, context)
    if problem:
        yield Outcome(INEXPRESSIBLE, f"`{entry.name}`: {problem}")
        return
    taken = is_taken(context.index, task.path, name)
    new = Import(_PACKAGE) if taken else Import(_PACKAGE, name)
    code = f"{_PACKAGE}.{name}({given})" if taken else f"{name}({given})"
    yield Outcome(
        row,
        f"`{entry.name}`: {code}",
        specs=(AboveSpec(task.decorator, (new,), code=code), *_installed(project, context)),
        sets=(("trigger", Text(code)),),
        needs=(_NEED,),
        scheduler=("python", project.manage, "crontab", "--no-heartbeat"),
    )


def _problem(outcome: Outcome, task: Task, project: Django, context: Context) -> str:
    """Return why the entry cannot be a decorator; "" if it can."""
    given = [name for name, _ in outcome.sets if name != "trigger"]
    settings = project.app_settings or project.manage_settings
    folder, _, module = task.path.rpartition("/")
    if given:
        return f"it gives the task `{given[0]}`"
    if module != "tasks.py" or folder not in project.folders:
        return f"`{task.path}` is no module `tasks` of an installed application"
    if task.called_with is not None or task.wrapper:
        return "the task is not declared by Celery's decorator"
    if not project.manage or settings != project.manage_settings:
        return "`manage.py` names other settings, or none"
    if any(other.name == "heartbeat" for other in context.index.tasks):
        return "a task of the project is called `heartbeat`, as the package's own actor"
    if any(one.kind != "element" and _PACKAGE not in one.names for one in project.installed):
        return "INSTALLED_APPS is not written out"
    return ""


def _installed(project: Django, context: Context) -> Iterator[Spec]:
    """Yield what puts the package into INSTALLED_APPS, for its command of `manage.py`."""
    for one in project.installed:
        if _PACKAGE not in one.names and one.first is not None:
            quoted = context.quoted(one.statement.path, _PACKAGE)
            yield FirstElementSpec(one.first, code=quoted)
