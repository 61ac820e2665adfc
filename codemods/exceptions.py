"""Celery's exceptions in the body of a task."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_end, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import CallSpec, Import, ReplaceSpec

EXCEEDED = Row("C2D320", "MaxRetriesExceededError", "MaxRetriesExceededError", Action.REWRITE)
SOFT_LIMIT = Row(
    "C2D321", "SoftTimeLimitExceeded", "dramatiq.middleware.TimeLimitExceeded", Action.REWRITE
)
RETRY = Row("C2D322", "except Retry", "dramatiq.errors.Retry", Action.REWRITE)
IGNORE = Row(
    "C2D323",
    "raise Ignore()",
    "raise dramatiq.middleware.SkipMessage()",
    Action.REVIEW,
    "the result is None where Celery leaves the task PENDING",
)
REJECT = Row(
    "C2D324",
    "raise Reject(...)",
    "",
    Action.MANUAL,
    "a rejected message is requeued without counting, or thrown away; Dramatiq counts, and keeps "
    "it as a dead letter",
    "raise Retry(delay=0), or any other exception, from Dramatiq",
    acceptable=True,
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
    """Hold the task back."""
    return Outcome(REJECT)
