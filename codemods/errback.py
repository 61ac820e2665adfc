"""Callbacks on errors: `link_error=failed.s()`, `signature.on_error(failed.s())`."""

from __future__ import annotations

import ast

from celery2dramatiq.codemod import Context, Outcome
from celery2dramatiq.index import Arg, Step, Task, Use
from celery2dramatiq.mapping import Action, Row

ERRBACK = Row(
    "C2D420",
    "link_error, on_error",
    "",
    Action.MANUAL,
    "Celery calls it with (request, exception, traceback) or sends it with the id alone; a "
    "Dramatiq actor given as on_failure gets (message_data, exception_data), after every attempt",
    "write an actor with those two parameters and send with on_failure, or catch the error in "
    "the task",
    about="What such a callback is for is often logging or a notification; a middleware "
    "with `after_process_message` is another place for that. What is written out for one message "
    "moves: see C2D410 and C2D411.",
)
BY_ID = Row(
    "C2D410",
    "link_error=task.s() of a task with one parameter, link_error=task.si(...)",
    "link_error=signature(actor), sent with the id",
    Action.REWRITE,
    about="The helper module keeps it in the message's options, and sends it when the message has "
    "failed for good, with the id of that message as first argument, or with its own arguments "
    "alone if it is immutable.",
)
CALLED = Row(
    "C2D411",
    "link_error=task.s() of a task with (request, exc, traceback)",
    "link_error=signature(actor), called in the worker",
    Action.REVIEW,
    "`traceback` is the text that Dramatiq keeps, with the worker's own lines, and `request` has "
    "what C2D301 lists",
    about="It is called in the worker where the message has failed for good, as with Celery.",
)

NAMES = ("link_error", "on_error")
MIDDLEWARE = "_ErrorsMiddleware"
_MADE = ("s", "si", "signature", "subtask")


def is_written_out(given: Arg) -> bool:
    """Tell whether it is one signature that stands there, which is then judged by itself."""
    node = ast.parse(f"({given.code})", mode="eval").body
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in _MADE


def fits(call: Step) -> bool:
    """Tell whether what the call is given as `link_error`, if anything, is written out."""
    given = [arg for arg in call.args if arg.keyword in NAMES]
    return all(arg.literal is None or is_written_out(arg) for arg in given)


def judged(use: Use, context: Context, tie: tuple[str, ...]) -> Outcome:
    """Say what becomes of a signature that is called on errors: `.s()` or `.si(...)`."""
    if use.target.kind != "task" or use.made or use.shape not in (".s()", ".si()"):
        return Outcome(ERRBACK, tie=tie)
    task = context.tasks[use.target.name]
    if use.shape == ".si()":
        return Outcome(BY_ID, tie=tie)
    count = _count(task)
    if use.steps[-1].args or count is None:
        return Outcome(ERRBACK, tie=tie)
    if count == 1:
        return Outcome(BY_ID, tie=tie)
    return Outcome(CALLED if count == 3 and not task.bound else ERRBACK, tie=tie)


def _count(task: Task) -> int | None:
    """Return how many arguments a task takes; None if that is open."""
    own = task.parameters[1:] if task.bound else task.parameters
    return len(own) if all(one.kind in ("positional", "plain") for one in own) else None
