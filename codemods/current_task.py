"""`current_task` in the body of a task is that task: the actor's name asks for its request."""

from __future__ import annotations

from dataclasses import replace

from celery2dramatiq.codemod import Context, EndRule, Outcome, on_end, on_use
from celery2dramatiq.index import Place, Step, Task, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import ReplaceSpec

from .request import KNOWN

CURRENT = Row(
    "C2D332",
    "current_task, current_task.request in the body of a task",
    "request(actor)",
    Action.REWRITE,
    about="Celery's `current_task` is the innermost task that runs, so in a task's body it is the "
    "task itself. Where only its truth is asked for `request(actor)` is as true; of the message "
    "it says what C2D302 does.",
)
ELSEWHERE = Row(
    "C2D333",
    "current_task outside of a task's body, or handed on",
    "",
    Action.MANUAL,
    "which task runs there cannot be told from the source",
    "hand the function what it needs of the task's request",
    acceptable=True,
    about="The helper `request` wants to know whose message it is to describe.",
)


def _task(use: Use, context: Context) -> Task | None:
    """Return the task in whose body it stands, if its name means it there."""
    task = context.tasks.get(use.owner or "")
    return task if task is not None and task.function not in task.locals else None


def _request(use: Use, place: Place, context: Context, attribute: str = "") -> Outcome:
    task = _task(use, context)
    if task is None:
        return Outcome(ELSEWHERE, "" if use.owner is None else "its own name is another thing's")
    code = f"{context.call(use.place.path, 'request')}({task.function}){attribute}"
    spec = ReplaceSpec(place, helpers=("request",), code=code)
    return Outcome(CURRENT, specs=(spec,), task=task.id)


@on_use("app", ".current_task.request")
def of_app(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Ask the helper for the request of the app's current task."""
    return replace(_request(use, steps[-1].place, context), gives="request")


@on_use("app", ".current_task")
def task_of_app(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Ask only whether there is a task."""
    if use.role.kind != "tested" or steps != use.steps:
        return Outcome(ELSEWHERE, f"`app{use.shape}`")
    return replace(_request(use, steps[-1].place, context), gives="current task")


@on_end("current task", "tested")
def tested(use: Use, context: Context) -> Outcome:
    """Leave the question alone."""
    return Outcome(CURRENT)


@on_end("celery.current_task", "tested")
def there_is_one(use: Use, context: Context) -> Outcome:
    """Ask only whether there is a task."""
    return _request(use, use.place, context)


def _attribute(name: str) -> EndRule:
    """Make the rule for an attribute of the request that the helper knows."""

    def answer(use: Use, context: Context) -> Outcome:
        if use.place.end - use.place.start < len(f"x.request.{name}"):
            return Outcome(CURRENT)  # a name that was given the value, where it is rewritten
        return _request(use, use.place, context, f".{name}")

    return on_end(f"celery.current_task.request.{name}", "*")(answer)


attributes = tuple(map(_attribute, KNOWN))
