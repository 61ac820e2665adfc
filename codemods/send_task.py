"""`app.send_task("name", ...)` of a task of the project becomes a send by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from celery2dramatiq.codemod import Context, Outcome, keep, on_end, on_use
from celery2dramatiq.index import Arg, Step, Task, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import CallSpec, Code, Text

from . import apply_async, other_queue

SEND_TASK = Row(
    "C2D207",
    'app.send_task("name", args, kwargs)',
    'send_task("name", args, kwargs, queue_name=...)',
    Action.REWRITE,
    about="`send_task` of the helper module puts together the message that the actor of "
    "that name would send, with the queue of that actor, and does not import its "
    "module, as with Celery.",
)
UNKNOWN_TASK = Row(
    "C2D217",
    "app.send_task(...) of a name that is not in the project",
    "",
    Action.MANUAL,
    "the task belongs to another service, or the name is computed",
    "leave it on Celery, if the other service is",
    about="Messages for another service must stay in that service's format, and go where "
    "it reads them.",
)

# celery/app/base.py: Celery.send_task
_POSITIONAL = ("name", "args", "kwargs", "countdown", "eta", "task_id")


@on_use("app", ".send_task()")
def send_task(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Send by name to the queue of the actor of that name."""
    call = steps[-1]
    given: dict[str, Arg] = {}
    for arg in call.args:
        if arg.star or (arg.keyword is None and (arg.position or 0) >= len(_POSITIONAL)):
            return Outcome(UNKNOWN_TASK, f"`{arg.star}{arg.code}`")
        given[arg.keyword or _POSITIONAL[arg.position or 0]] = arg
    name = given.pop("name", None)
    task = context.by_name(name.literal) if name is not None else None
    if name is None or task is None:
        literal = name is not None and isinstance(name.literal, str)
        # a name that is not one of ours goes elsewhere: the app stays, and the tasks may move
        return Outcome(UNKNOWN_TASK, f"`{call_name(name)}`", harmless=literal)
    answers = context.keywords(task, given)
    for answer in answers:
        if answer.row.action is Action.MANUAL:
            return replace(answer, task=task.id)
    sets: list[tuple[str | None, Code]] = [(None, keep(name))]
    own = Text(context.quoted(use.place.path, queue_of(task, context)))
    given_sets = dict(pair for answer in answers for pair in answer.sets)
    queue_name = given_sets.pop(apply_async.QUEUE_NAME, own)
    sets += [*given_sets.items(), ("queue_name", queue_name)]
    spec = CallSpec(
        call.place,
        helpers=("send_task", *_helpers(answers)),
        imports=tuple(new for answer in answers for new in answer.imports),
        setup=True,
        function=context.call(use.place.path, "send_task"),
        args=tuple(sets),
    )
    also = tuple(answer for answer in answers if answer.row is not apply_async.APPLY_ASYNC)
    return Outcome(SEND_TASK, specs=(spec,), gives="sent", task=task.id, also=also)


def _helpers(answers: Sequence[Outcome]) -> Iterator[str]:
    """Yield what the options need: another queue is an argument of `send_task` itself."""
    for answer in answers:
        if answer.row is not other_queue.SENT_TO:
            yield from answer.helpers


# What takes a task's name, each with a rule for that (`signature` in canvas.py).
_BY_NAME = ("send_task", "celery.signature", ".signature", ".subtask")


@on_end("task", "string")
def in_string(use: Use, context: Context) -> Outcome:
    """Leave the name in a `send_task` to the rule for that."""
    if use.role.detail.removesuffix("()").endswith(_BY_NAME):
        return Outcome(SEND_TASK)
    if context.is_setting(use.place):
        return Outcome(SETTING)
    note = f"given to `{use.role.detail}`" if use.role.detail else ""
    return Outcome(NAMED, note, harmless=_is_inert(use, context))


def _is_inert(use: Use, context: Context) -> bool:
    """Tell whether a name stands in a setting that Celery never reads, and no schedule is one.

    Who sends it by that name all the same has a computed name, which holds every task back.
    """
    for configuration in context.index.configurations.values():
        if configuration.of("beat_schedule"):
            return False
        if any(one.value.place.holds(use.place) for one in configuration.inert):
            return True
    return False


SETTING = Row(
    "C2D239",
    "a task's name in task_routes, task_annotations",
    "options of the actor",
    Action.REWRITE,
    about="The key names one task or a pattern of names: what it sets becomes an option "
    "of each actor that it means.",
)


NAMED = Row(
    "C2D218",
    "a task's name in a string",
    "",
    Action.MANUAL,
    "what is done with the name there cannot be told",
    "use the task itself instead of its name",
    acceptable=True,
    about="A table of names is often what is sent by `send_task`, or compared with a name "
    "from a log. With `--accept` it stays as it is: names do not change.",
)


def call_name(name: Arg | None) -> str:
    """Return the name as it is written."""
    return name.code if name is not None else "send_task"


def queue_of(task: Task, context: Context) -> str:
    """Return the actor's queue."""
    own = task.option("queue")
    name = own.literal if own is not None else context.queue_of(task)
    return f"{context.queue_prefix}{name}" if name else "default"
