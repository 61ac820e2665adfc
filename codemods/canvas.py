"""Signatures, chains, groups and chords: the same objects, which send Dramatiq's messages.

`task.s()` becomes a `Signature` of the helper module, `chain`, `group` and `chord` its `Chain`,
`Group` and `Chord`. They take Celery's arguments and options and put results first, so that what
is stored, returned, or joined with `|` somewhere else means what it meant. What comes after a
message is done by the middleware `Canvas`, in the worker.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from celery2dramatiq.codemod import EVERY_CANVAS, Context, Outcome, on_end, on_keywords, on_use
from celery2dramatiq.commands.target import CELERY_QUEUE
from celery2dramatiq.index import Arg, Step, Task, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import CallSpec, Code, Receiver, ReplaceSpec, Rest, Text

from . import other_queue

SIGNATURE = Row(
    "C2D401",
    "task.s(...)",
    "signature(actor, ...)",
    Action.REWRITE,
    about="`signature` of the helper module keeps the actor and its arguments; in a chain "
    "the result of what came before is the first argument, as with Celery "
    "(Dramatiq's own pipelines append it last).",
)
IMMUTABLE = Row(
    "C2D402",
    "task.si(...)",
    "immutable_signature(actor, ...)",
    Action.REWRITE,
    about="The signature takes nothing of what comes before it.",
)
OPTIONS = Row(
    "C2D403",
    "task.signature(args, kwargs, ...), task.subtask(...)",
    "Signature(actor, args, kwargs, ...)",
    Action.REWRITE,
    about="The arguments and the options are given as they were, with Celery's names and units.",
)
NAMED = Row(
    "C2D404",
    'signature("name", ...)',
    'Signature("name", ...)',
    Action.REWRITE,
    about="The name is that of an actor of the project, which bears the task's name.",
)
CHAIN = Row(
    "C2D405",
    "chain(...)",
    "Chain(...)",
    Action.REWRITE,
    about="`Chain` of the helper module sends the first message with those that follow in "
    "its options. Celery's order of arguments is kept, which a pipeline of "
    "Dramatiq's would not do.",
)
GROUP = Row(
    "C2D406",
    "group(...)",
    "Group(...)",
    Action.REWRITE,
    about="`Group` sends its members at the same time and gives a result with that of "
    "each, in order.",
)
CHORD = Row(
    "C2D407",
    "chord(header)(body)",
    "Chord(header)(body)",
    Action.REWRITE,
    about="The body is sent once, when every member of the header has succeeded, with "
    "their results in order.",
)
SENT = Row(
    "C2D408",
    "a canvas that is sent: .delay(), .apply_async(), a call",
    "the same",
    Action.REWRITE,
    about="The helper module's canvases are sent in Celery's words.",
)
KEPT = Row(
    "C2D409",
    "a canvas that is joined with `|`, stored, returned, handed over, changed",
    "the same",
    Action.REWRITE,
    about="The helper module's canvases are joined, called and changed in Celery's words.",
)
ERRBACK = Row(
    "C2D420",
    "link_error, on_error",
    "",
    Action.MANUAL,
    "Celery calls it with (request, exception, traceback) or sends it with the id alone; a "
    "Dramatiq actor given as on_failure gets (message_data, exception_data), after every attempt",
    "write an actor with those two parameters and send with on_failure, or catch the error in "
    "the task",
    about="What such a callback is for is often logging or a notification; a middleware "
    "with `after_process_message` is another place for that. What is written out for one message "
    "moves: see C2D410 and C2D411.",
)
ERRBACK_BY_ID = Row(
    "C2D410",
    "link_error=task.s() of a task with one parameter, link_error=task.si(...)",
    "link_error=signature(actor), sent with the id",
    Action.REWRITE,
    about="The helper module keeps it in the message's options, and sends it when the message has "
    "failed for good, with the id of that message as first argument, or with its own arguments "
    "alone if it is immutable.",
)
ERRBACK_CALLED = Row(
    "C2D411",
    "link_error=task.s() of a task with (request, exc, traceback)",
    "link_error=signature(actor), called in the worker",
    Action.REVIEW,
    "`traceback` is the text that Dramatiq keeps, with the worker's own lines, and `request` has "
    "what C2D301 lists",
    about="It is called in the worker where the message has failed for good, as with Celery.",
)

ITERATED = Row(
    "C2D421",
    "task.chunks(...), task.map(...), task.starmap(...)",
    "",
    Action.MANUAL,
    "one message of Celery's runs the task for every item, and returns a list",
    "write a task with a loop, or send a group of messages",
    about="One message for many items is one retry and one limit for all of them; a "
    "message for each is something else.",
)
UNKNOWN = Row(
    "C2D422",
    "a canvas that is frozen, replaced, stamped, applied in place or looked into",
    "",
    Action.MANUAL,
    "Dramatiq's messages know nothing like it",
    "send the canvas, and keep in the project what is to be known of it",
    about="`freeze`, `replace`, `stamp` and `apply` belong to the machinery that Celery's "
    "canvases are made of.",
)
HANDED = Row(
    "C2D423",
    "a signature as an argument of a task, or in something that is no canvas",
    "",
    Action.MANUAL,
    "Celery sends it as data, and makes a signature of it on the other side",
    "send the name of the task and its arguments instead",
    about="A signature in the arguments of a message is a dictionary of Celery's own form.",
)
UNCALLED = Row(
    "C2D424",
    "task.s that is handed over without a call",
    "",
    Action.MANUAL,
    "what it is called with cannot be told",
    "write a lambda that calls it",
    about="`map(task.s, items)` and the like call it with arguments that stand elsewhere.",
)
COMPUTED = Row(
    "C2D425",
    "signature(...) of a name that is computed, or not in the project",
    "",
    Action.MANUAL,
    "the task that it means cannot be told",
    "make it of the task itself",
    about="The message would bear a name that perhaps no actor has, and go to the dead letters.",
)

OPTION = Row(
    "C2D426",
    "an option of a canvas without a rule: queue, priority, time limits, **options",
    "",
    Action.MANUAL,
    "what it does to each message of the canvas cannot be told",
    "give the option to the signatures",
    about="Celery gives such an option to some of the messages of a canvas and not to others.",
)

OLDER = Row(
    "C2D427",
    "a canvas, in a project whose broker was made by an earlier run",
    "",
    Action.MANUAL,
    "make_broker() in its dramatiq_helpers.py knows nothing of canvases",
    "delete make_broker() there, and run the tool again",
    about="The helper module is the project's own file, and what is in it is never "
    "changed, only added to.",
)

# Options that need nothing but seconds turned into milliseconds, or mean nothing to Dramatiq.
_PLAIN_OPTIONS = (
    "args", "kwargs", "countdown", "eta", "expires", "task_id", "link", "immutable", "headers",
    "retry", "retry_policy", "add_to_parent", "producer", "connection", "shadow",
)  # fmt: skip
# Arguments of a signature that are no options.
_NO_OPTIONS = (
    None, "varies", "task", "task_id", "args", "kwargs", "link", "link_error", "immutable",
)  # fmt: skip
# What sends its arguments, or writes them down as data.
_AS_DATA = (
    "delay", "apply_async", "s", "si", "signature", "subtask", "send_task", "retry", "dumps",
    "apply", "chunks", "map", "starmap", "add_periodic_task", "replace", "send",
)  # fmt: skip
_ERRBACKS = ("link_error", "on_error")
_ERRORS = "_ErrorsMiddleware"
_WRITTEN = ("s", "si", "signature", "subtask")
_CANVASES = ("celery.chain", "celery.group", "celery.chord")


def _is_written_out(given: Arg) -> bool:
    """Tell whether it is one signature that stands there, which is then judged by itself."""
    node = ast.parse(f"({given.code})", mode="eval").body
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in _WRITTEN


def fits(call: Step) -> bool:
    """Tell whether what the call is given as `link_error`, if anything, is written out."""
    given = [arg for arg in call.args if arg.keyword in _ERRBACKS]
    return all(arg.literal is None or _is_written_out(arg) for arg in given)


def _judged(use: Use, context: Context, tie: tuple[str, ...]) -> Outcome:
    """Say what becomes of a signature that is called on errors: `.s()` or `.si(...)`."""
    if use.target.kind != "task" or use.made or use.shape not in (".s()", ".si()"):
        return Outcome(ERRBACK, tie=tie)
    task = context.tasks[use.target.name]
    if use.shape == ".si()":
        return Outcome(ERRBACK_BY_ID, tie=tie)
    count = _count(task)
    if use.steps[-1].args or count is None:
        return Outcome(ERRBACK, tie=tie)
    if count == 1:
        return Outcome(ERRBACK_BY_ID, tie=tie)
    return Outcome(ERRBACK_CALLED if count == 3 and not task.bound else ERRBACK, tie=tie)


def _count(task: Task) -> int | None:
    """Return how many arguments a task takes; None if that is open."""
    own = task.parameters[1:] if task.bound else task.parameters
    return len(own) if all(one.kind in ("positional", "plain") for one in own) else None


@on_keywords("link_error")
def link_error(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold back a send whose callback is not one signature that is written out."""
    yield Outcome(ERRBACK)


def _ties(use: Use, context: Context) -> tuple[str, ...]:
    """Return what holds the tasks of a canvas together: the file, or if it leaves it, all."""
    own = f"canvas {use.place.path}"
    inside = use.role.detail in _CANVASES or use.role.kind in ("operand", "discarded", "assigned")
    inside = inside or use.role.keyword in ("link", *_ERRBACKS)
    sent = any(step.name in ("delay", "apply_async") for step in use.steps)
    return (own,) if inside or sent else (own, EVERY_CANVAS)


def _made(use: Use, steps: tuple[Step, ...], context: Context, row: Row, helper: str) -> Outcome:
    if context.lacks("_CanvasMiddleware"):
        return Outcome(OLDER, tie=_ties(use, context))
    first: Code = Receiver()
    if use.target.kind == "self":
        first = Text(context.tasks[use.target.name].function)
    spec = CallSpec(
        steps[-1].place,
        helpers=(helper, _ERRORS if _is_errback(use) else "_CanvasMiddleware"),
        function=context.call(use.place.path, helper),
        args=((None, first), (None, Rest())),
    )
    made = Outcome(row, specs=(spec,), gives="signature", tie=_ties(use, context))
    return made if row is not OPTIONS else _with_options(use, steps[-1], context, made)


def _with_options(use: Use, call: Step, context: Context, made: Outcome) -> Outcome:
    """Return the outcome with what is to be said of the call's options, or the reason against."""
    tie = _ties(use, context)
    plain = [one for arg in call.args for one in (arg.items if arg.star == "**" else (arg,))]
    given = {arg.keyword or "": arg for arg in plain if arg.keyword not in _NO_OPTIONS}
    many = len([arg for arg in plain if arg.keyword is None]) > 2
    starred = any(arg.star and not arg.items for arg in call.args)
    if starred or many or "options" in given:
        return Outcome(OPTION, tie=tie)
    if use.target.kind not in ("task", "self"):
        unknown = sorted(given.keys() - set(_PLAIN_OPTIONS))
        return Outcome(OPTION, f"`{unknown[0]}`", tie=tie) if unknown else made
    if not fits(call):
        return Outcome(ERRBACK, tie=tie)
    answers = context.keywords(context.tasks[use.target.name], given)
    for answer in answers:
        if answer.row.action is Action.MANUAL:
            return replace(answer, tie=tie)
    if "queue" in given and _is_default(given["queue"], use, context):
        return Outcome(OPTION, f"`queue={given['queue'].code}`", tie=tie)
    also = tuple(Outcome(one.row, one.note) for one in answers)
    return replace(made, also=also)


def _is_default(queue: Arg, use: Use, context: Context) -> bool:
    """Tell whether it is another queue, the one that has another name with Dramatiq."""
    if context.default_queue or queue.literal != CELERY_QUEUE:
        return False
    return other_queue.own_queue(context.tasks[use.target.name], context) != CELERY_QUEUE


def _s(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Make a signature with the same arguments."""
    return _made(use, steps, context, SIGNATURE, "signature")


def _si(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Make a signature that takes no result."""
    return _made(use, steps, context, IMMUTABLE, "immutable_signature")


def _options(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Make a signature with options, which are Celery's."""
    return _made(use, steps, context, OPTIONS, "Signature")


task_s = on_use("task", ".s()")(_s)
task_si = on_use("task", ".si()")(_si)
task_signature = on_use("task", ".signature()")(_options)
task_subtask = on_use("task", ".subtask()")(_options)
self_s = on_use("self", ".s()")(_s)
self_si = on_use("self", ".si()")(_si)
self_signature = on_use("self", ".signature()")(_options)
self_subtask = on_use("self", ".subtask()")(_options)


def _uncalled(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Hold the task back."""
    return Outcome(UNCALLED, f"`{steps[-1].name}`", tie=(f"canvas {use.place.path}",))


uncalled_s = on_use("task", ".s")(_uncalled)
uncalled_si = on_use("task", ".si")(_uncalled)
uncalled_signature = on_use("task", ".signature")(_uncalled)
uncalled_subtask = on_use("task", ".subtask")(_uncalled)


def _iterated(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Hold the task back."""
    return Outcome(ITERATED, f"`{steps[-2].name}`")


chunks = on_use("task", ".chunks()")(_iterated)
mapped = on_use("task", ".map()")(_iterated)
starmapped = on_use("task", ".starmap()")(_iterated)


# -- by name


def _named(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Make a signature of a task of the project by its name."""
    call = steps[-1]
    name = call.arg("varies", 0) or call.arg("task")
    task = context.by_name(name.literal) if name is not None else None
    if task is None:
        return Outcome(COMPUTED, f"`{name.code}`" if name is not None else "")
    spec = CallSpec(
        call.place,
        helpers=("Signature", "_CanvasMiddleware"),
        setup=True,
        function=context.call(use.place.path, "Signature"),
    )
    tie = _ties(use, context)
    made = Outcome(NAMED, specs=(spec,), gives="signature", task=task.id, tie=tie)
    args = tuple(arg for arg in call.args if arg is not name)
    return _with_options(use, replace(call, args=args), context, made)


signature = on_use("celery.signature", "()")(_named)
app_signature = on_use("app", ".signature()")(_named)


# -- chains, groups, chords


def _composed(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Call the helper's class; its arguments are looked at one by one."""
    row, helper = _KINDS[use.target.name]
    for arg in steps[-1].args:
        if arg.keyword in _ERRBACKS:
            return Outcome(ERRBACK, tie=_ties(use, context))
    code = context.call(use.place.path, helper)
    spec = CallSpec(steps[-1].place, helpers=(helper, "_CanvasMiddleware"), function=code)
    return Outcome(row, specs=(spec,), gives="canvas", tie=_canvas_ties(use, context))


_KINDS = {
    "celery.chain": (CHAIN, "Chain"),
    "celery.group": (GROUP, "Group"),
    "celery.chord": (CHORD, "Chord"),
}


def _canvas_ties(use: Use, context: Context) -> tuple[str, ...]:
    """Return what ties a canvas to tasks: those of its file, or if there are none, all."""
    made_here = any(
        other.target.kind == "task" and other.place.path == use.place.path
        for other in context.index.uses
        if any(step.name in ("s", "si", "signature", "subtask") for step in other.steps)
    )
    return _ties(use, context) if made_here else (EVERY_CANVAS,)


chain = on_use("celery.chain", "()")(_composed)
group = on_use("celery.group", "()")(_composed)
chord = on_use("celery.chord", "()")(_composed)


def _class(use: Use, context: Context) -> Outcome:
    """Name the helper's class."""
    row, helper = _KINDS[use.target.name]
    code = context.call(use.place.path, helper)
    spec = ReplaceSpec(use.place, helpers=(helper, "_CanvasMiddleware"), code=code)
    return Outcome(row, specs=(spec,), tie=_canvas_ties(use, context))


chain_class = on_end("celery.chain", "argument", "annotation", "element", "assigned")(_class)
group_class = on_end("celery.group", "argument", "annotation", "element", "assigned")(_class)
chord_class = on_end("celery.chord", "argument", "annotation", "element", "assigned")(_class)


# -- what is done with them


def _send(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone: the helpers take Celery's options."""
    if not _may_fail(use, steps[-1]):
        return Outcome(ERRBACK, tie=_ties(use, context))
    sent = Outcome(SENT, gives="canvas result", tie=_ties(use, context))
    plain = "apply_async" not in "".join(step.name for step in steps)
    return sent if plain else _with_options(use, steps[-1], context, sent)


def _changed(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone: it gives the object itself, or a copy."""
    if not _may_fail(use, steps[-1]):
        return Outcome(ERRBACK, tie=_ties(use, context))
    made = Outcome(KEPT, gives=_kind(use), tie=_ties(use, context))
    return _with_options(use, steps[-1], context, made)


def _may_fail(use: Use, call: Step) -> bool:
    """Tell whether it is known what is called on errors: of one message, a signature."""
    given = any(arg.keyword in _ERRBACKS for arg in call.args)
    return not given or (_kind(use) == "signature" and fits(call))


def _kind(use: Use) -> str:
    return "canvas" if use.target.name in _KINDS else "signature"


def _linked(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone: it gives the callback."""
    return Outcome(KEPT, tie=_ties(use, context))


def _errback(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Hold the tasks back."""
    return Outcome(ERRBACK, tie=_ties(use, context))


def _own_errback(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone where the callback is written out."""
    given = steps[-1].args
    if len(given) != 1 or not _is_written_out(given[0]):
        return _errback(use, steps, context)
    gives = "signature" if steps[0].name == "on_error" else ""
    return Outcome(KEPT, gives=gives, tie=_ties(use, context))


def _unknown(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Hold the tasks back."""
    return Outcome(UNKNOWN, f"`{steps[0].name}`", tie=_ties(use, context))


signature_delay = on_use("signature", ".delay()")(_send)
signature_apply_async = on_use("signature", ".apply_async()")(_send)
signature_set = on_use("signature", ".set()")(_changed)
signature_clone = on_use("signature", ".clone()")(_changed)
signature_link = on_use("signature", ".link()")(_linked)
signature_link_error = on_use("signature", ".link_error()")(_own_errback)
signature_on_error = on_use("signature", ".on_error()")(_own_errback)
signature_unknown = on_use("signature", ".*")(_unknown)
canvas_call = on_use("canvas", "()")(_send)
canvas_delay = on_use("canvas", ".delay()")(_send)
canvas_apply_async = on_use("canvas", ".apply_async()")(_send)
canvas_set = on_use("canvas", ".set()")(_changed)
canvas_clone = on_use("canvas", ".clone()")(_changed)
canvas_link = on_use("canvas", ".link()")(_linked)
canvas_link_error = on_use("canvas", ".link_error()")(_errback)
canvas_on_error = on_use("canvas", ".on_error()")(_errback)
canvas_unknown = on_use("canvas", ".*")(_unknown)


def _looked_into(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone: the helper's object has it, too."""
    if use.role.kind in ("stored", "augmented", "deleted"):
        return _unknown(use, steps, context)
    return Outcome(KEPT, tie=_ties(use, context))


signature_args = on_use("signature", ".args")(_looked_into)
signature_kwargs = on_use("signature", ".kwargs")(_looked_into)
signature_task = on_use("signature", ".task")(_looked_into)
signature_name = on_use("signature", ".name")(_looked_into)
canvas_tasks = on_use("canvas", ".tasks")(_looked_into)


@on_use("signature", "()")
def called(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone: it calls the function in its place."""
    return Outcome(KEPT, tie=_ties(use, context))


@on_use("signature", ".apply_async")
def uncalled_apply_async(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave a launcher alone that is handed over: `on_commit(signature.apply_async)`."""
    return Outcome(KEPT, gives="canvas launcher", tie=_ties(use, context))


@on_use("signature", ".delay")
def uncalled_delay(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave a launcher alone that is handed over."""
    return Outcome(KEPT, gives="canvas launcher", tie=_ties(use, context))


@on_use("canvas", ".apply_async")
def canvas_launcher(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave a launcher alone that is handed over."""
    return Outcome(KEPT, gives="canvas launcher", tie=_ties(use, context))


@on_use("canvas", ".delay")
def canvas_delay_uncalled(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave a launcher alone that is handed over."""
    return Outcome(KEPT, gives="canvas launcher", tie=_ties(use, context))


@on_end("canvas launcher", "*")
def launcher(use: Use, context: Context) -> Outcome:
    """Leave it alone: whoever calls it gets a TaskResult."""
    return Outcome(KEPT, tie=_ties(use, context))


def _taker(use: Use) -> str:
    return use.role.detail.rpartition("::")[2].removesuffix("()").rpartition(".")[2]


def _is_errback(use: Use) -> bool:
    return _taker(use) in _ERRBACKS or use.role.keyword in _ERRBACKS


def _handed(use: Use, context: Context) -> Outcome:
    """Leave it alone where it stays an object, hold the tasks back where it becomes data."""
    if _is_errback(use):
        return _judged(use, context, _ties(use, context))
    taker = _taker(use)
    data = use.role.kind in ("argument", "element") and use.role.keyword not in ("link", "body")
    if (data and taker in _AS_DATA) or use.role.kind in _NO_CANVAS:
        return Outcome(HANDED, f"`{use.role.detail}`", tie=_ties(use, context))
    if use.role.kind == "operand" and use.role.detail.rstrip("=") != "|":
        return Outcome(HANDED, f"`{use.role.detail}`", tie=_ties(use, context))
    return Outcome(KEPT, tie=_ties(use, context))


_NO_CANVAS = ("formatted", "compared", "awaited", "iterated", "entered", "deleted", "raised")

signature_handed = on_end("signature", "*")(_handed)
canvas_handed = on_end("canvas", "*")(_handed)
