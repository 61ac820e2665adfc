"""`task.apply_async(args, kwargs, ...)` becomes `actor.send_with_options(...)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from celery2dramatiq.codemod import (
    Context,
    Outcome,
    keep,
    on_keywords,
    on_use,
)
from celery2dramatiq.index import MISSING, Arg, Step, Task, Use
from celery2dramatiq.literals import inlined
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import (
    CallSpec,
    Code,
    Milliseconds,
    OrEmpty,
    Receiver,
    Rest,
    Text,
    Wrapped,
)

from . import canvas, other_queue

APPLY_ASYNC = Row(
    "C2D202",
    "task.apply_async(args, kwargs)",
    "actor.send_with_options(args=..., kwargs=...)",
    Action.REWRITE,
    about="`args` and `kwargs` are the same; with no options left it is a plain `send(...)`.",
)
COUNTDOWN = Row(
    "C2D203",
    "apply_async(countdown=s)",
    "send_with_options(delay=ms)",
    Action.REWRITE,
    about="Seconds become milliseconds. A worker keeps a delayed message in a queue of "
    "its own until it is due; a number that is computed is multiplied in place.",
)
SAME_QUEUE = Row(
    "C2D204",
    "apply_async(queue=...) with the task's own queue",
    "send(...)",
    Action.REWRITE,
    about="The option says where the message would go anyway.",
)
TWO_MOMENTS = Row(
    "C2D219",
    "apply_async(countdown=..., eta=...)",
    "",
    Action.MANUAL,
    "which of the two holds is decided when the task is sent",
    "give one of them",
    about="Where both are given, Celery takes a countdown other than 0, and "
    "else the moment (celery.app.amqp).",
)
LINK = Row(
    "C2D228",
    "apply_async(args, kwargs, link=callback)",
    "apply_async(actor, args, kwargs, ...)",
    Action.REWRITE,
    about="`apply_async` of the helper module sends the message with its callbacks in the "
    "message's options; each is sent when the task has succeeded, with the result "
    "as first argument.",
)
TASK_ID = Row(
    "C2D229",
    "apply_async(args, kwargs, task_id=...)",
    "apply_async(actor, args, kwargs, ...)",
    Action.REWRITE,
    about="The message gets the chosen id, by which its result is found.",
)
UNKNOWN_ARGUMENTS = Row(
    "C2D215",
    "apply_async(*args), or apply_async(**options) of what is no literal dictionary",
    "",
    Action.MANUAL,
    "Dramatiq drops an option that it does not know without a word",
    "write the options out",
    about="A misspelt or unknown option becomes an option of the message with Dramatiq, "
    "and changes nothing; what stands behind the star is not known before it runs.",
)

# Functions and methods that return a number, whatever they are called on.
_NUMBERS = (
    "abs", "float", "int", "len", "max", "min", "pow", "randint", "random", "randrange", "round",
    "sum", "total_seconds", "uniform",
)  # fmt: skip
QUEUE_NAME = "queue_name"  # what the rule for `queue` gives to those that send elsewhere
# What the helper does, and not an option of the message.
_SPECIAL = ("task_id", "link", "link_error")
# Options that have to be numbers where they are written into a dictionary.
_SECONDS = ("countdown", "soft_time_limit", "time_limit")
# celery/app/task.py: Task.apply_async
_POSITIONAL = ("args", "kwargs", "task_id", "producer", "link", "link_error", "shadow")


@on_use("task", ".apply_async()")
def apply_async(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Print the call with Dramatiq's options, if every one of Celery's has a rule."""
    return sent(use, steps[-1], context)


def sent(use: Use, call: Step, context: Context, actor: str = "") -> Outcome:
    """Return what an `apply_async` becomes. actor: its name, where the receiver is not one."""
    given: dict[str, Arg] = {}
    for arg in call.args:
        own = named(arg)
        if own is None or given.keys() & own.keys():
            return Outcome(UNKNOWN_ARGUMENTS, f"`{arg.star}{arg.code}`")
        given |= own
    if all(name in given and given[name].literal is not None for name in ("countdown", "eta")):
        return Outcome(TWO_MOMENTS)
    ours = _SPECIAL if canvas.fits(call) else _SPECIAL[:-1]
    special = [name for name in ours if given.pop(name, None) is not None]
    answers = context.keywords(context.tasks[use.target.name], given)
    for answer in answers:
        if answer.row.action is Action.MANUAL:
            return answer
    if special:
        row = LINK if set(special) & {"link", "link_error"} else TASK_ID
        return _special(use, call, row, context, actor)
    return Outcome(
        APPLY_ASYNC,
        specs=(_spec(call, answers, given, context, actor),),
        gives="sent",
        also=tuple(answer for answer in answers if answer.row is not APPLY_ASYNC),
    )


def named(arg: Arg) -> dict[str, Arg] | None:
    """Return what an argument gives, by name; None if that is not known."""
    if arg.star == "**" and arg.items and all(map(_is_literal, arg.items)):
        return {str(one.keyword): one for one in arg.items}
    if arg.star or (arg.keyword is None and (arg.position or 0) >= len(_POSITIONAL)):
        return None
    return {arg.keyword or _POSITIONAL[arg.position or 0]: arg}


def _is_literal(item: Arg) -> bool:
    number = item.literal is None or isinstance(item.literal, (int, float))
    return item.literal is not MISSING and (number or item.keyword not in _SECONDS)


def _special(use: Use, call: Step, row: Row, context: Context, actor: str) -> Outcome:
    """Send it with the helper, which takes Celery's options."""
    if len([arg for arg in call.args if arg.keyword is None]) > 3:
        return Outcome(UNKNOWN_ARGUMENTS, "more than three by position")
    linked = row is LINK
    spec = CallSpec(
        call.place,
        helpers=("apply_async", "_CanvasMiddleware") if linked else ("apply_async",),
        function=context.call(use.place.path, "apply_async"),
        args=((None, Text(actor) if actor else Receiver()), (None, Rest())),
    )
    tie = (f"canvas {use.place.path}",) if linked else ()
    return Outcome(row, specs=(spec,), gives="result", tie=tie)


def _spec(
    call: Step, answers: Sequence[Outcome], given: Mapping[str, Arg], context: Context, actor: str
) -> CallSpec:
    spread = {name: arg for name, arg in given.items() if arg.spread}
    sets: dict[str | None, Code] = {
        name: inlined(code, spread) if getattr(code, "of", None) in spread else code
        for answer in answers
        for name, code in answer.sets
    }
    queue_name = sets.pop(QUEUE_NAME, None)
    attribute = "send_with_options" if sets else "send"
    spec = CallSpec(
        call.place,
        helpers=tuple(name for answer in answers for name in answer.helpers),
        imports=tuple(new for answer in answers for new in answer.imports),
        attribute="" if actor else attribute,
        function=f"{actor}.{attribute}" if actor else "",
        args=tuple(sets.items()),
    )
    if queue_name is None:
        return spec
    first = ((None, queue_name), (None, Text(actor) if actor else Receiver()))
    function = context.call(call.place.path, "send_to")
    return replace(spec, attribute="", function=function, args=(*first, *spec.args))


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
    elif may_be_none(ast.parse(f"({arg.code})", mode="eval").body):
        code = Wrapped(context.call(arg.place.path, "milliseconds"), keep(arg).of)
        yield Outcome(COUNTDOWN, sets=(("delay", code),), helpers=("milliseconds",))
    else:
        optional = Milliseconds(keep(arg).of, optional=arg.literal is MISSING)
        yield Outcome(COUNTDOWN, sets=(("delay", optional),))


def may_be_none(node: ast.expr, *, alone: bool = True) -> bool:
    """Tell whether code may come to None; a name that stands `alone` has a printer for that."""
    if isinstance(node, ast.IfExp):
        return may_be_none(node.body, alone=False) or may_be_none(node.orelse, alone=False)
    if isinstance(node, (ast.Name, ast.Attribute)):
        return not alone
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", getattr(node.func, "id", "")) not in _NUMBERS
    return not isinstance(node, (ast.Constant, ast.BinOp, ast.UnaryOp))


@on_keywords("queue")
def queue(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop the queue that the actor has anyway; send to another one by its name."""
    arg = args["queue"]
    own = other_queue.own_queue(task, context)
    name = other_queue.dramatiqs(arg.literal, context)
    if arg.literal is None or (isinstance(arg.literal, str) and arg.literal == own):
        yield Outcome(SAME_QUEUE)
    elif name and own is not MISSING and other_queue.is_known(context):
        sets = ((QUEUE_NAME, Text(context.quoted(arg.place.path, name))),)
        yield Outcome(other_queue.SENT_TO, f"`{arg.literal}`", sets=sets, helpers=("send_to",))
    else:
        yield Outcome(OTHER_QUEUE, f"`{arg.code}`")


OTHER_QUEUE = Row(
    "C2D216",
    "apply_async(queue=...) with a queue that is computed, or whose name Dramatiq refuses",
    "",
    Action.MANUAL,
    "which queues the workers are to read has to be known where the actor is declared",
    "write the queue's name out, or choose one that matches [a-zA-Z_][a-zA-Z0-9._-]*",
    about="A worker of Dramatiq's reads the queues that its actors declare; a message in another "
    "one would never be run. It also stands here where make_broker() was written by an earlier "
    "run: delete it in dramatiq_helpers.py, and run the tool again.",
)
