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


SCHEDULER = Row(
    "C2D851",
    "celery beat",
    "the scheduler's module",
    Action.REWRITE,
    about="It is one process, as beat was; a second one would send everything twice.",
)
BOTH = Row(
    "C2D852",
    "celery beat, some of whose entries move",
    "",
    Action.MANUAL,
    "it goes on for the entries that stay, and the scheduler has to run beside it",
    "start the scheduler there as well: the report has its command",
    about="Two schedulers run side by side until the last entry has moved.",
)
BEAT_OPTION = Row(
    "C2D853",
    "an option of celery beat without a counterpart",
    "",
    Action.MANUAL,
    "the scheduler has no such option",
    "do it by what starts the command (systemd, supervisor, a container)",
    acceptable=True,
    about="Such as `--detach`, `--pidfile` or `--logfile`: the scheduler stays in the "
    "foreground and logs to stderr.",
)
STATE = Row(
    "C2D854",
    "celery beat --schedule FILE",
    "--schedule FILE",
    Action.REWRITE,
    about="It holds when each job was run last. The file has another format, so it has "
    "another name, and what beat remembers is not read: intervals start anew once.",
)
BEAT_DROPPED = Row(
    "C2D855",
    "an option of celery beat that changes nothing here",
    "nothing",
    Action.REWRITE,
    about="The scheduler sleeps until the next job is due, and logs from INFO on.",
)


@on_command("beat")
def beat(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Hold back what a schedule outside the source may send."""
    given = call.option("--scheduler")
    scheduler = given.value if given is not None else target.scheduler
    if scheduler not in ("", *_OWN):
        yield CommandOutcome(STORED, f"`{scheduler}`")
    elif target.beat and target.periodic:
        yield CommandOutcome(BOTH, harmless=True)
    elif target.periodic:
        yield CommandOutcome(SCHEDULER, program=target.periodic[0], words=target.periodic[1:])
    else:
        yield CommandOutcome(BEAT, harmless=True)


@on_command("beat", "--schedule")
def state(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Keep the file elsewhere, in a form of its own: beat's is not read."""
    if not target.remembers:
        yield CommandOutcome(BEAT_DROPPED, f"`{option.text}`")
    elif option.computed:
        yield CommandOutcome(STATE, rename="--schedule")
    else:
        yield CommandOutcome(STATE, words=("--schedule", f"{option.value}.json"))


@on_command("beat", "--app", "--scheduler", "--loglevel", "--max-interval", "--no-color", "--quiet")
def dropped(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Drop what only concerns Celery's beat."""
    yield CommandOutcome(BEAT_DROPPED, f"`{option.text}`")


@on_command("beat", "*")
def unsupported(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Refuse what changes how the process runs."""
    yield CommandOutcome(BEAT_OPTION, f"`{option.text}`")


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
