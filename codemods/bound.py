"""`bind=True`: the first parameter goes, and `self` becomes the actor's own name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from celery2dramatiq.codemod import Context, Outcome, on_options, on_use
from celery2dramatiq.index import MISSING, Arg, Place, Step, Task, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import (
    CallSpec,
    ParameterSpec,
    ReplaceSpec,
    Rest,
    Text,
)

from . import apply_async

BIND = Row(
    "C2D301",
    "bind=True",
    "no parameter `self`",
    Action.REWRITE,
    about="Dramatiq calls the function with the message's arguments alone. What the body "
    "does with `self` is rewritten line by line, to the actor's own name.",
)
RETRY = Row(
    "C2D303",
    "self.retry(...)",
    "retry(actor, ...)",
    Action.REWRITE,
    about="The helper raises what Dramatiq retries, counts as Celery counts, and at the "
    "limit raises `exc`, or MaxRetriesExceededError. `raise retry(...)` stays the "
    "last line that is reached.",
)
RETRY_FORM = Row(
    "C2D304",
    "self.retry(args=, kwargs=, throw=, queue=, ...)",
    "",
    Action.MANUAL,
    "Dramatiq's Retry carries nothing but a delay",
    "send the task anew with other arguments, and return",
    about="Dramatiq puts the same message back into its queue: its arguments, its queue "
    "and its exception stay as they are.",
)
SELF_NAME = Row(
    "C2D305",
    "self.name",
    "actor.actor_name",
    Action.REWRITE,
    about="The actor bears the name that the task had.",
)
MAX_RETRIES = Row(
    "C2D306",
    "self.max_retries",
    "its value",
    Action.REWRITE,
    about="The number stands in the decorator, and is written out where it was read.",
)
RUN = Row(
    "C2D307",
    "self.run(...), self(...)",
    "actor.fn(...)",
    Action.REWRITE,
    about="`actor.fn` is the function itself: no message, no retries, as with Celery.",
)
SEND = Row(
    "C2D308",
    "self.delay(...), self.apply_async(...)",
    "actor.send(...)",
    Action.REWRITE,
    about="The task sends itself, by its own name.",
)
NO_SELF = Row(
    "C2D309",
    "a bound task without a plain first parameter",
    "",
    Action.MANUAL,
    "Celery's `self` arrives in `*args`",
    "give the function a parameter `self`",
    about="An actor's function gets exactly the arguments of the message, so where `self` "
    "was in `*args` all others would move by one place.",
)
SELF_EXCEEDED = Row(
    "C2D310",
    "self.MaxRetriesExceededError",
    "MaxRetriesExceededError",
    Action.REWRITE,
    about="The helper module has an exception of that name, with the attributes of "
    "Celery's; `retry()` raises it.",
)
SHADOWED = Row(
    "C2D311",
    "a bound task in whose body its own name means something else",
    "",
    Action.MANUAL,
    "the actor cannot be reached by its name there",
    "rename the variable",
    about="`self` becomes the actor's own name, which a parameter, a variable or an "
    "import hides here.",
)

COMPUTED = Row(
    "C2D315",
    "bind=... with a computed value",
    "",
    Action.MANUAL,
    "whether the first parameter is the task cannot be told from the source",
    "write True or False",
    about="With True the function's first parameter goes, with False it is the first "
    "argument of the message.",
)

Answer = Callable[[Use, tuple[Step, ...], Context], Outcome | None]
_RETRY = ("exc", "countdown", "eta", "max_retries")


@on_options("bind")
def bind(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop the first parameter."""
    if args["bind"].literal is MISSING:
        yield Outcome(COMPUTED, f"`{args['bind'].code}`")
        return
    if not task.bound:
        yield Outcome(BIND)
        return
    first = task.parameters[:1]
    if not first or first[0].kind not in ("positional", "plain"):
        yield Outcome(NO_SELF)
        return
    if _shadowed(task, context):
        yield Outcome(SHADOWED)
    place = first[0].place
    end = place.start + len(first[0].name.encode())
    name = Place(place.path, place.start, end, place.line, place.column)
    yield Outcome(BIND, specs=(ParameterSpec(name),))


def _shadowed(task: Task, context: Context) -> bool:
    """Tell whether the function's own name is bound in it, and `self` is used."""
    return bool(context.uses_of_self.get(task.id)) and task.function in task.locals


def actor(use: Use, context: Context) -> str:
    """Return the name of the actor whose `self` is used."""
    return context.tasks[use.target.name].function


def _caught(use: Use) -> str | None:
    """Return what catches a Retry that is raised here, and keeps it."""
    for handlers in use.caught:
        for exception, raised_again in handlers:
            if exception in ("", "Exception", "BaseException") or "Retry" in exception:
                if not raised_again:
                    return exception
                break
    return None


@on_use("self", ".retry()")
def retry(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Raise Dramatiq's Retry through the helper, which counts as Celery does."""
    call = steps[-1]
    for arg in call.args:
        if arg.star or arg.keyword not in _RETRY:
            return Outcome(RETRY_FORM, f"`{arg.star}{arg.keyword or arg.code}`")
    if use.role.kind not in ("raised", "discarded", "returned"):
        return Outcome(RETRY_FORM, "its result is used")
    caught = _caught(use)
    if caught is not None:
        return Outcome(RETRY_CAUGHT, f"`except {caught}`" if caught else "`except`")
    spec = CallSpec(
        call.place,
        helpers=("retry",),
        function=context.call(use.place.path, "retry"),
        args=((None, Text(actor(use, context))), (None, Rest())),
    )
    return Outcome(RETRY, specs=(spec,))


@on_use("self", ".name")
def name(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Ask the actor for its name."""
    code = f"{actor(use, context)}.actor_name"
    return Outcome(SELF_NAME, specs=(ReplaceSpec(steps[-1].place, code=code),))


@on_use("self", ".max_retries")
def max_retries(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Write the value out; Celery's own default is 3."""
    task = context.tasks[use.target.name]
    given = task.option("max_retries")
    if use.role.kind == "stored":
        return Outcome(CHANGED_LIMIT)
    if given is None or given.literal is not MISSING:
        code = "3" if given is None else given.code
    elif "autoretry_for" in {arg.keyword for arg in task.options}:
        return Outcome(CHANGED_LIMIT, f"`{given.code}`")
    else:
        code = f"{task.function}.options[{context.quoted(task.path, 'retry_when')}].max_retries"
        if not any(other.shape == ".retry()" for other in context.uses_of_self[task.id]):
            return Outcome(CHANGED_LIMIT, f"`{given.code}`")
    return Outcome(MAX_RETRIES, specs=(ReplaceSpec(steps[-1].place, code=code),))


CHANGED_LIMIT = Row(
    "C2D313",
    "self.max_retries that is set, or computed",
    "",
    Action.MANUAL,
    "an actor's policy is made once, where it is declared",
    "put the number into a name of its own",
    about="The limit is part of `retry_policy(...)`, made once when the module is "
    "imported; to set it in one run would change it for all.",
)

RETRY_CAUGHT = Row(
    "C2D314",
    "self.retry(...) inside a `try` that catches it",
    "",
    Action.MANUAL,
    "Celery has sent the message anew by then; Dramatiq does so only if the exception leaves the "
    "task",
    "call it in the `except` of the error itself, or raise it again",
    about="`self.retry()` sends a new message and then raises Retry so that the body "
    "ends. Here the exception is caught and the body goes on; with Dramatiq nothing "
    "would be sent.",
)


def _ran(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    function = f"{actor(use, context)}.fn"
    return Outcome(RUN, specs=(CallSpec(steps[-1].place, function=function),))


run_called = on_use("self", ".run()")(_ran)
self_called = on_use("self", "()")(_ran)


@on_use("self", ".delay()")
def delay(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Send to itself by its own name."""
    spec = CallSpec(steps[-1].place, function=f"{actor(use, context)}.send")
    return Outcome(SEND, specs=(spec,), gives="sent")


@on_use("self", ".apply_async()")
def applied(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Send to itself by its own name, with Dramatiq's options."""
    outcome = apply_async.sent(use, steps[-1], context, actor(use, context))
    own = (apply_async.APPLY_ASYNC, apply_async.LINK, apply_async.TASK_ID)
    return replace(outcome, row=SEND) if outcome.row in own else outcome


@on_use("self", ".MaxRetriesExceededError")
def exceeded(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Catch what the helper `retry` raises."""
    code = context.call(use.place.path, "MaxRetriesExceededError")
    spec = ReplaceSpec(steps[-1].place, helpers=("MaxRetriesExceededError",), code=code)
    return Outcome(SELF_EXCEEDED, specs=(spec,))


# -- the same by the task's own name, which is the same object in its body


def _by_name(answer: Answer) -> Answer:
    """Answer for a task that is used in its own body; what else runs has another request."""

    def answered(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
        return answer(use, steps, context) if use.of_its_own else None

    return answered


retry_by_name = on_use("task", ".retry()")(_by_name(retry.answer))
max_retries_by_name = on_use("task", ".max_retries")(_by_name(max_retries.answer))
exceeded_by_name = on_use("task", ".MaxRetriesExceededError")(_by_name(exceeded.answer))
