"""Another queue than the task's own becomes `send_to(...)`, and an option of the actor.

A worker of Dramatiq's reads the queues that are declared on its broker, so each actor declares
those to which it is sent, beside its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_options
from celery2dramatiq.commands.target import CELERY_QUEUE, DRAMATIQ_QUEUE
from celery2dramatiq.index import Arg, Task, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Text

SENT_TO = Row(
    "C2D231",
    'apply_async(queue="name") with another queue than the task\'s own',
    'send_to("name", actor, ...)',
    Action.REWRITE,
    about="`send_to` of the helper module puts the message into that queue "
    "(`send_with_options(queue_name=...)` is silently ignored). A retry stays in it, as with "
    "Celery. The queue must be one that a worker reads: see C2D232.",
)
DECLARED = Row(
    "C2D232",
    "a task that is sent to another queue than its own",
    "the actor declares that queue as well",
    Action.REWRITE,
    about="A middleware of the helper module declares these queues with the actor, so that a "
    "worker reads them, unless its `--queues` leaves them out, as `-Q` does with Celery.",
)

# dramatiq/broker.py: _queue_name_re; .DQ and .XQ are dramatiq.common's suffixes.
_QUEUE_NAME = re.compile(r"(?!.*\.[DX]Q$)[a-zA-Z_][a-zA-Z0-9._-]*")
_MIDDLEWARE = "_OtherQueues"


def own_queue(task: Task, context: Context) -> object:
    """Return Celery's name of the queue that the task goes to, MISSING if it is computed."""
    own = task.option("queue")
    named = own.literal if own is not None else context.queue_of(task)
    return named or context.default_queue or CELERY_QUEUE


def dramatiqs(queue: object, context: Context) -> str:
    """Return Dramatiq's name of another queue of Celery's; "" if it cannot be one."""
    if not isinstance(queue, str) or not _QUEUE_NAME.fullmatch(queue):
        return ""
    if queue == CELERY_QUEUE and not context.default_queue:
        return DRAMATIQ_QUEUE
    return f"{context.queue_prefix}{queue}"


def is_known(context: Context) -> bool:
    """Tell whether `make_broker` has the middleware: it may be of an earlier version."""
    return not context.lacks(_MIDDLEWARE)


@on_options(always=True)
def declared(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Have the actor declare the queues that sends of it name; the bridge leaves them to Celery."""
    if context.options.dev_only or not is_known(context):
        return
    own = own_queue(task, context)
    given = {arg.literal for use in context.index.uses for arg in _queues(use, task)}
    names = sorted(filter(None, (dramatiqs(queue, context) for queue in given - {own})))
    if names:
        code = ", ".join(context.quoted(task.path, name) for name in names)
        sets = (("other_queues", Text(f"[{code}]")),)
        yield Outcome(DECLARED, f"`{code}`", sets=sets, helpers=(_MIDDLEWARE,))


def _queues(use: Use, task: Task) -> Iterator[Arg]:
    """Yield what a use of the task gives as `queue`, as far as it is written out."""
    if use.test or not _is_of(use, task):
        return
    for step in (*use.made, *use.steps):
        for arg in (one for given in step.args for one in (given, *_spread(given))):
            if arg.keyword == "queue" and isinstance(arg.literal, str):
                yield arg


def _spread(arg: Arg) -> tuple[Arg, ...]:
    return arg.items if arg.star == "**" else ()


def _is_of(use: Use, task: Task) -> bool:
    if use.target.kind in ("task", "self"):
        return task.id == use.target.name or task.id in use.among
    steps = (*use.made, *use.steps)
    named = steps[-1].arg("name", 0) if steps and steps[-1].kind == "call" else None
    return named is not None and named.literal == task.name is not None
