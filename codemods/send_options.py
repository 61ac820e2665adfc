"""Options of one send: a moment, an age, limits, results, headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, keep, on_keywords
from celery2dramatiq.index import MISSING, Arg, Task
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.apps import url_of
from celery2dramatiq.specs import Code, Milliseconds, Text, Wrapped

from . import limits

EXPIRES = Row(
    "C2D220",
    "apply_async(expires=s)",
    "send_with_options(max_age=ms)",
    Action.REWRITE,
    about="Seconds become milliseconds, and a moment is turned into an age by "
    "`delay_until`. A message that is older when a worker takes it is skipped; "
    "Celery marks its result REVOKED, and so does the helper module where results "
    "are kept.",
)
ETA = Row(
    "C2D221",
    "apply_async(eta=datetime)",
    "send_with_options(delay=delay_until(datetime))",
    Action.REWRITE,
    about="`delay_until` counts the milliseconds from now until that moment; one without "
    "a zone is UTC, as with Celery.",
)
LIMIT = Row(
    "C2D222",
    "apply_async(soft_time_limit=s, time_limit=s)",
    "send_with_options(time_limit=ms)",
    Action.REVIEW,
    "the limit raises TimeLimitExceeded, which `except Exception` does not catch, and cannot end "
    "a call into C code",
    about="The limit holds for this message alone. See C2D130 and C2D131 for what the "
    "exception does.",
)
RESULT = Row(
    "C2D223",
    "apply_async(ignore_result=...)",
    "send_with_options(store_results=...)",
    Action.REWRITE,
    about="Whether the result of this one message is kept.",
)
NO_BACKEND = Row(
    "C2D224",
    "apply_async(ignore_result=...) without results",
    "nothing",
    Action.REWRITE,
    about="Without a result backend there is nothing to ignore.",
)
HEADERS = Row(
    "C2D225",
    "apply_async(headers={...})",
    "send_with_options(headers={...})",
    Action.REWRITE,
    about="They travel in the message's options, and `request(actor).headers` has them.",
)
DROPPED = Row(
    "C2D226",
    "an option of a send that changes nothing with Dramatiq",
    "nothing",
    Action.REWRITE,
    about="Either its value says what holds anyway (`time_limit=None`), or it is about "
    "the connection or the monitor of Celery's (`retry`, `retry_policy`, `shadow`) "
    "and does not show in what the task does.",
)
COMPUTED = Row(
    "C2D227",
    "an option of a send whose value is computed",
    "",
    Action.MANUAL,
    "what is to be sent cannot be told before it is computed",
    "write out which it is",
    about="`expires` and the like may be seconds or a datetime; Dramatiq wants "
    "milliseconds, and to guess would be wrong by a factor of a thousand or raise "
    "while sending.",
)
HARD = Row(
    "C2D242",
    "apply_async(time_limit=s) of a task with a soft limit, or that is retried on any exception",
    "",
    Action.MANUAL,
    "a message has one limit, and an actor cannot tell what kind of limit ended it",
    "give the send its own soft_time_limit",
    about="Celery's soft limit still comes first when a hard one is given with the send, and a "
    "task that is killed at its hard limit is not retried, not even by "
    "`autoretry_for=(Exception,)`.",
)

PRIORITY = Row(
    "C2D233",
    "apply_async(priority=n)",
    "",
    Action.MANUAL,
    "Dramatiq sorts what a worker has fetched by the priority of the actor; a message has none of "
    "its own",
    "give the priority to the task, or declare a second one for what is urgent",
    about="On RabbitMQ a message can have one, `send_with_options(broker_priority=n)`, where the "
    "broker was made with `max_priority`.",
)
SERIALIZER = Row(
    "C2D234",
    "apply_async(serializer=..., compression=...)",
    "",
    Action.MANUAL,
    "every message of Dramatiq's is written by one encoder, and none is compressed",
    "leave the option out, and hand over what JSON can carry",
    about="`serializer='json'` says what holds anyway. The helper module's encoder carries what "
    "Celery's JSON does: dates, decimals, UUIDs, bytes.",
)
ROUTED = Row(
    "C2D235",
    "apply_async(exchange=..., routing_key=...)",
    "",
    Action.MANUAL,
    "Dramatiq knows queues, no exchanges, and to which queues the message goes is said elsewhere",
    "name the queue: `apply_async(queue=...)`",
    about="With Celery the exchange delivers the message to the queues that are bound to it by "
    "that key; on a topic or fanout exchange these may be several.",
)
ORDERED = Row(
    "C2D236",
    "apply_async(MessageGroupId=..., MessageDeduplicationId=...)",
    "",
    Action.MANUAL,
    "dramatiq_sqs sends no message groups",
    "leave such a task on Celery, or leave the option out if the order does not matter",
    about="They are for queues of Amazon SQS: FIFO queues, and fair ones. Another broker does not "
    "look at them, and then they are dropped (C2D226).",
)

_DROPPED = (
    "retry", "retry_policy", "shadow", "producer", "publisher", "connection", "add_to_parent",
    "delivery_mode", "mandatory", "immediate", "route_name", "root_id", "parent_id",
)  # fmt: skip


@on_keywords("expires")
def expires(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Give the message an age; a moment is turned into one when it is sent."""
    arg = args["expires"]
    if arg.literal is None:
        yield Outcome(EXPIRES, sets=_for_ever(task))
    elif isinstance(arg.literal, (int, float)):
        # Dramatiq takes 0 for no limit, Celery for one that has passed.
        age = Milliseconds(keep(arg).of) if arg.literal > 0 else Text("-1")
        yield Outcome(EXPIRES, sets=(("max_age", age),))
    else:
        wrapped = Wrapped(context.call(arg.place.path, "max_age"), keep(arg).of)
        yield Outcome(EXPIRES, sets=(("max_age", wrapped),), helpers=("max_age",))


def _for_ever(task: Task) -> tuple[tuple[str, Code], ...]:
    """Return what says that a message has no age: Dramatiq takes None for the actor's."""
    own = task.option("expires")
    return (("max_age", Text('float("inf")')),) if own and own.literal is not None else ()


@on_keywords("eta")
def eta(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Turn the moment into a delay when the message is sent."""
    arg = args["eta"]
    if arg.literal is None:
        yield Outcome(ETA)
    else:
        code = Wrapped("delay_until", keep(arg).of)
        yield Outcome(ETA, sets=(("delay", code),), helpers=("delay_until",))


@on_keywords("soft_time_limit", "time_limit")
def limit(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Take the soft limit if there is one; None leaves the task's own."""
    given = [args[name] for name in ("soft_time_limit", "time_limit") if name in args]
    arg = next((arg for arg in given if arg.literal is not None), None)
    if arg is None:
        yield Outcome(DROPPED, "time_limit=None")
    elif arg.keyword == "time_limit" and not _is_alone(task, context):
        yield Outcome(HARD, f"`time_limit={arg.code}`")
    elif arg.literal is MISSING and arg is not given[-1]:
        yield Outcome(COMPUTED, f"`{arg.keyword}={arg.code}`")
    elif arg.literal is MISSING:
        wrapped = Wrapped(context.call(arg.place.path, "milliseconds"), keep(arg).of)
        yield Outcome(LIMIT, sets=(("time_limit", wrapped),), helpers=("milliseconds",))
    else:
        yield Outcome(LIMIT, sets=(("time_limit", Milliseconds(keep(arg).of)),))


def _is_alone(task: Task, context: Context) -> bool:
    """Tell whether a hard limit of a send is all that ends the task, and ends it for good."""
    kinds = task.option("autoretry_for")
    retried = kinds is not None and limits.may_catch(kinds)
    return not retried and not limits.is_soft(task, context)


@on_keywords("ignore_result")
def ignore_result(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Say of one message whether its result is stored."""
    ignored = args["ignore_result"].literal
    if context.results is False:
        yield Outcome(NO_BACKEND)
    elif isinstance(ignored, bool) and context.results:
        yield Outcome(RESULT, sets=(("store_results", Text(str(not ignored))),))
    else:
        yield Outcome(COMPUTED, f"`ignore_result={args['ignore_result'].code}`")


@on_keywords("headers")
def headers(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hand them over: a message's options may hold anything that is JSON."""
    yield Outcome(HEADERS, sets=(("headers", keep(args["headers"])),))


@on_keywords(*_DROPPED)
def dropped(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop what only concerns Celery's way of sending."""
    yield Outcome(DROPPED, ", ".join(sorted(args)))


@on_keywords("priority", "serializer", "compression", "exchange", "routing_key")
def refused(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Refuse what says something."""
    for name, arg in args.items():
        unsaid = arg.literal is None or (name, arg.literal) == ("serializer", "json")
        yield Outcome(DROPPED if unsaid else _REFUSED[name], f"`{name}={arg.code}`")


_REFUSED = {
    "priority": PRIORITY,
    "serializer": SERIALIZER,
    "compression": SERIALIZER,
    "exchange": ROUTED,
    "routing_key": ROUTED,
}


@on_keywords("MessageGroupId", "MessageDeduplicationId")
def ordered(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Refuse what means something to Amazon SQS, unless the broker is known to be another."""
    urls = [url_of(app, context.index) for app in context.index.apps if not app.test]
    elsewhere = bool(urls) and all(url and not url.startswith("sqs") for url in urls)
    yield Outcome(DROPPED if elsewhere else ORDERED, ", ".join(sorted(args)))
