"""`task.delay_on_commit(...)` (Django) becomes `transaction.on_commit(partial(...))`."""

from __future__ import annotations

from collections.abc import Sequence

from celery2dramatiq.codemod import Context, Outcome, is_taken, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import CallSpec, Import, Inner, Method, Rest

# celery/contrib/django/task.py: DjangoTask.delay_on_commit
DELAY_ON_COMMIT = Row(
    "C2D208",
    "task.delay_on_commit(...)",
    "transaction.on_commit(partial(actor.send, ...))",
    Action.REWRITE,
    about="`on_commit` of Django calls the sender when the transaction is committed, at "
    "once if there is none.",
)

# How to call each, in order; `transaction` is a name that projects have for things of their own.
_ON_COMMIT = (
    ("transaction.on_commit", Import("django.db", "transaction")),
    ("on_commit", Import("django.db.transaction", "on_commit")),
    ("django.db.transaction.on_commit", Import("django.db.transaction")),
)
_PARTIAL = (
    ("partial", Import("functools", "partial")),
    ("functools.partial", Import("functools")),
)


@on_use("task", ".delay_on_commit()")
def delay_on_commit(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Print what Celery does itself; it returns nothing, as before."""
    on_commit, its_import = _free(_ON_COMMIT, use, context)
    partial, the_other = _free(_PARTIAL, use, context)
    spec = CallSpec(
        steps[-1].place,
        imports=(its_import, the_other),
        function=on_commit,
        args=((None, Inner(partial, ((None, Method("send")), (None, Rest())))),),
    )
    return Outcome(DELAY_ON_COMMIT, specs=(spec,))


def _free(ways: Sequence[tuple[str, Import]], use: Use, context: Context) -> tuple[str, Import]:
    """Return the first way whose name the file has not for something else, or the last."""
    for function, new in ways[:-1]:
        if not is_taken(context.index, use.place.path, function.split(".")[0]):
            return function, new
    return ways[-1]
