"""Time limits, expiry and priority of a task: seconds become milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, milliseconds, on_options, value
from celery2dramatiq.index import MISSING, Arg, Task
from celery2dramatiq.mapping import Action, Row

SOFT = Row(
    "C2D130",
    "soft_time_limit=s",
    "time_limit=ms",
    Action.REVIEW,
    "the limit raises TimeLimitExceeded, which `except Exception` does not catch",
)
HARD = Row(
    "C2D131",
    "time_limit=s",
    "time_limit=ms",
    Action.REVIEW,
    "the limit raises TimeLimitExceeded in the task, which can clean up, and cannot end a call "
    "into C code; Celery killed the process",
)
UNLIMITED = Row("C2D132", "time_limit=None", "nothing: what is set for all holds", Action.REWRITE)
EXPIRES = Row(
    "C2D133",
    "expires=s of a task",
    "max_age=ms",
    Action.REWRITE,
)
EXPIRES_AT = Row(
    "C2D134",
    "expires=datetime of a task",
    "",
    Action.MANUAL,
    "an actor's messages have an age, not a moment",
    "give the moment where the task is sent",
    acceptable=True,
)
PRIORITY = Row(
    "C2D135",
    "priority=n on Redis",
    "priority=n",
    Action.REVIEW,
    "it sorts only what one worker process has fetched from the queue",
)
PRIORITY_ELSEWHERE = Row(
    "C2D136",
    "priority=n on another broker than Redis",
    "",
    Action.MANUAL,
    "on RabbitMQ the queue needs `max_priority` and every message `broker_priority`",
    "add both by hand, or do without the priority",
    acceptable=True,
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
    """Give every message an age."""
    arg = args["expires"]
    if isinstance(arg.literal, (int, float)):
        yield Outcome(EXPIRES, sets=(("max_age", milliseconds(arg)),))
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
