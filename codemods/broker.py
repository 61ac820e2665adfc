"""`app = Celery(...)` becomes a broker that does what Celery does, made in the same place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from celery2dramatiq.codemod import Context, Outcome, keep, on_settings
from celery2dramatiq.index import MISSING, App, Arg
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.needs import Need
from celery2dramatiq.specs import Code, Text

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
    needs = (*_needs(url, _BROKER_NEEDS, "broker"), *_needs(results, _RESULT_NEEDS, "results"))
    yield Outcome(APP, sets=tuple(sets), needs=needs)


def _is_supported(value: object, schemes: tuple[str, ...]) -> bool:
    if value in (MISSING, None, "disabled://"):
        return True
    return isinstance(value, str) and value.partition("://")[0] in schemes


def _code(arg: Arg, app: App, context: Context) -> Code:
    if arg.keyword is None and arg.position is None:  # a setting of a statement of its own
        return Text(context.quoted(app.path, str(arg.literal)))
    return keep(arg)


# What each scheme needs, and what speaks for it where the URL is computed. The first part of a
# scheme decides: `redis+socket`. Without anything that speaks it is the last: Celery's default.
_REDIS = ("redis", "celery[redis]", "kombu[redis]")
_RABBITMQ = ("amqp", "librabbitmq", "celery[librabbitmq]", "kombu[librabbitmq]")
_BROKER_NEEDS = (
    (("redis", "rediss"), Need("dramatiq", "the broker is Redis", ("redis",), evidence=_REDIS)),
    (
        ("amqp", "amqps", "pyamqp", "librabbitmq"),
        Need("dramatiq", "the broker is RabbitMQ", ("rabbitmq",), evidence=_RABBITMQ),
    ),
)
_RESULT_NEEDS = ((("redis", "rediss"), Need("dramatiq", "the results are in Redis", ("redis",))),)


def _needs(
    arg: Arg | None, known: Sequence[tuple[tuple[str, ...], Need]], choice: str
) -> Iterator[Need]:
    """Yield what a URL needs, or if it is computed each thing that it may need."""
    default = "amqp://" if choice == "broker" else ""
    given = arg.literal if arg is not None else default
    for schemes, need in known:
        if given is MISSING:
            yield replace(need, choice=choice)
        elif str(given or default).partition(":")[0].partition("+")[0] in schemes:
            yield replace(need, evidence=())
