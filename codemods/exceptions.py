"""Celery's exceptions in the body of a task."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, keep, on_end, on_use
from celery2dramatiq.index import Arg, Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import CallSpec, Import, ReplaceSpec

EXCEEDED = Row(
    "C2D320",
    "MaxRetriesExceededError",
    "MaxRetriesExceededError",
    Action.REWRITE,
    about="The helper module's exception of that name is what `retry()` raises.",
)
SOFT_LIMIT = Row(
    "C2D321",
    "SoftTimeLimitExceeded",
    "dramatiq.middleware.TimeLimitExceeded",
    Action.REWRITE,
    about="Dramatiq has one limit and one exception. It derives from Interrupt, not from "
    "Exception, so only an `except` that names it catches it.",
)
RETRY = Row(
    "C2D322",
    "except Retry",
    "dramatiq.errors.Retry",
    Action.REWRITE,
    about="`retry()` of the helper module raises Dramatiq's Retry.",
)
IGNORE = Row(
    "C2D323",
    "raise Ignore()",
    "raise dramatiq.middleware.SkipMessage()",
    Action.REVIEW,
    "the result is None where Celery leaves the task PENDING",
    about="Dramatiq acknowledges the message without running it to its end and goes on "
    "with the next one.",
)
REJECT = Row(
    "C2D324",
    "raise Reject(...) where it may be caught or has no effect",
    "",
    Action.MANUAL,
    "what becomes of the message cannot be told from the source",
    "raise it outside of any `try`, with a literal `requeue` that `acks_late=True` allows",
    about="Celery honours Reject only with `acks_late=True`, and otherwise logs it as a "
    "failure; where it is caught nothing happens at all.",
)
REJECTED = Row(
    "C2D325",
    "raise Reject(reason, requeue)",
    "raise reject(reason, requeue)",
    Action.REWRITE,
    about="`reject` of the helper module gives the message to the dead letters, or puts "
    "it back into its queue at once, without counting a retry.",
)


@on_end("celery.exceptions.MaxRetriesExceededError", "*")
def exceeded(use: Use, context: Context) -> Outcome:
    """Use the helper's own."""
    code = context.call(use.place.path, "MaxRetriesExceededError")
    spec = ReplaceSpec(use.place, helpers=("MaxRetriesExceededError",), code=code)
    return Outcome(EXCEEDED, specs=(spec,))


@on_end("celery.exceptions.SoftTimeLimitExceeded", "*")
def soft_limit(use: Use, context: Context) -> Outcome:
    """Catch Dramatiq's limit."""
    return Outcome(SOFT_LIMIT, specs=(_named(use, "dramatiq.middleware.TimeLimitExceeded"),))


def _named(use: Use, name: str) -> ReplaceSpec:
    """Print a name of Dramatiq's in full: a task that stays may need Celery's of the same name."""
    return ReplaceSpec(use.place, imports=(Import("dramatiq"),), code=name)


@on_end("celery.exceptions.Retry", "caught", "element")
def retry(use: Use, context: Context) -> Outcome:
    """Catch what the helper `retry` raises."""
    return Outcome(RETRY, specs=(_named(use, "dramatiq.errors.Retry"),))


@on_end("celery.exceptions.Retry", "argument", "assigned")
def retry_in_test(use: Use, context: Context) -> Outcome | None:
    """Expect what the helper `retry` raises without a worker."""
    return Outcome(RETRY, specs=(_named(use, "dramatiq.errors.Retry"),)) if use.test else None


@on_use("celery.exceptions.Retry", "()")
def retry_made_in_test(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Let a mock raise what the helper `retry` raises."""
    given = steps[-1].args
    if not use.test or len(given) > 1 or any(arg.keyword or arg.star for arg in given):
        return None
    function = "dramatiq.errors.Retry"
    args = tuple((arg.keyword, keep(arg)) for arg in given)
    spec = CallSpec(steps[-1].place, imports=(Import("dramatiq"),), function=function, args=args)
    return Outcome(RETRY, specs=(spec,), gives="raised in test")


@on_end("raised in test", "*")
def raised_in_test(use: Use, context: Context) -> Outcome:
    """Leave it alone wherever it goes."""
    return Outcome(RETRY)


@on_use("celery.exceptions.Ignore", "()")
def ignored(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Skip the message: it is acknowledged and not tried again."""
    function = "dramatiq.middleware.SkipMessage"
    spec = CallSpec(steps[-1].place, imports=(Import("dramatiq"),), function=function, args=())
    return Outcome(IGNORE, specs=(spec,))


@on_end("celery.exceptions.Ignore", "raised", "caught", "element")
def ignore(use: Use, context: Context) -> Outcome:
    """Skip the message: it is acknowledged and not tried again."""
    return Outcome(IGNORE, specs=(_named(use, "dramatiq.middleware.SkipMessage"),))


@on_use("celery.exceptions.Reject", "()")
def reject(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Give the message up, or put it back, through the helper."""
    problem = _kept_from(use, steps[-1].arg("requeue", 1), context)
    if problem:
        return Outcome(REJECT, problem)
    function = context.call(use.place.path, "reject")
    spec = CallSpec(steps[-1].place, helpers=("reject",), function=function)
    return Outcome(REJECTED, specs=(spec,))


@on_end("celery.exceptions.Reject", "raised")
def rejected(use: Use, context: Context) -> Outcome:
    """Give the message up through the helper."""
    problem = _kept_from(use, None, context)
    if problem:
        return Outcome(REJECT, problem)
    code = f"{context.call(use.place.path, 'reject')}()"
    return Outcome(REJECTED, specs=(ReplaceSpec(use.place, helpers=("reject",), code=code),))


def _kept_from(use: Use, requeue: Arg | None, context: Context) -> str:
    """Return why a message cannot be rejected here."""
    if use.role.kind != "raised":
        return "it is not raised where it is made"
    own = context.tasks.get(use.owner or "")
    tasks = (own,) if own is not None else context.tasks.values()
    if any(task.option("autoretry_for") is not None for task in tasks):
        return "`autoretry_for` may catch it"
    if any(_catches(name) for handlers in use.caught for name, _ in handlers):
        return "an `except` around it may catch it"
    if requeue is None or requeue.literal is False:
        return ""
    late = own.option("acks_late") if own is not None else None
    known = requeue.literal is True and late is not None and late.literal is True
    return "" if known else f"`requeue={requeue.code}` without `acks_late=True`"


def _catches(name: str) -> bool:
    return any(word in name for word in ("Exception", "Reject", "CeleryError")) or not name
