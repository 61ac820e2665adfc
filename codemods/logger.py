"""`get_task_logger(__name__)` becomes `logging.getLogger(__name__)`."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import CallSpec, Import

LOGGER = Row(
    "C2D608",
    "get_task_logger(name)",
    "logging.getLogger(name)",
    Action.REVIEW,
    "the records carry neither the task's name nor its id, and go through the root logger",
    about="Level and handlers are those of the logger of that name. Whoever wants the "
    "actor's name and the message's id in each line adds a logging filter that "
    "reads `CurrentMessage`.",
)


@on_use("celery.utils.log.get_task_logger", "()")
def get_task_logger(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Use the standard library's logger of the same name."""
    spec = CallSpec(steps[-1].place, imports=(Import("logging"),), function="logging.getLogger")
    return Outcome(LOGGER, specs=(spec,))
