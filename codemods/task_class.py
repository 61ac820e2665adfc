"""`base=` and the project's own classes of tasks: their hooks and attributes go with the actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from celery2dramatiq.codemod import Context, Outcome, class_tie, on_end, on_options, on_use, value
from celery2dramatiq.index import Arg, Step, Task, TaskClass, Use
from celery2dramatiq.index.reads import HANDED_ON
from celery2dramatiq.index.task_classes import OPTIONS, ancestry
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import AttributeSpec, ReplaceSpec, Spec

from . import request

WITH_BASE = Row(
    "C2D711",
    "base=X, with hooks and attributes",
    "an instance of X for each actor",
    Action.REWRITE,
    about="The helper module's middleware gives the actor an instance of the class, one in each "
    "process as with Celery, and calls its `before_start`, `on_success`, `on_failure`, `on_retry` "
    "and `after_return` at the same points with the same arguments. `einfo` has `exception`, "
    "`type`, `traceback` (a text) and `exc_info`. Calling the actor calls the instance, so "
    "`__call__` is kept as well.",
)
CLASS = Row(
    "C2D712",
    "class X(Task), used as base=X",
    "class X(TaskClass)",
    Action.REWRITE,
    about="The class stays as it is but for what it is derived from: `TaskClass` of the helper "
    "module has Celery's hooks, `name`, `request` and `run`.",
)
ATTRIBUTE = Row(
    "C2D713",
    "self.x, task.x of the task's class",
    "task_of(actor).x",
    Action.REWRITE,
    about="`task_of(actor)` is the actor's instance of its class, which keeps what is assigned to "
    "it for as long as the process lives.",
)
OLDER = Row(
    "C2D714",
    "base=X, in a project whose broker was made by an earlier run",
    "",
    Action.MANUAL,
    "make_broker() in its dramatiq_helpers.py knows nothing of such classes",
    "delete make_broker() there, and run the tool again",
    about="The helper module is the project's own file, and what is in it is never "
    "changed, only added to.",
)
BASE = Row(
    "C2D149",
    "base=...",
    "",
    Action.MANUAL,
    "an actor has no class of its own, so hooks, state and overridden methods are lost",
    "move hooks into a middleware, state into the module",
    acceptable=True,
    about="A class may override `retry` or `apply_async`, replace what Celery does for its tasks, "
    "or come from elsewhere. None of it has a place in an actor. With `--accept` the actor is a "
    "plain function: read the class first.",
)
LOCKED = Row(
    "C2D715",
    "base=QueueOnce, base=Singleton",
    "",
    Action.MANUAL,
    "nothing for Dramatiq keeps a message out of the queue because a like one waits there",
    "take `dramatiq.rate_limits.ConcurrentRateLimiter(backend, key, limit=1, ttl=...)` in the "
    "body, which keeps two from running at once, or a lock of your own where it is sent",
    acceptable=True,
    about="celery-once and celery-singleton take a lock in Redis when a task is sent, and give it "
    "back when it has run; a second one is not sent meanwhile. Dramatiq's limiters work in the "
    "worker, when both messages are in the queue already. With `--accept` it is sent every time.",
)
CLASS_TASK = Row(
    "C2D150",
    "class X(Task)",
    "",
    Action.MANUAL,
    "a class of Celery's stays on Celery",
    "write it as a function with a decorator",
    about="Tasks that are classes of their own, and classes for `base=`, stay where they are.",
)
REGISTERED = Row(
    "C2D160",
    "app.register_task(X()), of a class of tasks",
    "",
    Action.MANUAL,
    "a task that is a class, with a `run` of its own, stays on Celery, and so does the app",
    "write it as a function with a decorator",
    about="The other tasks move, and whoever sends this one goes on sending it to Celery's worker. "
    "They stay as well where the project uses what holds for all tasks (signals, results by id, "
    "revocation, Celery's exceptions), since which of them this one needs is not known.",
)
CONTEXT_CLASS = Row(
    "C2D152",
    "class X(Task) that opens an application context",
    "AppContextMiddleware",
    Action.REWRITE,
    about="The usual recipe of Flask's documentation: the class runs each task inside "
    "`with app.app_context()`. A middleware of the helper module opens the context "
    "around each message instead.",
)

_HOOKS = frozenset(
    ("before_start", "on_success", "on_failure", "on_retry", "after_return", "__call__")
)
_KNOWN = frozenset(("name", "request", "run"))
# What celery.app.task.Task has besides.
_OTHERS = (
    "AsyncResult MaxRetriesExceededError OperationalError _app _backend _default_request "
    "_exec_options _get_app _get_exec_options _get_request add_around add_to_chord add_trail "
    "annotate app apply apply_async backend bind chunks delay from_config map on_bound on_replace "
    "pop_request push_request replace request_stack retry s send_event si signature "
    "signature_from_request starmap start_strategy subtask subtask_from_request "
    "update_state"
)
_CELERY = OPTIONS | frozenset(_OTHERS.split())
_MIDDLEWARE = ("_TaskClassMiddleware", "_AfterReturnMiddleware")
_NAMES = frozenset((
    "celery.Celery", "celery.shared_task", "celery.Task", "celery.app.task.Task",
    "celery.schedules.crontab", "celery.utils.log.get_task_logger",
))  # fmt: skip
_OF_APP = (
    ".task", ".register_task()", ".conf", ".config_from_object()", ".autodiscover_tasks()",
    ".send_task()",
)  # fmt: skip
_LOCKS = ("celery_once.", "celery_singleton.")


@on_options("base")
def base(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Give the actor an instance of the class, if that does nothing but what an actor can have."""
    given = args["base"]
    classes = ancestry(task.base, context.index.task_classes)
    if any(name.startswith(_LOCKS) for name in (*given.names, task.base)):
        yield Outcome(LOCKED, f"`{given.code}`")
    elif not classes:
        yield Outcome(BASE, f"`{given.code}`")
    elif problem := _problem(classes) or _of_task(task, classes, context):
        yield Outcome(BASE, f"`{given.code}`: {problem}")
    elif context.lacks(_MIDDLEWARE[0]):
        yield Outcome(OLDER, f"`{given.code}`")
    else:
        yield Outcome(WITH_BASE, sets=(("base", value(given)),), helpers=_middleware(classes))


def _middleware(classes: Sequence[TaskClass]) -> tuple[str, ...]:
    returns = any("after_return" in one.methods for one in classes)
    return _MIDDLEWARE if returns else _MIDDLEWARE[:1]


def _problem(classes: Sequence[TaskClass]) -> str:
    """Return what a class does that an actor's instance of it cannot, if anything."""
    for one in classes:
        if one.problem or one.nested:
            return one.problem or "it is defined in a function"
        special = [name for name in one.methods if name[:2] == "__" and name not in _HOOKS]
        for name in (*special, *sorted({*one.methods} & (_CELERY | _KNOWN))):
            return f"it defines `{name}`"
        for arg in one.attributes:
            if arg.keyword in _CELERY - OPTIONS:
                return f"it defines `{arg.keyword}`"
        for use in one.uses:
            if _is_unknown(use):
                return f"it uses `self.{use}`" if use != HANDED_ON else "it hands `self` on"
    return ""


def _is_unknown(use: str) -> bool:
    first, _, second = use.partition(".")
    if first == "request":
        return second not in request.KNOWN
    return use == HANDED_ON or first in _CELERY or first.startswith(("__", "["))


def _of_task(task: Task, classes: Sequence[TaskClass], context: Context) -> str:
    """Return what is done with this very task that goes by its class."""
    called = any("__call__" in one.methods for one in classes)
    uses = (use for use in context.index.uses if use.target.name == task.id)
    if called and any(use.shape.startswith((".run", ".__wrapped__")) for use in uses):
        return "`run` is called past its `__call__`"
    return "it is a coroutine" if task.is_async else ""


# -- the classes themselves


@on_end("celery.Task", "base")
def class_task(use: Use, context: Context) -> Outcome:
    """Derive the class from the helper module's; tasks that stay keep it with them."""
    factory = context.index.factory
    if factory is not None and factory.task_class == use.role.detail:
        return Outcome(CONTEXT_CLASS, f"`{use.role.detail}`")
    return _derived(use, context)


@on_use("app", ".Task")
def of_app(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Do the same for `app.Task`."""
    if len(use.steps) > 1 or use.role.kind != "base":
        return None
    return _derived(use, context)


def _derived(use: Use, context: Context) -> Outcome:
    named = f"`{use.role.detail}`"
    classes = context.index.task_classes
    own = next((one for one in classes.values() if one.place == use.statement), None)
    tasks = [task for task in context.index.tasks if task.base and own is not None]
    used = any(own in ancestry(task.base, classes) for task in tasks)
    if own is None or not used or _problem([own]):
        return Outcome(CLASS_TASK, named, harmless=True)
    code = context.call(use.place.path, "TaskClass")
    spec = ReplaceSpec(use.place, helpers=("TaskClass",), code=code)
    return Outcome(CLASS, named, specs=(spec,), tie=(class_tie(own.id),))


@on_use("app", ".register_task()")
def registered(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave the task, and whatever is done with it, to Celery."""
    first = steps[-1].arg("task", 0)
    note = f"`{first.code}`" if first is not None else ""
    return Outcome(REGISTERED, note, harmless=all(map(_has_one_task, context.index.uses)))


def _has_one_task(use: Use) -> bool:
    """Tell whether a use concerns no task that the index does not know.

    What Celery raises, signals, revokes or keeps results of is rewritten for every task there is.
    """
    name = use.target.name
    if use.target.kind == "app":
        return use.test or not use.shape or use.shape.startswith(_OF_APP)
    return use.test or use.target.kind != "external" or name in _NAMES or "celery" not in name


@on_use("celery.Task", "()")
def made(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Leave an instance to Celery that is registered where it is made."""
    if len(use.steps) > 1 or not use.role.detail.endswith(".register_task"):
        return None
    return Outcome(CLASS_TASK, "registered", harmless=True)


# -- what is asked of them


def _asked(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Ask the actor's instance of its class for what is no part of Celery's."""
    task = context.tasks[use.target.name]
    name = steps[0].name
    if not task.base or name in _CELERY | _KNOWN or name.startswith("__"):
        return None
    call, place, helpers = context.call(use.place.path, "task_of"), steps[0].place, ("task_of",)
    spec: Spec = AttributeSpec(place, helpers=helpers, name=name, around=call)
    if use.target.kind == "self":
        spec = ReplaceSpec(place, helpers=helpers, code=f"{call}({task.function}).{name}")
    return Outcome(ATTRIBUTE, f"`{name}`", specs=(spec,))


of_self = on_use("self", ".*")(_asked)
of_task = on_use("task", ".*")(_asked)


@on_end("celery_once.QueueOnce", "base", "argument")
def queue_once(use: Use, context: Context) -> Outcome:
    """Say what it does; the tasks with it say so themselves."""
    return Outcome(LOCKED, f"`{use.role.detail}`", harmless=True)


@on_end("celery_singleton.Singleton", "base", "argument")
def singleton(use: Use, context: Context) -> Outcome:
    """Say what it does; the tasks with it say so themselves."""
    return Outcome(LOCKED, f"`{use.role.detail}`", harmless=True)
