"""Names of Celery's that say nothing about how a task runs: they stay, and hold nothing back."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row

WRAPPER = Row(
    "C2D151",
    "a decorator of the project's own that declares tasks",
    "",
    Action.MANUAL,
    "the tasks that it declares are not known, and stay on Celery",
    "declare them with Celery's own decorator",
    about="The decorator is called with what the index cannot follow, so which functions "
    "it turns into tasks is not known.",
)


@on_use("celery.shared_task", "()()")
def wrapper(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say that there are tasks that are not known."""
    return Outcome(WRAPPER, f"in `{use.scope}`" if use.scope else "", harmless=True)


@on_use("app", ".task()()")
def app_wrapper(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say that there are tasks that are not known."""
    return Outcome(WRAPPER, f"in `{use.scope}`" if use.scope else "", harmless=True)
