"""`@task_failure.connect` and its like: the helper module's signals call the same receivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from celery2dramatiq.codemod import Context, Outcome, on_end, on_use
from celery2dramatiq.index import Receiver, Step, Use
from celery2dramatiq.index.reads import HANDED_ON
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import BelowSpec, CallSpec, ReplaceSpec, Spec

from . import request

OF_TASKS = Row(
    "C2D720",
    "task_prerun, task_postrun, task_success, task_failure, task_retry, task_revoked .connect",
    "signals of the helper module",
    Action.REWRITE,
    about="The receivers stay as they are and get the same keyword arguments: `sender` and `task` "
    "have `name` and `request`, `einfo` has `exception`, `type`, `traceback` and `exc_info`. A "
    "middleware of the helper module calls them at the same points. `task_revoked` is sent for "
    "messages that are too old.",
)
OF_PROCESSES = Row(
    "C2D721",
    "worker_process_init, worker_process_shutdown .connect",
    "signals of the helper module",
    Action.REWRITE,
    about="They are called in each process of the worker, before it takes messages and after it "
    "has ended, by a middleware of the helper module.",
)
OF_EACH = Row(
    "C2D722",
    "worker_init, celeryd_init, celeryd_after_setup .connect",
    "signals of the helper module",
    Action.REVIEW,
    "it is called in each process of the worker (Celery calls it once, before it starts them)",
    about="What the receiver leaves in the process is there for the tasks, as with Celery, whose "
    "processes inherit it. What it does outside (a message, a row, a file) it does once for each "
    "process.",
)
OF_FIRST = Row(
    "C2D723",
    "worker_ready, worker_shutting_down, worker_shutdown .connect",
    "signals of the helper module",
    Action.REVIEW,
    "it is called in the first process that runs tasks (Celery calls it in one that runs none), "
    "so these see what it leaves there",
    about="It is called once for a worker, however many processes that has. Dramatiq's main "
    "process imports no module of the project's.",
)
LOGGING = Row(
    "C2D724",
    "setup_logging.connect",
    "a signal of the helper module, and --skip-logging",
    Action.REWRITE,
    about="The receiver is called in each process of the worker before that takes messages, and "
    "Dramatiq configures no logging itself, as Celery does not where the signal has a receiver.",
)
LOGGER = Row(
    "C2D725",
    "after_setup_logger.connect",
    "a signal of the helper module",
    Action.REVIEW,
    "the root logger that it is given has Dramatiq's handler and format, not Celery's",
    about="It is called in each process of the worker before that takes messages.",
)
UNKNOWN = Row(
    "C2D726",
    "a signal without a counterpart",
    "",
    Action.MANUAL,
    "nothing in Dramatiq happens at that point, or nothing tells of it",
    "do it in a middleware of Dramatiq's, or remove the receiver",
    acceptable=True,
    about="Celery tells of messages that a worker has received and not begun, of errors of its "
    "own, of the start of beat, of the import of modules. With `--accept` the receiver stays and "
    "is never called for an actor.",
)
RECEIVER = Row(
    "C2D727",
    "a receiver that asks for what Dramatiq does not know",
    "",
    Action.MANUAL,
    "the argument has not got that, or would mean something else",
    "take what the receiver needs from `sender.name`, `task_id` or `sender.request`, or from the "
    "project's own settings",
    acceptable=True,
    about="`sender.app`, a worker's `sender` and the options of the worker's command are Celery's "
    "own. What is handed on as a whole cannot be followed.",
)
UNSEEN = Row(
    "C2D728",
    "a receiver that cannot be seen, or is connected in another way",
    "",
    Action.MANUAL,
    "what it does with its arguments cannot be told from the source",
    "connect a function of the project's own, with `sender`, `weak` or `dispatch_uid` at most",
    acceptable=True,
    about="It is a method, a partial, something from outside, or `retry=` calls it again and "
    "again.",
)
OLDER = Row(
    "C2D729",
    "a signal, in a project whose broker was made by an earlier run",
    "",
    Action.MANUAL,
    "make_broker() in its dramatiq_helpers.py knows nothing of signals",
    "delete make_broker() there, and run the tool again",
    about="The helper module is the project's own file, and what is in it is never "
    "changed, only added to.",
)

REVOKED = Row(
    "C2D730",
    "a signal of tasks, in a project that revokes some",
    "",
    Action.MANUAL,
    "a task that is revoked would be told of as one that failed, or as one that began",
    "do without the signal, or without `revoke`",
    acceptable=True,
    about="Celery sends `task_revoked`, and neither `task_prerun` nor `task_failure`. "
    "dramatiq-abort comes after the helper module's middleware, and raises where a task is ended.",
)

_REQUEST = frozenset(f"request.{name}" for name in request.KNOWN)
_TASK = frozenset(("name", *_REQUEST))
_NOTHING: frozenset[str] = frozenset()
_SELF = frozenset(request.KNOWN)
# What may be asked of each argument of a signal; None: it is the same thing.
_RUN = {"sender": _TASK, "task": _TASK, "task_id": None, "args": None, "kwargs": None}
_EINFO = frozenset(("traceback", "type", "exc_info", "internal"))
_GIVEN: dict[str, dict[str, frozenset[str] | None]] = {
    "task_prerun": _RUN,
    "task_postrun": {**_RUN, "retval": None, "state": None},
    "task_success": {"sender": _TASK, "result": None, "runtime": None},
    "task_failure": {
        **_RUN, "exception": None, "traceback": None, "einfo": _EINFO | {HANDED_ON},
    },
    "task_retry": {
        "sender": _TASK, "request": _SELF, "reason": frozenset(["exc"]),
        "einfo": _EINFO | {HANDED_ON},
    },
    "task_revoked": {
        "sender": _TASK, "request": _SELF, "terminated": None, "signum": None, "expired": None,
    },
    "worker_process_init": {},
    "worker_process_shutdown": {"pid": None, "exitcode": None},
    "after_setup_logger": {"logger": None},
}  # fmt: skip
_ROWS = {
    **dict.fromkeys([name for name in _GIVEN if name.startswith("task_")], OF_TASKS),
    **dict.fromkeys(["worker_process_init", "worker_process_shutdown"], OF_PROCESSES),
    **dict.fromkeys(["worker_init", "celeryd_init", "celeryd_after_setup"], OF_EACH),
    **dict.fromkeys(["worker_ready", "worker_shutting_down", "worker_shutdown"], OF_FIRST),
    "setup_logging": LOGGING,
    "after_setup_logger": LOGGER,
}
_MIDDLEWARE = {
    "task_prerun": ("_PrerunSignal",),
    "task_postrun": ("_PostrunSignal", "_PrerunSignal"),
    **dict.fromkeys([name for name in _ROWS if _ROWS[name] is OF_PROCESSES], ("_ProcessSignals",)),
    **dict.fromkeys([name for name in _ROWS if _ROWS[name] is OF_EACH], ("_WorkerInitSignals",)),
    **dict.fromkeys([name for name in _ROWS if _ROWS[name] is OF_FIRST], ("_WorkerSignals",)),
    "setup_logging": ("_LoggingSignals",),
    "after_setup_logger": ("_LoggingSignals",),
}
_OUTCOME = ("_OutcomeSignals",)
_OTHERS = (
    "after_setup_task_logger", "after_task_publish", "before_task_publish", "beat_embedded_init",
    "beat_init", "eventlet_pool_apply", "eventlet_pool_postshutdown", "eventlet_pool_preshutdown",
    "eventlet_pool_started", "heartbeat_sent", "import_modules", "task_internal_error",
    "task_received", "task_rejected", "task_sent", "task_unknown", "user_preload_options",
    "worker_before_create_process",
)  # fmt: skip
_CONNECT_WITH = ("receiver", "sender", "weak", "dispatch_uid")


def _signal(use: Use) -> str:
    return use.target.name.split(".")[2]


def _answer(use: Use, call: Step | None, context: Context) -> Outcome:
    """Connect the receiver to the signal of the helper module."""
    signal = _signal(use)
    receiver = next((one for one in context.index.receivers if one.place == use.place), None)
    if signal not in _ROWS:
        return Outcome(UNKNOWN, f"`{signal}`")
    if receiver is None or not receiver.known or not _is_plain(call, signal):
        return Outcome(UNSEEN, f"`{signal}`")
    problem = next(_problems(receiver, signal), "")
    if problem:
        return Outcome(RECEIVER, f"`{signal}`: `{problem}`")
    if signal.startswith("task_") and any(map(_revokes, context.index.uses)):
        return Outcome(REVOKED, f"`{signal}`")
    parts = _MIDDLEWARE.get(signal, _OUTCOME)
    if context.lacks(parts[0]):
        return Outcome(OLDER, f"`{signal}`")
    return Outcome(
        _ROWS[signal],
        f"`{signal}`",
        specs=(_replaced(use, call, signal, parts, context),),
        beside=(_beside(use, call, signal, parts, context),),
        modules=(context.index.modules[use.place.path].name,),
        worker=("--skip-logging",) if signal == "setup_logging" else (),
    )


def _revokes(use: Use) -> bool:
    return any(step.name == "revoke" for step in use.steps)


def _is_plain(call: Step | None, signal: str) -> bool:
    """Tell whether `connect` is called in a way that the helper's knows."""
    args = call.args if call is not None else ()
    if any(arg.star or (arg.keyword or "receiver") not in _CONNECT_WITH for arg in args):
        return False
    limited = any(arg.keyword == "sender" for arg in args)
    return len([arg for arg in args if arg.keyword is None]) < 2 and (
        not limited or signal.startswith("task_")
    )


def _problems(receiver: Receiver, signal: str) -> Iterator[str]:
    """Yield what a receiver asks for that is not there."""
    given = _GIVEN.get(signal, {})
    for name, read in receiver.reads:
        allowed = given.get(name, _NOTHING)
        if name == "signal" or allowed is None or _is_among(read, allowed):
            continue
        yield f"{name}.{read}" if name and read != HANDED_ON else name or "**kwargs"


def _is_among(read: str, allowed: Iterable[str]) -> bool:
    """Tell whether something is asked for that is there, or a part of that."""
    return any(
        read == one or (one != HANDED_ON and read.startswith((f"{one}.", f"{one}[")))
        for one in allowed
    )


def _replaced(
    use: Use, call: Step | None, signal: str, parts: tuple[str, ...], context: Context
) -> Spec:
    name = f"{context.call(use.place.path, signal)}.connect"
    helpers = (signal, *parts)
    if call is None:
        return ReplaceSpec(use.place, helpers=helpers, code=name)
    return CallSpec(call.place, helpers=helpers, function=name)


def _beside(
    use: Use, call: Step | None, signal: str, parts: tuple[str, ...], context: Context
) -> Spec:
    """Return the same below the receiver, which stays connected to Celery's signal."""
    args = [f"{a.keyword}={a.code}" if a.keyword else a.code for a in (call.args if call else ())]
    if use.role.kind == "decorator":
        args.insert(0, use.role.detail)
    code = f"{context.call(use.place.path, signal)}.connect({', '.join(args)})\n"
    below = use.role.kind == "decorator"
    return BelowSpec(use.statement, helpers=(signal, *parts), code=code, apart=below)


def _decorated(use: Use, context: Context) -> Outcome:
    return _answer(use, None, context)


def _called(use: Use, steps: Sequence[Step], context: Context) -> Outcome:
    return _answer(use, steps[-1], context)


_NAMES = [f"celery.signals.{name}.connect" for name in (*_ROWS, *_OTHERS)]
decorators = tuple(on_end(name, "decorator")(_decorated) for name in _NAMES)
calls = tuple(on_use(name, "()")(_called) for name in _NAMES)


@on_end("task", "argument")
def limited(use: Use, context: Context) -> Outcome | None:
    """Leave a task alone that a receiver is limited to."""
    signal = use.role.detail.removeprefix("celery.signals.").removesuffix(".connect")
    return Outcome(OF_TASKS) if signal in _ROWS and use.role.keyword == "sender" else None
