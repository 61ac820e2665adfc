"""`task.delay_on_commit(...)` (Django) becomes `transaction.on_commit(partial(actor.send, ...))`."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import CallSpec, Import, Inner, Method, Rest

# celery/contrib/django/task.py: DjangoTask.delay_on_commit
DELAY_ON_COMMIT = Row(
    "C2D208",
    "task.delay_on_commit(...)",
    "transaction.on_commit(partial(actor.send, ...))",
    Action.REWRITE,
)


@on_use("task", ".delay_on_commit()")
def delay_on_commit(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Print what Celery does itself; it returns nothing, as before."""
    spec = CallSpec(
        steps[-1].place,
        imports=(Import("functools", "partial"), Import("django.db", "transaction")),
        function="transaction.on_commit",
        args=((None, Inner("partial", ((None, Method("send")), (None, Rest())))),),
    )
    return Outcome(DELAY_ON_COMMIT, specs=(spec,))
