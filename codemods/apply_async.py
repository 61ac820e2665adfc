"""`task.apply_async(args, kwargs, ...)` becomes `actor.send_with_options(...)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import (
    Context,
    Outcome,
    keep,
    on_keywords,
    on_use,
)
from celery2dramatiq.index import MISSING, Arg, Step, Task, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import CallSpec, Code, Milliseconds, OrEmpty

APPLY_ASYNC = Row(
    "C2D202",
    "task.apply_async(args, kwargs)",
    "actor.send_with_options(args=..., kwargs=...)",
    Action.REWRITE,
)
COUNTDOWN = Row(
    "C2D203",
    "apply_async(countdown=s)",
    "send_with_options(delay=ms)",
    Action.REWRITE,
)
SAME_QUEUE = Row(
    "C2D204", "apply_async(queue=...) with the task's own queue", "send(...)", Action.REWRITE
)
UNKNOWN_ARGUMENTS = Row(
    "C2D215",
    "apply_async(*args) or apply_async(**options)",
    "",
    Action.MANUAL,
    "Dramatiq drops an option that it does not know without a word",
    "write the options out",
)

# celery/app/task.py: Task.apply_async
_POSITIONAL = ("args", "kwargs", "task_id", "producer", "link", "link_error", "shadow")


@on_use("task", ".apply_async()")
def apply_async(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Print the call with Dramatiq's options, if every one of Celery's has a rule."""
    call = steps[-1]
    given: dict[str, Arg] = {}
    for arg in call.args:
        if arg.star or (arg.keyword is None and (arg.position or 0) >= len(_POSITIONAL)):
            return Outcome(UNKNOWN_ARGUMENTS, f"`{arg.star}{arg.code}`")
        given[arg.keyword or _POSITIONAL[arg.position or 0]] = arg
    answers = context.keywords(context.tasks[use.target.name], given)
    for answer in answers:
        if answer.row.action is Action.MANUAL:
            return answer
    sets: list[tuple[str | None, Code]] = [pair for answer in answers for pair in answer.sets]
    attribute = "send_with_options" if sets else "send"
    also = tuple(answer for answer in answers if answer.row is not APPLY_ASYNC)
    spec = CallSpec(
        call.place,
        helpers=tuple(name for answer in answers for name in answer.helpers),
        imports=tuple(new for answer in answers for new in answer.imports),
        attribute=attribute,
        args=tuple(sets),
    )
    return Outcome(APPLY_ASYNC, specs=(spec,), gives="sent", also=also)


@on_keywords("args", "kwargs")
def arguments(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hand the arguments over by keyword: `send_with_options` takes nothing else."""
    if "args" in args:
        yield Outcome(APPLY_ASYNC, sets=(("args", OrEmpty(keep(args["args"]).of)),))
    if "kwargs" in args:
        yield Outcome(APPLY_ASYNC, sets=(("kwargs", keep(args["kwargs"])),))


@on_keywords("countdown")
def countdown(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Seconds become milliseconds; none at all is no delay."""
    arg = args["countdown"]
    if arg.literal in (None, 0):
        yield Outcome(COUNTDOWN)
    else:
        yield Outcome(COUNTDOWN, sets=(("delay", seconds(arg)),))


def seconds(arg: Arg) -> Milliseconds:
    """Return the code for seconds that may be None as long as their value is not known."""
    return Milliseconds(keep(arg).of, optional=arg.literal is MISSING)


@on_keywords("queue")
def queue(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop the queue that the actor has anyway."""
    own = task.option("queue")
    name = own.literal if own is not None else context.default_queue or None
    given = args["queue"].literal
    if given is None or (isinstance(given, str) and given == name):
        yield Outcome(SAME_QUEUE)
    else:
        yield Outcome(OTHER_QUEUE, f"`{args['queue'].code}`")


OTHER_QUEUE = Row(
    "C2D216",
    "apply_async(queue=...) with another queue than the task's own",
    "",
    Action.MANUAL,
    "an actor has one queue, and `send_with_options(queue_name=...)` is silently ignored",
    "declare a second task for the other queue",
)
