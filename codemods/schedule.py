"""`beat_schedule` and `add_periodic_task`: a scheduler with APScheduler sends what beat sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq import crontab as cron
from celery2dramatiq.codemod import Context, Outcome, on_schedule, on_settings, on_use
from celery2dramatiq.index import MISSING, App, Arg, Step, Use
from celery2dramatiq.index.schedules import Entry
from celery2dramatiq.literals import inlined
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.needs import Need
from celery2dramatiq.specs import Import, Keep, Milliseconds, OrEmpty, Text

CRONTAB = Row(
    "C2D701",
    "crontab(...)",
    "CronTrigger(...)",
    Action.REWRITE,
    about="Days are written by name, since APScheduler counts from Monday; ranges that wrap "
    "around and steps that are too long are written out. In a time zone the scheduler "
    "reads the wall clock, as beat does: APScheduler's own trigger loses the hour after "
    "midnight when clocks change. Which moments come out was compared with Celery's own "
    "class.",
)
SECONDS = Row(
    "C2D702",
    "a number, timedelta(...) or schedule(...) in a schedule",
    "IntervalTrigger(seconds=...)",
    Action.REWRITE,
    about="The first run comes after one interval, as with beat, and the scheduler notes the "
    "last run in a file, so an interval goes on over a restart.",
)
COMPUTED = Row(
    "C2D703",
    "an entry of the schedule that is computed",
    "",
    Action.MANUAL,
    "what is sent, or when, cannot be told from the source",
    "write the entry out",
    about="The entry has to be known when the scheduler is written: its task, its arguments, "
    "its options and when it is due, as literals or names for literals.",
)
OWN_SCHEDULE = Row(
    "C2D704",
    "an entry with another schedule than seconds and crontab",
    "",
    Action.MANUAL,
    "Dramatiq and APScheduler have no counterpart",
    "write it as a crontab, or as a trigger of APScheduler in `scheduler.py`",
    about="This is `solar`, a class of the project's own, or a schedule with `relative`, "
    "whose runs are rounded to the clock.",
)
REFUSED = Row(
    "C2D705",
    "a crontab that Celery refuses",
    "",
    Action.MANUAL,
    "Celery's beat does not start with it",
    "repair the entry, or remove it",
    about="Celery raises an error when it reads the crontab, so nothing is sent today.",
)
NO_TASK = Row(
    "C2D706",
    "an entry of a task that is not in the project",
    "",
    Action.MANUAL,
    "Celery's beat goes on sending it",
    "leave it on Celery if another service has the task, else remove the entry",
    about="The name may be misspelt, or the task belongs to another service. The entry stays "
    "in Celery's schedule, and beat with it.",
)
ZONE = Row(
    "C2D707",
    "a schedule whose time zone is computed",
    "",
    Action.MANUAL,
    "at what time its tasks run cannot be told from the source",
    "write `timezone` out",
    about="Celery reads crontabs in the zone of `timezone`. The scheduler has it written out.",
)

SCHEDULE = Row(
    "C2D708",
    "beat_schedule",
    "scheduler.add_job(...) in a module of its own",
    Action.REWRITE,
    about="Each entry is a call of `scheduler.add_job(...)` in a module beside the app's, "
    "which runs as one process beside the workers. Entries of tasks that stay are left "
    "where they are.",
)
UNSEEN = Row(
    "C2D709",
    "beat_schedule that is computed",
    "",
    Action.MANUAL,
    "Celery's beat goes on sending what it names, which cannot be told from the source",
    "write it out as one dictionary, under no condition",
    about="A dictionary that is built by a function, in a loop, under a condition, or in some "
    "settings modules only may name any task.",
)

THERE = Row(
    "C2D710",
    "an entry of the schedule beside a scheduler that is there already",
    "",
    Action.MANUAL,
    "an earlier run has written the scheduler, and the file is the project's own by now",
    "add the job there by hand, and remove the entry from Celery's schedule",
    about="A run of the tool never changes a scheduler that is there: it may have been edited.",
)

_NEED = Need("apscheduler", "it sends the periodic tasks")
_CRON = Import("apscheduler.triggers.cron", "CronTrigger")
_INTERVAL = Import("apscheduler.triggers.interval", "IntervalTrigger")
_UTC = "UTC"


@on_use("celery.schedules.crontab", "()")
def crontab_elsewhere(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave a crontab alone that stands in no entry."""
    return Outcome(CRONTAB)


@on_settings("beat_schedule")
def schedule(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold every task back, if which of them the schedule names cannot be told."""
    known = any(entry.app == app.id and entry.key for entry in context.index.entries)
    if known or args["beat_schedule"].literal in ({}, None):
        yield Outcome(SCHEDULE)
    else:
        yield Outcome(UNSEEN)


@on_schedule("seconds")
def every(entry: Entry, context: Context) -> Iterator[Outcome]:
    """Send every so many seconds; the first time when they have passed once."""
    seconds = entry.timing.seconds
    assert seconds is not None  # so its name says
    if seconds <= 0:
        yield Outcome(COMPUTED, f"`{entry.name}`: every {seconds:g} seconds")
        return
    shown = Text(f'IntervalTrigger(seconds={number(seconds)}, timezone="UTC")', (_INTERVAL,))
    yield from _job(entry, SECONDS, shown, context)


def number(seconds: float) -> str:
    """Return a number of seconds as code."""
    return str(int(seconds)) if seconds == int(seconds) else repr(seconds)


@on_schedule("crontab")
def at(entry: Entry, context: Context) -> Iterator[Outcome]:
    """Send at the same minutes, in the same time zone."""
    zone = zone_of(entry, context)
    if zone is None:
        yield Outcome(ZONE, f"`{entry.name}`")
        return
    try:
        fields = cron.trigger(dict(entry.timing.fields))
    except cron.Refused as error:
        yield Outcome(REFUSED, f"`{entry.name}`: {error}")
        return
    given = [f'{name}="{value}"' for name, value in fields.items()]
    if zone == _UTC:
        code = Text(f'CronTrigger({", ".join(given)}, timezone="UTC")', (_CRON,))
    else:
        code = Text(f"WallClock({', '.join(given)})", (_CRON,))
    yield from _job(entry, CRONTAB, code, context)


@on_schedule("unknown")
def unknown(entry: Entry, context: Context) -> Iterator[Outcome]:
    """Hold the task back."""
    row = OWN_SCHEDULE if entry.timing.own else COMPUTED
    yield Outcome(row, f"`{entry.name}`: {entry.timing.problem}")


def zone_of(entry: Entry, context: Context) -> str | None:
    """Return the name of the schedule's time zone, "" for the machine's; None if unknown.

    celery/app/base.py: Celery.timezone.
    """
    given = context.index.configurations[entry.app].args()
    zone, utc = given.get("timezone"), given.get("enable_utc")
    if zone is not None and zone.literal is not None:
        return zone.literal if isinstance(zone.literal, str) else None
    if utc is None or utc.literal is True:
        return _UTC
    return "" if utc.literal is False else None


# -- the message


def _job(entry: Entry, row: Row, trigger: Text, context: Context) -> Iterator[Outcome]:
    """Say what is sent, if the task is one of the project's and all of it is written out."""
    if entry.problem:
        yield Outcome(COMPUTED, f"`{entry.name}`: {entry.problem}")
        return
    task = context.by_name(entry.task)
    if task is None:
        yield Outcome(NO_TASK, f"`{entry.task}`", harmless=True)
        return
    if any(
        {"add_jobs", "make_scheduler"} <= set(m.exports) for m in context.index.modules.values()
    ):
        yield Outcome(THERE, f"`{entry.name}`")
        return
    given = {arg.keyword or "": arg for arg in _arguments(entry)}
    for arg in given.values():
        if arg.literal is MISSING:
            yield Outcome(COMPUTED, f"`{entry.name}`: `{arg.code}`")
            return
    if sum(entry.shadows(other) for other in context.index.entries) > 1:
        yield Outcome(COMPUTED, f"`{entry.name}`: another entry has its name, and Celery keeps one")
        return
    answers = context.keywords(task, given)
    manual = [one for one in answers if one.row.action is Action.MANUAL]
    if manual or not all(map(_is_plain, answers)):
        yield from manual or [Outcome(COMPUTED, f"`{entry.name}`: its options")]
        return
    sets = [(name, inlined(code, given)) for one in answers for name, code in one.sets]
    yield Outcome(
        row,
        f"`{entry.name}`: {trigger.code}",
        sets=(("trigger", trigger), *sets),
        needs=(_NEED,),
    )
    yield from (one for one in answers if one.row.action is Action.REVIEW)


def _arguments(entry: Entry) -> Iterator[Arg]:
    for arg in (entry.args, entry.kwargs):
        if arg is not None and arg.literal not in ((), [], {}, None):
            yield arg
    yield from (arg for arg in entry.options if arg.literal is not None)


def _is_plain(outcome: Outcome) -> bool:
    kinds = (Text, Keep, OrEmpty, Milliseconds)
    return not outcome.helpers and all(isinstance(code, kinds) for _, code in outcome.sets)
