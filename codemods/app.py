"""`app = Celery(...)` becomes a broker that does what Celery does, made in the same place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, keep, on_end, on_settings, on_use
from celery2dramatiq.index import MISSING, App, Arg, Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Code, RemoveSpec, Text

APP = Row(
    "C2D601",
    "app = Celery(...)",
    "broker = make_broker(...)",
    Action.REVIEW,
    "a task whose worker dies runs again (Celery had acknowledged it before it ran), and the "
    "messages of failed tasks are kept for 7 days",
)
BAD_BROKER = Row(
    "C2D602",
    "a broker or result backend without a counterpart",
    "",
    Action.MANUAL,
    "Dramatiq has no broker or result backend for it here",
    "move the queues to Redis or RabbitMQ, the results to Redis",
)
NO_BACKEND_LIST = Row(
    "C2D603",
    "a broker URL given elsewhere",
    "",
    Action.MANUAL,
    "it is not in the place where the app is made, and its value is not in the source",
    "hand it to Celery(broker=...)",
)
AUTODISCOVER = Row("C2D604", "app.autodiscover_tasks(...)", "the worker's modules", Action.REWRITE)
START = Row("C2D605", "app.start()", "the command `dramatiq`", Action.REWRITE)
CURRENT = Row("C2D606", "app.set_default(), .set_current(), .finalize()", "nothing", Action.REWRITE)
APP_ALIAS = Row("C2D607", "the app under another name", "nothing", Action.REWRITE)

_BROKERS = (
    "redis", "rediss", "redis+socket", "amqp", "amqps", "pyamqp", "librabbitmq", "memory",
)  # fmt: skip
_BACKENDS = ("redis", "rediss", "redis+socket")


@on_settings("broker", "broker_url", "backend", "result_backend", always=True)
def make_broker(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Make the broker from the URLs; Celery's own default is RabbitMQ on this machine."""
    url = args.get("broker_url", args.get("broker"))
    results = args.get("result_backend", args.get("backend"))
    sets: list[tuple[str, Code]] = []
    for name, arg, schemes in (("url", url, _BROKERS), ("results", results, _BACKENDS)):
        if arg is None:
            continue
        if not _is_supported(arg.literal, schemes):
            yield Outcome(BAD_BROKER, f"`{arg.code}`")
        elif arg.keyword is None and arg.position is None and arg.literal is MISSING:
            yield Outcome(NO_BACKEND_LIST, f"`{arg.code}`")
        elif arg.literal not in (None, "disabled://"):
            sets.append((name, _code(arg, app, context)))
    if not any(name == "url" for name, _ in sets):
        sets.insert(0, ("url", Text(context.quoted(app.path, "amqp://"))))
    yield Outcome(APP, sets=tuple(sets))


def _is_supported(value: object, schemes: tuple[str, ...]) -> bool:
    if value in (MISSING, None, "disabled://"):
        return True
    return isinstance(value, str) and value.partition("://")[0] in schemes


def _code(arg: Arg, app: App, context: Context) -> Code:
    if arg.keyword is None and arg.position is None:  # a setting of a statement of its own
        return Text(context.quoted(app.path, str(arg.literal)))
    return keep(arg)


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
)
