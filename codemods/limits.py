"""Time limits, expiry and priority of a task: seconds become milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, milliseconds, on_options, value
from celery2dramatiq.index import MISSING, Arg, Task
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Text

SOFT = Row(
    "C2D130",
    "soft_time_limit=s",
    "time_limit=ms",
    Action.REVIEW,
    "the limit raises TimeLimitExceeded, which `except Exception` does not catch",
    about="Both interrupt the body with an exception when the time is over. Code that "
    "catches `SoftTimeLimitExceeded` by its name is rewritten; what differs is only "
    "a broad `except Exception`, which Celery's exception ran into and Dramatiq's "
    "passes.",
)
HARD = Row(
    "C2D131",
    "time_limit=s",
    "time_limit=ms",
    Action.REVIEW,
    "the limit raises TimeLimitExceeded in the task, which can clean up, and cannot end a call "
    "into C code; Celery killed the process",
    about="Dramatiq has no way to kill one run: it raises an exception in the thread that "
    "runs the actor. A loop in C, or a call that waits without a timeout, ends only "
    "when it comes back to Python. Give such calls a timeout of their own.",
)
UNLIMITED = Row(
    "C2D132",
    "time_limit=None",
    "nothing: what is set for all holds",
    Action.REWRITE,
    about="It lifts a limit of the app's own for this task; where the app has none it "
    "says what holds anyway.",
)
EXPIRES = Row(
    "C2D133",
    "expires=s of a task",
    "max_age=ms",
    Action.REWRITE,
    about="A message that is older than that when a worker takes it is skipped. Seconds "
    "become milliseconds.",
)
EXPIRES_AT = Row(
    "C2D134",
    "expires=datetime of a task",
    "",
    Action.MANUAL,
    "an actor's messages have an age, not a moment",
    "give the moment where the task is sent",
    acceptable=True,
    about="With `--accept` the actor gets no age at all, and an old message is run.",
)
PRIORITY = Row(
    "C2D135",
    "priority=n on Redis",
    "priority=n",
    Action.REVIEW,
    "it sorts only what one worker process has fetched from the queue",
    about="With Celery on Redis each priority is a list of its own, and workers read the "
    "urgent list first. Dramatiq sorts messages only after a worker has fetched "
    "them (a smaller number goes first in both).",
)
PRIORITY_ELSEWHERE = Row(
    "C2D136",
    "priority=n on another broker than Redis",
    "",
    Action.MANUAL,
    "on RabbitMQ the queue needs `max_priority` and every message `broker_priority`",
    "add both by hand, or do without the priority",
    acceptable=True,
    about="Celery on RabbitMQ needs `x-max-priority` on the queue, as Dramatiq does; "
    "without it the priority has no effect today.",
)


@on_options("soft_time_limit", "time_limit")
def time_limit(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Take the soft limit if there is one: it is raised in the task, as Dramatiq's."""
    soft, hard = args.get("soft_time_limit"), args.get("time_limit")
    arg = soft if soft is not None and soft.literal is not None else hard
    if arg is None or arg.literal is None:
        yield Outcome(UNLIMITED)
        return
    yield Outcome(SOFT if arg is soft else HARD, sets=(("time_limit", milliseconds(arg)),))
    if arg is soft and hard is not None and hard.literal is not None:
        yield Outcome(HARD, "the hard limit is dropped")


@on_options("expires")
def expires(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Give every message an age. Dramatiq takes 0 for no limit, Celery for one that has passed."""
    arg = args["expires"]
    if isinstance(arg.literal, (int, float)):
        code = milliseconds(arg) if arg.literal > 0 else Text("1")
        yield Outcome(EXPIRES, sets=(("max_age", code),))
    elif arg.literal is not None:
        yield Outcome(EXPIRES_AT, f"`{arg.code}`")


@on_options("priority")
def priority(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Keep it on Redis, where 0 comes first in both."""
    arg = args["priority"]
    if arg.literal is None:
        return
    if context.queue_prefix or arg.literal is MISSING:
        yield Outcome(PRIORITY_ELSEWHERE, f"`{arg.code}`")
    else:
        yield Outcome(PRIORITY, sets=(("priority", value(arg)),))
