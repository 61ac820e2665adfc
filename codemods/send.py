"""`task.delay(...)` becomes `actor.send(...)`; what else is done with a task and stays as it is."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_end, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import AttributeSpec

DELAY = Row(
    "C2D201",
    "task.delay(...)",
    "actor.send(...)",
    Action.REWRITE,
    about="The arguments go into the message as they were given. What is returned is a "
    "Message and not an AsyncResult: where somebody uses it, that is rewritten as "
    "well, or holds the task back.",
)
CALL = Row(
    "C2D209",
    "task(...) called in place",
    "actor(...)",
    Action.REWRITE,
    about="An actor that is called runs its function in place, as a task does. Nothing is "
    "sent, nothing is retried.",
)
ALIAS = Row(
    "C2D210",
    "a task under another name",
    "the actor under that name",
    Action.REWRITE,
    about="The name stands for the actor from now on, and what is done with it is looked "
    "at line by line.",
)
DISCARDED = Row(
    "C2D211",
    "a send whose result nobody uses",
    "the same",
    Action.REWRITE,
    about="The Message that is returned in the place of an AsyncResult goes nowhere.",
)
ID = Row(
    "C2D212",
    "result.id, result.task_id",
    "message.message_id",
    Action.REWRITE,
    about="Both are the text of a UUID; it is the key of the result as well.",
)
TASK_NAME = Row(
    "C2D213",
    "task.name",
    "actor.actor_name",
    Action.REWRITE,
    about="The actor bears the name that the task had.",
)
RUN = Row(
    "C2D230",
    "task.run(...)",
    "actor.fn(...)",
    Action.REWRITE,
    about="Both are the function itself, called in place.",
)


@on_use("task", ".delay")
def delay(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the launcher; its arguments are the same."""
    return Outcome(DELAY, specs=(AttributeSpec(steps[-1].place, name="send"),), gives="launcher")


@on_use("launcher", "()")
def launch(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow what a call of `delay` returns."""
    return Outcome(DISCARDED, gives="sent")


@on_end("sent", "discarded", "assigned")
def discarded(use: Use, context: Context) -> Outcome:
    """Leave alone what is dropped, or kept in a name whose uses are looked at one by one."""
    return Outcome(DISCARDED)


@on_use("task", "()")
def call(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave a call in place alone: an actor runs its function just so."""
    return Outcome(CALL)


@on_use("task", ".run()")
def run(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Call the actor's function."""
    return Outcome(RUN, specs=(AttributeSpec(steps[0].place, name="fn"),))


@on_end("task", "assigned", "discarded", "looped")
def alias(use: Use, context: Context) -> Outcome:
    """Leave another name for the task alone; its uses are looked at one by one."""
    return Outcome(ALIAS)


@on_use("sent", ".id")
def message_id(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the id of what a send returned."""
    return Outcome(ID, specs=(AttributeSpec(steps[-1].place, name="message_id"),))


@on_use("sent", ".task_id")
def task_id(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the id of what a send returned."""
    return Outcome(ID, specs=(AttributeSpec(steps[-1].place, name="message_id"),))


@on_use("task", ".name")
def name(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the task's name: the actor has the same."""
    return Outcome(TASK_NAME, specs=(AttributeSpec(steps[-1].place, name="actor_name"),))
