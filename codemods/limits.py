"""Time limits, expiry and priority of a task: seconds become milliseconds."""

from __future__ import annotations

import ast
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
    about="With Celery a task whose limit is None has the app's, as without the option "
    "(celery/app/task.py, from_config).",
)
TWO = Row(
    "C2D159",
    "time_limit=s beside task_soft_time_limit, one of them computed",
    "",
    Action.MANUAL,
    "which of them comes first cannot be told from the source, and an actor has one limit",
    "give the task its own soft_time_limit",
    about="In Celery the app's soft limit holds for a task that has only a hard one of its own, "
    "and the earlier of them ends it. Where both are numbers the earlier one is taken.",
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

# What the helper module's `_is_one_of` finds TimeLimitExceeded among, under its plain names.
_BROAD = ("BaseException", "Exception", "SoftTimeLimitExceeded", "TimeLimitExceeded")


@on_options("soft_time_limit", "time_limit")
def time_limit(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Take the soft limit if there is one: it is raised in the task, as Dramatiq's."""
    soft, hard = args.get("soft_time_limit"), args.get("time_limit")
    arg = soft if soft is not None and soft.literal is not None else hard
    if arg is None or arg.literal is None:
        yield Outcome(UNLIMITED)
        return
    if arg is hard and (first := _app_limit("task_soft_time_limit", context)) is not None:
        yield _beside(arg, first)
        return
    yield Outcome(SOFT if arg is soft else HARD, sets=(("time_limit", milliseconds(arg)),))
    if arg is soft and hard is not None and hard.literal is not None:
        yield Outcome(HARD, "the hard limit is dropped")


def _beside(hard: Arg, soft: Arg) -> Outcome:
    """Take the earlier one of the task's hard limit and the app's soft one."""
    if MISSING in (hard.literal, soft.literal):
        return Outcome(TWO, f"`time_limit={hard.code}`")
    if _is_earlier(hard, soft):
        return Outcome(HARD, sets=(("time_limit", milliseconds(hard)),))
    return Outcome(HARD, "the app's soft limit comes first, so the hard limit is dropped")


def _app_limit(name: str, context: Context) -> Arg | None:
    found = (one.args().get(name) for one in context.index.configurations.values())
    return next((arg for arg in found if arg is not None and arg.literal is not None), None)


def is_soft(task: Task, context: Context) -> bool:
    """Tell whether the task has a soft limit that comes first, its own or the app's."""
    if _own("soft_time_limit", task) is not None:
        return True
    app, hard = _app_limit("task_soft_time_limit", context), _own("time_limit", task)
    if app is None or hard is None:
        return app is not None
    return not _is_earlier(hard, app)


def is_hard(task: Task, context: Context) -> bool:
    """Tell whether what ends the task is a hard limit, at which Celery kills it."""
    hard = _own("time_limit", task) or _app_limit("task_time_limit", context)
    return hard is not None and not is_soft(task, context)


def _own(name: str, task: Task) -> Arg | None:
    arg = task.option(name)
    return arg if arg is not None and arg.literal is not None else None


def _is_earlier(hard: Arg, soft: Arg) -> bool:
    one, other = hard.literal, soft.literal
    return isinstance(one, (int, float)) and isinstance(other, (int, float)) and one <= other


def may_catch(kinds: Arg) -> bool:
    """Tell whether exceptions that are retried may include one for a limit."""
    given = elements(kinds)
    return given is None or any(code[0] == "*" or code.split(".")[-1] in _BROAD for code in given)


def elements(arg: Arg) -> list[str] | None:
    """Return the code of each element of a tuple or a list, `*x` as well; None if it is neither."""
    node = ast.parse(f"({arg.code})", mode="eval").body
    found = node.elts if isinstance(node, (ast.Tuple, ast.List)) else []
    return list(map(ast.unparse, found)) or None


@on_options("expires")
def expires(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Give every message an age. Dramatiq takes 0 for no limit, Celery for one that has passed."""
    arg = args["expires"]
    if isinstance(arg.literal, (int, float)):
        code = milliseconds(arg) if arg.literal > 0 else Text("-1")
        yield Outcome(EXPIRES, sets=(("max_age", code),))
    elif arg.literal is not None:
        yield Outcome(EXPIRES_AT, f"`{arg.code}`")


@on_options("priority")
def priority(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Keep it on Redis, where 0 comes first in both."""
    arg = args["priority"]
    if arg.literal is None:
        return
    if context.queue_prefix or context.other_broker or arg.literal is MISSING:
        other = ", and the brokers order messages differently" if context.other_broker else ""
        yield Outcome(PRIORITY_ELSEWHERE, f"`{arg.code}`{other}")
    else:
        yield Outcome(PRIORITY, sets=(("priority", value(arg)),))
