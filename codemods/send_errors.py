"""What a send raises when the broker cannot be reached, where it is caught."""

from __future__ import annotations

from dataclasses import replace

from celery2dramatiq.codemod import Context, Outcome, on_end
from celery2dramatiq.index import Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import ReplaceSpec

SEND_ERRORS = Row(
    "C2D240",
    "except kombu.exceptions.OperationalError, around a send",
    "except SEND_ERRORS",
    Action.REVIEW,
    "how often, and for how long, the broker is tried before this is raised differs",
    about="Celery raises one exception for every broker that cannot be reached; with Dramatiq it "
    "is that of the broker's own library. `SEND_ERRORS` of the helper module has them all.",
)
NO_SEND = Row(
    "C2D241",
    "except kombu.exceptions.OperationalError in a function that sends no task itself",
    "",
    Action.MANUAL,
    "what is sent there, and by which system, cannot be told from the source",
    "catch it where the task is sent, or SEND_ERRORS of the helper module beside it",
    acceptable=True,
    about="A function that is called there may send a task. Once that has become an actor the send "
    "raises another exception. The tasks that are used in the same file stay; if there is none, "
    "this is only said.",
)


@on_end("kombu.exceptions.OperationalError", "caught", "element")
def caught(use: Use, context: Context) -> Outcome:
    """Catch what Dramatiq's brokers raise, once all tasks of the function have moved."""
    near = [one for one in context.index.uses if one.place.path == use.place.path]
    tasks = [one for one in near if one.target.kind == "task" and not one.test]
    sent = sorted({one.target.name for one in tasks if one.scope == use.scope})
    tie = (f"{use.place.path}: {use.scope}: what is caught",)
    if not sent:
        others = sorted({one.target.name for one in tasks})
        also = tuple(Outcome(NO_SEND, tie=tie, task=task, harmless=True) for task in others)
        return Outcome(NO_SEND, tie=tie, also=also, harmless=not others)
    code = context.call(use.place.path, "SEND_ERRORS")
    spec = ReplaceSpec(use.place, helpers=("SEND_ERRORS",), code=code)
    first, *rest = (Outcome(SEND_ERRORS, tie=tie, task=task) for task in sent)
    return replace(first, specs=(spec,), also=tuple(rest))
