"""Commands of Celery's beside its worker: beat, flower, inspect, purge, multi, and mentions."""

from __future__ import annotations

from collections.abc import Iterator

from celery2dramatiq.codemod import CommandOutcome, on_command
from celery2dramatiq.commands.options import Call, Option
from celery2dramatiq.commands.target import Target
from celery2dramatiq.mapping import Action, Row

BEAT = Row(
    "C2D842",
    "celery beat without a schedule",
    "",
    Action.MANUAL,
    "the source has no schedule: it has nothing to send",
    "remove what starts it",
    about="It may be left over, or its schedule is in a database.",
)
STORED = Row(
    "C2D843",
    "celery beat with a scheduler of its own",
    "",
    Action.MANUAL,
    "its schedule is not in the source: which tasks it sends cannot be told",
    "put the schedule into `beat_schedule`",
    acceptable=True,
    about="django-celery-beat, RedBeat and others keep the schedule in a database, where "
    "people edit it. With `--accept` the line stays.",
)
MONITOR = Row(
    "C2D844",
    "celery flower, celery events",
    "",
    Action.MANUAL,
    "they show Celery's workers, and nothing of Dramatiq's",
    "use Dramatiq's `Prometheus` middleware, or look into the broker",
    about="Dramatiq's Prometheus middleware exports counters for each queue and actor; "
    "what waits is in the broker.",
)
CONTROL = Row(
    "C2D845",
    "celery inspect, status, control",
    "",
    Action.MANUAL,
    "Dramatiq's workers answer no questions: as a health check this fails for ever",
    "look for the process (`pgrep -f dramatiq`), or whether the broker answers",
    about="A health check that never succeeds restarts a healthy container again and "
    "again: change it before the roll-out.",
)
QUEUES = Row(
    "C2D846",
    "celery purge, call, result, shell, list and the like",
    "",
    Action.MANUAL,
    "Dramatiq has no such command",
    "do it in Python: `broker.flush_all()` empties the queues, `actor.send()` calls",
    about="The line stays, and would fail once Celery is gone.",
)
MULTI = Row(
    "C2D847",
    "celery multi",
    "",
    Action.MANUAL,
    "Dramatiq starts no daemons, and its options are not this command's",
    "start `dramatiq` under systemd or supervisor",
    acceptable=True,
    about="`celery multi` starts workers in the background and writes pid files. With "
    "`--accept` the line stays.",
)
MENTIONED = Row(
    "C2D848",
    "a line that may start Celery, and is not understood",
    "",
    Action.MANUAL,
    "what it starts, and how, cannot be told",
    "look at it, and start `dramatiq` there instead",
    about="The word is there, in a place where a command may stand.",
)
DOCUMENTED = Row(
    "C2D849",
    "a command in a comment, a docstring or a document",
    "",
    Action.MANUAL,
    "prose is not edited",
    "write how the workers are started now",
    about="The report of `apply` has the commands to write there.",
)
SIGNALS = Row(
    "C2D850",
    "REMAP_SIGTERM",
    "nothing",
    Action.REVIEW,
    "SIGTERM lets running tasks end, for ten minutes at most, where Celery's cold shutdown stops "
    "them",
    about="Celery reads the variable when it is imported; without Celery nobody does.",
)


@on_command("beat")
def beat(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Hold back what a schedule outside the source may send."""
    given = call.option("--scheduler")
    scheduler = given.value if given is not None else target.scheduler
    if scheduler in ("", *_OWN):
        yield CommandOutcome(BEAT, harmless=True)
    else:
        yield CommandOutcome(STORED, f"`{scheduler}`")


_OWN = ("celery.beat:PersistentScheduler", "celery.beat.PersistentScheduler",
        "celery.beat:Scheduler", "celery.beat.Scheduler")  # fmt: skip


@on_command("flower or events")
def monitor(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Say that there is nothing to watch."""
    yield CommandOutcome(MONITOR, f"`{call.command}`", harmless=True)


@on_command("inspect, status or control")
def control(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Say that no worker answers."""
    yield CommandOutcome(CONTROL, f"`{call.command}`", harmless=True)


@on_command("any other command")
def queues(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Say that there is no such command."""
    yield CommandOutcome(QUEUES, f"`{call.command}`", harmless=True)


@on_command("multi")
def multi(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Refuse: it starts workers, and how many is its own matter."""
    yield CommandOutcome(MULTI)


@on_command("not understood")
def mentioned(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Name the line."""
    yield CommandOutcome(MENTIONED, harmless=True)


@on_command("documented")
def documented(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Name the line."""
    yield CommandOutcome(DOCUMENTED, harmless=True)


@on_command("signals")
def signals(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Say what SIGTERM does; the variable means nothing to Dramatiq."""
    yield CommandOutcome(SIGNALS)
