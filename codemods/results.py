"""Results: what a send returned, `AsyncResult(id)`, progress, and the errors around them.

What is waited for, or handed on, becomes a `TaskResult` of the helper module, which has Celery's
attributes and raises what the task raised. A result that nobody looks at stays a message.
"""

from __future__ import annotations

from celery2dramatiq.codemod import EVERY_TASK, Context, Outcome, on_end, on_use
from celery2dramatiq.index import MISSING, Arg, Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import (
    AttributeSpec,
    CallSpec,
    Code,
    Import,
    ReplaceSpec,
    Rest,
    Spec,
    Text,
    WrapSpec,
)

GET = Row(
    "C2D501",
    "result.get(...)",
    "TaskResult(message).get(...)",
    Action.REWRITE,
    about="TaskResult waits as AsyncResult does, in seconds, and raises what the task has raised.",
)
STATE = Row(
    "C2D502",
    "result.state, .result, .ready(), .successful(), .failed()",
    "TaskResult(message).state, .result, .ready(), .successful(), .failed()",
    Action.REWRITE,
    about="Celery's attributes and states, read from Dramatiq's result backend: PENDING, "
    "RETRY, SUCCESS, FAILURE, REVOKED, and what `update_state` has set.",
)
BY_ID = Row(
    "C2D503",
    "AsyncResult(id)",
    "TaskResult(id)",
    Action.REWRITE,
    about="Another process finds the result by the message's id alone; the helper module "
    "keeps it under that key, where Dramatiq alone would need the actor and the "
    "queue as well.",
)
HANDED = Row(
    "C2D504",
    "a result that is returned or handed over",
    "TaskResult(message)",
    Action.REWRITE,
    about="Whoever gets it finds Celery's attributes: `id`, `state`, `get()`.",
)
FORGET = Row(
    "C2D505",
    "result.forget()",
    "TaskResult(message).forget()",
    Action.REWRITE,
    about="The result is deleted from the backend.",
)
PROGRESS = Row(
    "C2D506",
    "self.update_state(state=, meta=)",
    "update_state(actor, ...)",
    Action.REWRITE,
    about="The state and its `meta` are kept under the message's id until the result "
    "comes; `TaskResult` has them as `state` and `info`.",
)
TIMEOUT = Row(
    "C2D507",
    "TimeoutError",
    "dramatiq.results.ResultTimeout",
    Action.REWRITE,
    about="`get(timeout=...)` raises Dramatiq's exception of that meaning.",
)
REVOKED = Row(
    "C2D508",
    "TaskRevokedError",
    "TaskRevokedError",
    Action.REWRITE,
    about="The helper module has an exception of that name; `get()` raises it for a "
    "message that had expired.",
)
STATE_NAME = Row(
    "C2D509",
    "celery.states.SUCCESS",
    '"SUCCESS"',
    Action.REWRITE,
    about="The constants of celery.states are texts, and are written out.",
)
UNKNOWN = Row(
    "C2D520",
    "result.children, .traceback, .then(), .collect(), .graph, ...",
    "",
    Action.MANUAL,
    "Dramatiq keeps nothing of a message but what its actor returned or raised",
    "wait for the result itself, and keep in the project what else is needed",
    about="A Dramatiq result is one value under one key; there is no tree of results and "
    "no traceback.",
)
UNKNOWN_WAY = Row(
    "C2D521",
    "result.get() with on_message, on_interval or states",
    "",
    Action.MANUAL,
    "a Dramatiq result is waited for without events on the way",
    "call get() with a timeout in a loop",
    about="Celery polls, or listens, and calls these functions on the way.",
)
OTHER_BACKEND = Row(
    "C2D522",
    "AsyncResult(...) with a backend of its own",
    "",
    Action.MANUAL,
    "the broker has one result backend",
    "leave the argument out",
    about="Dramatiq's Results middleware is made once, with the broker.",
)
FINAL_STATE = Row(
    "C2D523",
    "self.update_state() with a state of Celery's own, or a computed one",
    "",
    Action.MANUAL,
    "Dramatiq knows from what the actor returned or raised how it has ended",
    "return, raise, or choose a state of your own such as PROGRESS",
    about="SUCCESS, FAILURE and their like are set by the worker when the run ends, and "
    "the helper module refuses them.",
)

JOIN = Row(
    "C2D525",
    "waiting for a result inside a task: allow_join_result(), get(disable_sync_subtasks=False)",
    "",
    Action.MANUAL,
    "a Dramatiq worker fetches messages ahead, so the one that is waited for may be behind the "
    "task that waits",
    "make a chain of the two, or send the second one from the first",
    about="Celery refuses that too, unless it is told otherwise, because workers that "
    "wait for workers can stop for ever.",
)

_KNOWN_WAYS = (
    "timeout", "propagate", "interval", "no_ack", "follow_parents", "callback",
)  # fmt: skip
_STATES = "celery.states."
_FINAL = ("SUCCESS", "FAILURE", "RETRY", "REVOKED")
_HELPER = "TaskResult"


def _wrapped(use: Use, steps: tuple[Step, ...], context: Context) -> tuple[Spec, ...]:
    """Make a TaskResult of the message before an attribute of Celery's is asked of it."""
    first = steps[0]
    around = context.call(use.place.path, _HELPER)
    return (AttributeSpec(first.place, helpers=(_HELPER,), name=first.name, around=around),)


def _is_plain_get(call: Step) -> bool:
    """Tell whether `get` is called with what the helper knows (celery/result.py: AsyncResult)."""
    many = [arg for arg in call.args if arg.keyword is None]
    named = [arg.keyword for arg in call.args if arg.keyword is not None]
    stars = any(arg.star for arg in call.args)
    return len(many) < 3 and not stars and set(named) <= set(_KNOWN_WAYS)


def _sent_get(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Wait for the result of a message."""
    if not _is_plain_get(steps[-1]):
        return _other_get(steps[-1])
    return Outcome(GET, specs=_wrapped(use, steps, context))


def _get(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone: a TaskResult does the same."""
    return Outcome(GET) if _is_plain_get(steps[-1]) else _other_get(steps[-1])


def _other_get(call: Step) -> Outcome:
    return Outcome(JOIN if call.arg("disable_sync_subtasks") is not None else UNKNOWN_WAY)


def _sent_state(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Ask a TaskResult."""
    return Outcome(STATE, specs=_wrapped(use, steps, context))


def _state(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone."""
    return Outcome(STATE)


sent_get = on_use("sent", ".get()")(_sent_get)
sent_wait = on_use("sent", ".wait()")(_sent_get)
sent_state = on_use("sent", ".state")(_sent_state)
sent_status = on_use("sent", ".status")(_sent_state)
sent_result = on_use("sent", ".result")(_sent_state)
sent_info = on_use("sent", ".info")(_sent_state)
sent_ready = on_use("sent", ".ready()")(_sent_state)
sent_successful = on_use("sent", ".successful()")(_sent_state)
sent_failed = on_use("sent", ".failed()")(_sent_state)
sent_maybe_throw = on_use("sent", ".maybe_throw()")(_sent_state)
sent_maybe_reraise = on_use("sent", ".maybe_reraise()")(_sent_state)

get = on_use("result", ".get()")(_get)
wait = on_use("result", ".wait()")(_get)
state = on_use("result", ".state")(_state)
status = on_use("result", ".status")(_state)
result = on_use("result", ".result")(_state)
info = on_use("result", ".info")(_state)
ready = on_use("result", ".ready()")(_state)
successful = on_use("result", ".successful()")(_state)
failed = on_use("result", ".failed()")(_state)
maybe_throw = on_use("result", ".maybe_throw()")(_state)
maybe_reraise = on_use("result", ".maybe_reraise()")(_state)
result_id = on_use("result", ".id")(_state)
result_task_id = on_use("result", ".task_id")(_state)


@on_use("sent", ".forget()")
def sent_forget(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Forget the result of a message."""
    return Outcome(FORGET, specs=_wrapped(use, steps, context))


def _forgotten(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone."""
    return Outcome(FORGET)


forget = on_use("result", ".forget()")(_forgotten)


group_get = on_use("canvas result", ".get()")(_get)
group_join = on_use("canvas result", ".join()")(_get)
group_join_native = on_use("canvas result", ".join_native()")(_get)
group_state = on_use("canvas result", ".state")(_state)
group_status = on_use("canvas result", ".status")(_state)
group_result = on_use("canvas result", ".result")(_state)
group_ready = on_use("canvas result", ".ready()")(_state)
group_successful = on_use("canvas result", ".successful()")(_state)
group_failed = on_use("canvas result", ".failed()")(_state)
group_waiting = on_use("canvas result", ".waiting()")(_state)
group_completed = on_use("canvas result", ".completed_count()")(_state)
group_id = on_use("canvas result", ".id")(_state)
group_task_id = on_use("canvas result", ".task_id")(_state)
group_parent = on_use("canvas result", ".parent")(_state)
group_results = on_use("canvas result", ".results")(_state)
group_forget = on_use("canvas result", ".forget()")(_forgotten)


@on_end("canvas result", "*")
def canvas_result(use: Use, context: Context) -> Outcome:
    """Leave it alone."""
    return Outcome(HANDED)


def _unknown(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Hold the task back."""
    return Outcome(UNKNOWN, f"`{steps[0].name}`")


group_unknown = on_use("canvas result", ".*")(_unknown)
sent_unknown = on_use("sent", ".*")(_unknown)
unknown = on_use("result", ".*")(_unknown)


@on_end("sent", "returned", "argument", "element", "formatted", "compared", "attribute", "other")
def handed(use: Use, context: Context) -> Outcome:
    """Hand a TaskResult over: whoever gets it may ask anything of it."""
    code = context.call(use.place.path, _HELPER)
    return Outcome(HANDED, specs=(WrapSpec(use.place, helpers=(_HELPER,), function=code),))


@on_end("sent", "tested")
def tested(use: Use, context: Context) -> Outcome:
    """Leave it alone: a message is as true as a result."""
    return Outcome(HANDED)


@on_end("result", "*")
def kept(use: Use, context: Context) -> Outcome:
    """Leave it alone."""
    return Outcome(HANDED)


# -- by id


def _by_id(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Find a result by its id alone; every task's id may come here."""
    call = steps[-1]
    given = call.arg("id", 0) or call.arg("task_id")
    known = {"id", "task_id", "app", "task_name", None}
    if given is None or given.star or not {arg.keyword for arg in call.args} <= known:
        return Outcome(OTHER_BACKEND, tie=(EVERY_TASK,))
    spec = CallSpec(
        call.place,
        helpers=(_HELPER,),
        setup=True,
        function=context.call(use.place.path, _HELPER),
        args=((None, _of(given.keyword, given.position)),),
    )
    return Outcome(BY_ID, specs=(spec,), gives="result", tie=(EVERY_TASK,))


def _of(keyword: str | None, position: int | None) -> Code:
    from celery2dramatiq.specs import Keep

    assert position is not None or keyword is not None
    return Keep(keyword if position is None else position)  # type: ignore[arg-type]


async_result = on_use("celery.result.AsyncResult", "()")(_by_id)
app_async_result = on_use("app", ".AsyncResult()")(_by_id)
task_async_result = on_use("task", ".AsyncResult()")(_by_id)
self_async_result = on_use("self", ".AsyncResult()")(_by_id)


@on_end("celery.result.AsyncResult", "annotation")
def annotation(use: Use, context: Context) -> Outcome:
    """Name the class that is made."""
    code = context.call(use.place.path, _HELPER)
    return Outcome(BY_ID, specs=(ReplaceSpec(use.place, helpers=(_HELPER,), code=code),))


# -- inside a task


@on_use("self", ".update_state()")
def update_state(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Keep the state beside the result (celery/app/task.py: Task.update_state)."""
    call = steps[-1]
    state = call.arg("state", 1)
    name = _name_of(state) if state is not None else None
    if name in _FINAL or name is MISSING or any(arg.star for arg in call.args):
        return Outcome(FINAL_STATE, f"`{state.code}`" if state is not None else "")
    actor = context.tasks[use.target.name].function
    spec = CallSpec(
        call.place,
        helpers=("update_state",),
        function=context.call(use.place.path, "update_state"),
        args=((None, Text(actor)), (None, Rest())),
    )
    return Outcome(PROGRESS, specs=(spec,))


def _name_of(state: Arg) -> object:
    """Return a state's name, MISSING if it is computed."""
    named = [name for name in state.names if name.startswith(_STATES)]
    return named[0].removeprefix(_STATES) if named else state.literal


# -- names of Celery's


def _state_name(use: Use, context: Context) -> Outcome:
    """Write the state out: it is a string (celery/states.py)."""
    name = context.quoted(use.place.path, use.target.name.removeprefix(_STATES))
    return Outcome(STATE_NAME, specs=(ReplaceSpec(use.place, code=name),))


pending = on_end("celery.states.PENDING", "*")(_state_name)
received = on_end("celery.states.RECEIVED", "*")(_state_name)
started = on_end("celery.states.STARTED", "*")(_state_name)
success = on_end("celery.states.SUCCESS", "*")(_state_name)
failure = on_end("celery.states.FAILURE", "*")(_state_name)
revoked = on_end("celery.states.REVOKED", "*")(_state_name)
retry = on_end("celery.states.RETRY", "*")(_state_name)


@on_end("celery.exceptions.TimeoutError", "*")
def timeout_error(use: Use, context: Context) -> Outcome:
    """Catch what a TaskResult raises."""
    name = "dramatiq.results.ResultTimeout"
    return Outcome(
        TIMEOUT, specs=(ReplaceSpec(use.place, imports=(Import("dramatiq"),), code=name),)
    )


@on_end("celery.exceptions.TaskRevokedError", "*")
def revoked_error(use: Use, context: Context) -> Outcome:
    """Catch what a TaskResult raises."""
    code = context.call(use.place.path, "TaskRevokedError")
    spec = ReplaceSpec(use.place, helpers=("TaskRevokedError",), code=code)
    return Outcome(REVOKED, specs=(spec,))


@on_use("celery.result.allow_join_result", "()")
def allow_join_result(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Hold the task back."""
    return Outcome(JOIN)


APP_HANDED = Row(
    "C2D524",
    "the app handed to a function",
    "",
    Action.MANUAL,
    "what the function does with the app cannot be told",
    "call what is needed of the app where the app is known",
    acceptable=True,
    about="With `--accept` the function gets the broker.",
)


@on_end("app", "argument")
def app_handed(use: Use, context: Context) -> Outcome:
    """Know that `AsyncResult(id, app=app)` drops it with the class; nothing else."""
    if use.role.keyword == "app" and use.role.detail.endswith("AsyncResult"):
        return Outcome(BY_ID, tie=(EVERY_TASK,))
    return Outcome(APP_HANDED, f"`{use.role.detail}`")
