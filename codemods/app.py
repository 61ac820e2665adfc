"""What is done with the app itself: `autodiscover_tasks`, `start`, other names for it."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_end, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import RemoveSpec

AUTODISCOVER = Row(
    "C2D604",
    "app.autodiscover_tasks(...)",
    "the worker's modules",
    Action.REWRITE,
    about="Dramatiq's worker imports the modules on its command line: those that Celery "
    "would have found stand in the command of the report.",
)
START = Row(
    "C2D605",
    "app.start()",
    "the command `dramatiq`",
    Action.REWRITE,
    about="Dramatiq's worker is started from the command line. The report has the command.",
)
CURRENT = Row(
    "C2D606",
    "app.set_default(), .set_current(), .finalize()",
    "nothing",
    Action.REWRITE,
    about="Dramatiq knows no current app: there is the broker that `dramatiq.set_broker` "
    "was given.",
)
APP_ALIAS = Row(
    "C2D607",
    "the app under another name",
    "nothing",
    Action.REWRITE,
    about="Nothing needs the name any more.",
)


@on_use("app", ".autodiscover_tasks()")
def autodiscover(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Drop it: the worker's command names the modules."""
    return Outcome(AUTODISCOVER, specs=(RemoveSpec(use.statement),))


@on_use("app", ".start()")
def start(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Drop it, with the `if __name__` around it if that holds nothing else."""
    guard, own = use.guard, use.statement
    alone = guard is not None and guard.end == own.end and guard.line + 1 == own.line
    return Outcome(START, specs=(RemoveSpec(guard if guard is not None and alone else own),))


@on_use("app", ".set_default()")
def set_default(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Drop it: there is one broker."""
    return Outcome(CURRENT, specs=(RemoveSpec(use.statement),))


@on_use("app", ".set_current()")
def set_current(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Drop it: there is one broker."""
    return Outcome(CURRENT, specs=(RemoveSpec(use.statement),))


@on_use("app", ".finalize()")
def finalize(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Drop it: actors are registered where they are declared."""
    return Outcome(CURRENT, specs=(RemoveSpec(use.statement),))


@on_end("app", "assigned", "discarded")
def alias(use: Use, context: Context) -> Outcome:
    """Drop another name for the app; the statement that makes it has a printer of its own."""
    if any(app.place == use.place for app in context.index.apps):
        return Outcome(APP_ALIAS)
    factory = context.index.factory
    if factory is not None and factory.app == use.target.name:
        return Outcome(APP_ALIAS)  # what the factory returns is the broker from now on
    if use.scope or use.statement.column != 1 or use.statement.end != use.place.end:
        return Outcome(INNER_ALIAS)
    return Outcome(APP_ALIAS, specs=(RemoveSpec(use.statement),))


INNER_ALIAS = Row(
    "C2D609",
    "the app under another name in a function, a class or a condition",
    "",
    Action.MANUAL,
    "whoever uses that name cannot be told from the source",
    "use the app by the name that it has where it is made",
    about="Code elsewhere may reach the app by that name, in a way that is not seen.",
)
