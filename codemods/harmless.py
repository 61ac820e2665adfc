"""Names of Celery's that say nothing about how a task runs: they stay, and hold nothing back."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_end, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row

CLASS_TASK = Row(
    "C2D150",
    "class X(Task)",
    "",
    Action.MANUAL,
    "a class of Celery's stays on Celery",
    "write it as a function with a decorator",
    about="Tasks that are classes of their own, and classes for `base=`, stay where they are.",
)
CONTEXT_CLASS = Row(
    "C2D152",
    "class X(Task) that opens an application context",
    "AppContextMiddleware",
    Action.REWRITE,
    about="The usual recipe of Flask's documentation: the class runs each task inside "
    "`with app.app_context()`. A middleware of the helper module opens the context "
    "around each message instead.",
)
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


@on_end("celery.Task", "base")
def class_task(use: Use, context: Context) -> Outcome:
    """Say that it stays; tasks that have it as their `base` say so themselves."""
    factory = context.index.factory
    if factory is not None and factory.task_class == use.role.detail:
        return Outcome(CONTEXT_CLASS, f"`{use.role.detail}`")
    return Outcome(CLASS_TASK, f"`{use.role.detail}`", harmless=True)


@on_use("celery.shared_task", "()()")
def wrapper(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say that there are tasks that are not known."""
    return Outcome(WRAPPER, f"in `{use.scope}`" if use.scope else "", harmless=True)


@on_use("app", ".task()()")
def app_wrapper(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say that there are tasks that are not known."""
    return Outcome(WRAPPER, f"in `{use.scope}`" if use.scope else "", harmless=True)
