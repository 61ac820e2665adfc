"""`app.control.revoke(id)` and `result.revoke()` become `revoke(...)`, with dramatiq-abort."""

from __future__ import annotations

from celery2dramatiq.codemod import EVERY_TASK, Context, Outcome, keep, on_use
from celery2dramatiq.index import Arg, Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.needs import Need
from celery2dramatiq.specs import CallSpec, Code, Receiver

from .rate_limit import in_redis, is_older

REVOKE = Row(
    "C2D530",
    "app.control.revoke(id), result.revoke()",
    "revoke(id)",
    Action.REVIEW,
    "it is remembered in Redis for 60 days, so a worker that starts later skips the message too; "
    "Celery's workers forget it when they stop",
    about="Celery tells the workers that run at that moment, and each keeps the id in its memory. "
    "`revoke` of the helper module keeps the id in the Redis server of the broker or of the "
    "results, with dramatiq-abort; a worker looks there before it runs a task. The state is "
    "REVOKED, and `get()` raises TaskRevokedError, as with Celery.",
)
TERMINATE = Row(
    "C2D531",
    "revoke(id, terminate=True)",
    "revoke(id, terminate=True)",
    Action.REVIEW,
    "a task that runs gets an exception, `Abort`, within two seconds, where Celery kills its "
    "process: `finally` is executed, and a call into C code ends first",
    about="`except Exception` does not catch `Abort`. Celery sends the signal to a process of the "
    "prefork pool; its other pools do not end a task. A task that does not run yet is skipped.",
)
OTHER_WAY = Row(
    "C2D532",
    "revoke(...) with destination, reply, wait or computed options",
    "",
    Action.MANUAL,
    "no worker is asked, so none can be chosen and none answers",
    "leave these arguments out",
    about="The id is written into Redis and every worker looks there.",
)
NO_REDIS = Row(
    "C2D533",
    "revoke(...) in a project without Redis",
    "",
    Action.MANUAL,
    "what was revoked has to be kept in a Redis server, and neither the broker nor the results "
    "are in one",
    "keep the results in Redis, or a mark in the project's own database that the task looks at",
    about="RabbitMQ and Amazon SQS cannot be asked for one message, and dramatiq-abort keeps the "
    "ids in Redis.",
)
OLDER = Row(
    "C2D534",
    "revoke(...), in a project whose broker was made by an earlier run",
    "",
    Action.MANUAL,
    "make_broker() in its dramatiq_helpers.py knows nothing of revoked messages",
    "delete make_broker() there, and run the tool again",
    about="The helper module is the project's own file, and what is in it is never changed, only "
    "added to.",
)

_NEED = Need("dramatiq-abort", "messages are revoked")
# celery/app/control.py: Control.revoke; celery/result.py: AsyncResult.revoke
_OF_CONTROL = ("task_id", "destination", "terminate", "signal")
_OF_RESULT = ("connection", "terminate", "signal", "wait", "timeout")
_KNOWN = {"task_id", "terminate", "signal", "connection", "timeout"}
_FALSE = {"wait": False, "reply": False, "destination": None}


def _revoked(
    use: Use, call: Step, names: tuple[str, ...], context: Context, tie: tuple[str, ...] = ()
) -> Outcome:
    """Print a call of the helper. names: of the arguments by position."""
    given = _arguments(call, names)
    if given is None:
        return Outcome(OTHER_WAY, tie=tie)
    if is_older(context, "_Revocations"):
        return Outcome(OLDER, tie=tie)
    kept = in_redis(context)
    if kept is False:
        return Outcome(NO_REDIS, tie=tie)
    note = "" if kept else "if neither the broker nor the results are in Redis, it is refused"
    ends = given.get("terminate")
    row = REVOKE if ends is None or not ends.literal else TERMINATE
    first: Code = keep(given["task_id"]) if "task_id" in given else Receiver()
    more = () if row is REVOKE or ends is None else (("terminate", keep(ends)),)
    spec = CallSpec(
        call.place,
        helpers=("revoke", "_Revocations"),
        setup=True,
        function=context.call(use.place.path, "revoke"),
        args=((None, first), *more),
    )
    return Outcome(row, note, specs=(spec,), needs=(_NEED,), tie=tie)


def _arguments(call: Step, names: tuple[str, ...]) -> dict[str, Arg] | None:
    """Return the arguments by name; None if one of them asks for more than the helper does."""
    given: dict[str, Arg] = {}
    for arg in call.args:
        if arg.star or (arg.keyword is None and (arg.position or 0) >= len(names)):
            return None
        given[arg.keyword or names[arg.position or 0]] = arg
    for name, arg in given.items():
        if name not in _KNOWN and (name not in _FALSE or arg.literal is not _FALSE[name]):
            return None
    return None if "task_id" in names and "task_id" not in given else given


@on_use("app", ".control.revoke()")
def control_revoke(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Revoke by ids, which may be any task's."""
    return _revoked(use, steps[-1], _OF_CONTROL, context, (EVERY_TASK,))


def _revoke(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Revoke what the result is of."""
    return _revoked(use, steps[-1], _OF_RESULT, context)


sent_revoke = on_use("sent", ".revoke()")(_revoke)
result_revoke = on_use("result", ".revoke()")(_revoke)
group_revoke = on_use("canvas result", ".revoke()")(_revoke)
