"""`rate_limit="10/m"` stays an option, which a middleware of the helper module keeps in Redis."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import HELPERS, Context, Outcome, on_options, value
from celery2dramatiq.index import Arg, Task
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.apps import settings

LIMITED = Row(
    "C2D154",
    'rate_limit="10/m"',
    "a turn for each message",
    Action.REVIEW,
    "all workers together keep the limit, where with Celery each worker keeps it for itself",
    about="A middleware of the helper module gives each message of the actor a turn, one every six "
    "seconds for `10/m` as in Celery; one that has to wait goes back into the queue, delayed until "
    "its turn, so that no thread waits and nothing is lost. (Dramatiq's own WindowRateLimiter lets "
    "ten begin at once and then none for a minute.) With several workers, multiply the number.",
)
NO_LIMIT = Row(
    "C2D155",
    "rate_limit=None, rate_limit=0",
    "nothing",
    Action.REWRITE,
    about="There is no limit in either, so the option says what holds anyway.",
)
RATE_LIMIT = Row(
    "C2D148",
    "rate_limit that is computed, or in a project without Redis",
    "",
    Action.MANUAL,
    "the turns of the messages are kept in a Redis server, and Dramatiq's own limiters raise",
    "use dramatiq.rate_limits.WindowRateLimiter in the body, with retries",
    acceptable=True,
    about="Dramatiq's WindowRateLimiter counts for all workers, in Redis or Memcached, and "
    "raises RateLimitExceeded where the task has to come back later. With `--accept` there is no "
    "limit. It also stands here where make_broker() was written by an earlier run: delete it in "
    "dramatiq_helpers.py, and run the tool again.",
)

_FORM = re.compile(r"\d+(\.\d+)?(/[smh])?")


@on_options("rate_limit")
def rate_limit(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Keep the option, where there is a Redis server to count in."""
    arg = args["rate_limit"]
    if not arg.literal:
        yield Outcome(NO_LIMIT)
        return
    fits = _FORM.fullmatch(str(arg.literal)) is not None
    kept = in_redis(context)
    if not fits or kept is False or is_older(context, "_RateLimits"):
        yield Outcome(RATE_LIMIT, f"`{arg.code}`")
        return
    note = "" if kept else "if neither the broker nor the results are in Redis, it is not kept"
    yield Outcome(LIMITED, note, sets=(("rate_limit", value(arg)),), helpers=("_RateLimits",))


def is_older(context: Context, part: str) -> bool:
    """Tell whether the project has a helper module that was written without that part."""
    return any(
        "make_broker" in module.exports and part not in module.exports
        for path, module in context.index.modules.items()
        if path.rpartition("/")[2] == f"{HELPERS}.py"
    )


def in_redis(context: Context) -> bool | None:
    """Tell whether the broker or the results are in Redis; None if that is computed."""
    answers = []
    for app in (app for app in context.index.apps if not app.test):
        named = settings(app, context.index)
        for name in ("broker_url", "result_backend"):
            arg = named.get(name)
            if arg is None:
                continue
            if not isinstance(arg.literal, str):
                answers.append(None if arg.literal is not None else False)
            else:
                answers.append(arg.literal.startswith(_REDIS))
    return True if True in answers else None if None in answers else False


_REDIS = ("redis", "sentinel", "unix")
