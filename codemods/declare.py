"""`@app.task`, `@shared_task` become `@dramatiq.actor`, under the name that Celery knows.

So does `task = app.task(function)`, a call without an `@`, of a function of the project (of a
lambda, or a partial, Celery cannot make one: celery/utils/functional.py, head_from_fun).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_options, on_settings, on_use
from celery2dramatiq.index import App, Arg, Step, Task, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Import, RemoveSpec, ReplaceSpec, Spec, Text

TASK = Row(
    "C2D101",
    "@app.task, @shared_task",
    "@dramatiq.actor(actor_name=...)",
    Action.REWRITE,
    about="An actor is registered under the name that Celery gives the task, so that "
    "logs, dashboards and senders by name find it as before. What Celery does by "
    "default is set where the broker is made: nothing is retried, and nothing is "
    "limited in time.",
)
NAME = Row(
    "C2D102",
    "@app.task(name=...)",
    "@dramatiq.actor(actor_name=...)",
    Action.REWRITE,
    about="The given name becomes the actor's name, letter for letter.",
)
QUEUE = Row(
    "C2D103",
    "@app.task(queue=...)",
    "@dramatiq.actor(queue_name=...)",
    Action.REWRITE,
    about="An actor has one queue, and `queue_name` is its name. A worker reads the "
    "queues of all the actors that it imports, unless `--queues` says otherwise.",
)
BAD_QUEUE = Row(
    "C2D104",
    "@app.task(queue=...) with a name that Dramatiq refuses, or a computed one",
    "",
    Action.MANUAL,
    "a queue's name must match [a-zA-Z_][a-zA-Z0-9._-]* and not end in .DQ or .XQ; one that is "
    "imported or computed cannot be checked",
    "write the queue's name out where the task is declared, or rename the queue in Celery first",
    about="Dramatiq checks the name when the actor is declared and raises ValueError. A "
    "computed name is not taken over, as it cannot be checked, and nothing that "
    "sends to it either.",
)
PREFIXED = Row(
    "C2D105",
    "a queue on a broker that may be RabbitMQ",
    "the queue under another name",
    Action.REVIEW,
    "RabbitMQ refuses to use a queue that Celery declared, so it gets a name of its own",
    about="RabbitMQ keeps the arguments of a queue for as long as it exists, and answers "
    "a second declaration with other arguments (Dramatiq's has a dead letter queue) "
    "by closing the channel. With a name of its own both workers can run side by "
    "side; drain Celery's queue, then delete it.",
)
NESTED = Row(
    "C2D106",
    "a task declared inside a function or a class",
    "",
    Action.MANUAL,
    "an actor is registered once for all, and is no method",
    "declare it at the top of its module",
    about="Celery registers such a task anew on each call and keeps the first one; "
    "Dramatiq refuses the second actor of a name.",
)
ABOVE = Row(
    "C2D107",
    "a decorator above the task's own",
    "",
    Action.MANUAL,
    "it gets the task object, and an actor is not like it",
    "move it below the task's decorator, if it works on plain functions",
    about="Decorators run from the bottom up, so this one is handed what the task's "
    "decorator has made. An actor is called like a function, but has neither the "
    "attributes nor the class of a task.",
)
ASYNC = Row(
    "C2D108",
    "async def as a task",
    "",
    Action.MANUAL,
    "Celery never awaits it, so its body never runs today; an actor's would",
    "make it a plain function that runs the coroutine, or accept that it runs from now on",
    acceptable=True,
    about="Celery calls the function, gets a coroutine, and throws it away: the task "
    "succeeds without having done anything. With `--accept` the bodies run from now "
    "on, in the event loop of Dramatiq's AsyncIO middleware.",
)
CALLED = Row(
    "C2D109",
    "task = app.task(function)",
    "actor = dramatiq.actor(function, actor_name=...)",
    Action.REWRITE,
    about="The decorator is called instead of written above the function; both libraries take it "
    "that way, and the function keeps its own name.",
)
CALLED_WITH = Row(
    "C2D110",
    "app.task(function) of a bound, a decorated, or a computed function",
    "",
    Action.MANUAL,
    "what runs, and with which arguments, cannot be told from the source",
    "write a function with a decorator",
    about="Such a function has no source of its own to look at, or begins with a parameter for "
    "the task itself, which an actor is not given.",
)

ALIAS = Row(
    "C2D158",
    "task = app.task",
    "nothing, or task = dramatiq.actor where another file may import the name",
    Action.REWRITE,
    about="What the name decorates becomes an actor by `dramatiq.actor`, so that nothing uses "
    "the name any more. While tasks of the app stay, so does the name.",
)

# dramatiq/broker.py and actor.py: _queue_name_re; .DQ and .XQ are dramatiq.common's suffixes.
_QUEUE_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9._-]*")


@on_options("name", "queue", always=True)
def declare(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Give the actor Celery's name and queue."""
    plain = None if task.instance else CALLED if task.called_with else TASK
    if row := NAME if "name" in args else plain:
        yield Outcome(row)
    yield from _shape(task)
    queue = args.get("queue")
    if queue is not None and not _is_queue_name(queue.literal):
        yield Outcome(BAD_QUEUE, f"`{queue.code}`")
        return
    name = str(queue.literal) if queue is not None else context.queue_of(task)
    if name and not _is_queue_name(name):
        yield Outcome(BAD_QUEUE, f"`{name}`")
    elif name:
        text = Text(context.quoted(task.path, f"{context.queue_prefix}{name}"))
        row = PREFIXED if context.queue_prefix else QUEUE
        yield Outcome(row, f"`{name}`", sets=(("queue_name", text),))


def _shape(task: Task) -> Iterator[Outcome]:
    if task.nested:
        yield Outcome(NESTED, f"in a {task.nested}")
    if task.above:
        yield Outcome(ABOVE, f"`@{task.above[0]}`")
    if task.is_async:
        yield Outcome(ASYNC)
    if task.called_with is not None and (task.bound or not task.called_with.name):
        yield Outcome(CALLED_WITH, "it is bound" if task.bound else "")


@on_use("app", ".task")
def alias(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Drop another name for the decorator: whatever it decorates has one of Dramatiq's."""
    if steps != use.steps or use.role.kind != "assigned" or _is_part(use):
        return None
    return Outcome(ALIAS, specs=(_dropped(use, context),))


def _dropped(use: Use, context: Context) -> Spec:
    """Remove the name; where other files may import it, they go on finding one."""
    path = use.place.path
    others = (module for other, module in context.index.modules.items() if other != path)
    if any(path in module.imports for module in others):
        return ReplaceSpec(use.place, imports=(Import("dramatiq"),), code="dramatiq.actor")
    return RemoveSpec(use.statement)


def _is_part(use: Use) -> bool:
    """Tell whether a statement does more, or elsewhere, than give a thing another name."""
    return bool(use.scope) or use.statement.column != 1 or use.statement.end != use.place.end


@on_settings(always=True)
def coroutines(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Have coroutines run where the user accepts that: it needs a middleware of Dramatiq's."""
    accepted = ASYNC.code in context.options.accept
    if accepted and any(task.is_async for task in context.tasks.values()):
        yield Outcome(TASK, sets=(("run_coroutines", Text("True")),))


def _is_queue_name(name: object) -> bool:
    return (
        isinstance(name, str)
        and _QUEUE_NAME.fullmatch(name) is not None
        and not name.endswith((".DQ", ".XQ"))
    )
