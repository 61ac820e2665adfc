"""`base=` and the project's own classes of tasks: their hooks and attributes go with the actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from celery2dramatiq.codemod import Context, Outcome, class_tie, on_end, on_options, on_use, value
from celery2dramatiq.index import Arg, Step, Task, TaskClass, Use
from celery2dramatiq.index.class_body import OPTIONS
from celery2dramatiq.index.reads import HANDED_ON
from celery2dramatiq.index.task_classes import ancestry
from celery2dramatiq.index.values import NEW
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import AttributeSpec, BaseSpec, ReplaceSpec, Spec

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
INSTANCE = Row(
    "C2D161",
    "x = app.register_task(X()), of a class with a `run` of its own",
    "x = dramatiq.actor(X().run, actor_name=...)",
    Action.REWRITE,
    about="The actor's function is the method of that very instance, so what `__init__` and the "
    "body keep in it stays there for as long as the process lives, as with Celery. Attributes that "
    "are options of a task become the actor's. Its name is the attribute `name`, or as Celery's: "
    "the module's and the class's.",
)
INSTANCE_CLASS = Row(
    "C2D162",
    "class X(Task), whose instance is registered",
    "class X",
    Action.REWRITE,
    about="Nothing of Celery's Task is left that it needs: what its methods do with `self.retry`, "
    "`self.request` and the like is rewritten as in a bound task, and all else of `self` is its "
    "own.",
)
INSTANCE_STAYS = Row(
    "C2D163",
    "app.register_task(X()), of a class that is more than a `run`",
    "",
    Action.MANUAL,
    "what the class has of Celery's Task besides would be lost",
    "write it as a function with a decorator, and hooks as a class for `base=`",
    about="Hooks, a `__call__`, `super()`, a base of the project's own, or a second instance: none "
    "of it is called, or told apart, by an actor whose function is the method `run`. An actor is "
    "reached by name: where a method uses `self.retry` and the like, the result of "
    "`register_task` needs one, in the module of the class.",
)
ANOTHER = Row(
    "C2D164",
    "X().delay(...), X()(...), of a class whose instance is registered",
    "",
    Action.MANUAL,
    "only the instance that is registered becomes an actor",
    "give what `register_task` returns a name, and use that",
    about="Where the class itself has a `name`, Celery can send the task by any instance. Of an "
    "actor there is one, made where the class is registered.",
)
ANOTHER_RUNS = Row(
    "C2D165",
    "X().run(...), of a class whose instance is registered",
    "the same",
    Action.REWRITE,
    about="It calls the method of another instance, with Celery and without.",
)
OWN = Row(
    "C2D166",
    "self.x of a class whose instance is registered",
    "the same",
    Action.REWRITE,
    about="What is no part of Celery's Task is the instance's own, and stays.",
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
    if own is not None and own.id in _instances(context):
        gone = (BaseSpec(use.place),)
        return Outcome(INSTANCE_CLASS, named, specs=gone, tie=(class_tie(own.id),))
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


# -- instances that are registered


def _instances(context: Context) -> list[str]:
    """Return the id of the class of every instance that is registered."""
    tasks = context.tasks.values()
    return [task.instance.of for task in tasks if task.instance is not None]


@on_options(always=True)
def instance(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Make an actor of the method, if the class has nothing that is called besides."""
    if task.instance is None:
        return
    own = context.index.task_classes[task.instance.of]
    problem = (
        task.instance.problem or _of_class(own) or _among(own, context) or _named(task, context)
    )
    yield Outcome(INSTANCE_STAYS if problem else INSTANCE, problem or f"`{own.name}`")


def _of_class(own: TaskClass) -> str:
    """Return what a class has that an actor of its `run` would not be."""
    if own.problem or own.bases:
        return own.problem or f"it is derived from `{own.bases[0].rpartition('::')[2]}`"
    for name in own.methods:
        special = name.startswith("__") and name != "__init__"
        if special or name in (_HOOKS | _CELERY | _KNOWN) - {"run"}:
            return f"it defines `{name}`"
    for arg in own.attributes:
        if arg.keyword in (_CELERY | _KNOWN) - OPTIONS - {"name"}:
            return f"it defines `{arg.keyword}`"
    return ""


def _among(own: TaskClass, context: Context) -> str:
    """Return who else has a part in the class."""
    classes = context.index.task_classes.values()
    if _instances(context).count(own.id) > 1:
        return "it is registered more than once"
    derived = [one.name for one in classes if own.id in one.bases]
    derived += [task.function for task in context.tasks.values() if task.base == own.id]
    return f"`{derived[0]}` is derived from it" if derived else ""


def _named(task: Task, context: Context) -> str:
    """Return what of `self` cannot be had from the actor, for want of a name."""
    assert task.instance is not None
    steps = (use.steps[0].name for use in context.uses_of_self.get(task.id, ()) if use.steps)
    used = sorted(name for name in steps if name in _CELERY | _KNOWN)
    if used and not task.instance.named:
        return f"it uses `self.{used[0]}`, and no name stands for the task"
    return (
        f"a method has another `{task.function}`" if used and task.function in task.locals else ""
    )


@on_use("task", f".{NEW}")
def another(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave another instance alone that only runs the method; Celery's sends are held."""
    run = use.steps[1:3]
    if [step.shape for step in run] == [".run", "()"]:
        return Outcome(ANOTHER_RUNS)
    shown = "".join(step.shape for step in run)
    return Outcome(ANOTHER, f"`{context.tasks[use.target.name].function}{shown}`")


# -- what is asked of them


def _asked(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Ask the actor's instance of its class for what is no part of Celery's."""
    task = context.tasks[use.target.name]
    name = steps[0].name
    if task.instance is not None and use.target.kind == "self":
        kept = {arg.keyword for arg in context.index.task_classes[task.instance.of].attributes}
        known = name in (_CELERY | _KNOWN) - kept or name.startswith("__")
        return None if known else Outcome(OWN, f"`{name}`")
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
