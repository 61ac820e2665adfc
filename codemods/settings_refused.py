"""Settings without a counterpart, which hold the app's tasks back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_settings, setting
from celery2dramatiq.index import App, Arg
from celery2dramatiq.mapping import Action, Row

IN_PARTS = Row(
    "C2D650",
    "broker_host, broker_port, broker_transport, broker_read_url, redis_host, ...",
    "",
    Action.MANUAL,
    "where the broker or the results are is said in several settings",
    "put all of it into one broker_url and one result_backend",
    about="Celery puts a URL together of these; where they contradict `broker_url`, what "
    "holds is not certain.",
)
REFUSED = Row(
    "C2D651",
    "a setting that changes what all tasks do, without a counterpart",
    "",
    Action.MANUAL,
    "Dramatiq has nothing that does the same",
    "remove the setting if the tasks can do without it",
    acceptable=True,
    about="With `--accept` the setting is dropped.",
)
EAGER = Row(
    "C2D652",
    "task_always_eager=True",
    "",
    Action.MANUAL,
    "tasks run at once in the process that calls them, and need no broker",
    "test the functions themselves (`task.fn`), or with dramatiq's StubBroker and its Worker",
    acceptable=True,
    about="With the setting every `delay()` is a plain call, usually in tests or on a "
    "developer's machine. With `--accept` it is dropped, and a worker is needed "
    "there.",
)
MAX_PRIORITY = Row(
    "C2D653",
    "task_queue_max_priority=n",
    "make_broker(max_priority=n)",
    Action.REWRITE,
    about="On RabbitMQ the queues are declared with that many priorities.",
)
OF_CELERYS = Row(
    "C2D925",
    "broker_host, ..., task_queue_max_priority, and another broker (--broker)",
    "nothing",
    Action.REWRITE,
    about="They say where Celery's broker is and how its queues are declared, which the other "
    "broker that was chosen has nothing to do with. Tasks that have a priority stay on Celery.",
)
UNSET = Row(
    "C2D654",
    "a setting that is given its default",
    "nothing",
    Action.REWRITE,
    about="It says what Celery does without it.",
)

_OF_BROKER = (
    "broker_host", "broker_login_method", "broker_password", "broker_port", "broker_read_url",
    "broker_transport", "broker_user", "broker_vhost", "broker_write_url",
)  # fmt: skip
_OF_RESULTS = ("redis_db", "redis_host", "redis_password", "redis_port", "redis_username")
# The values with which Celery does as Dramatiq does.
_REFUSED: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(
        (
            "security_cert_store", "security_certificate", "security_digest", "security_key",
            "security_key_password", "task_default_priority", "task_default_rate_limit",
        ),
        (None,),
    ),
    "task_default_exchange": (None, ""),
    "task_default_exchange_type": (None, "direct"),
    "task_default_routing_key": (None, ""),
    "task_inherit_parent_priority": (False, None),
    "worker_deduplicate_successful_tasks": (False, None),
    "worker_direct": (False, None),
}  # fmt: skip
_ON_RABBITMQ = ("task_default_exchange", "task_default_routing_key")


@on_settings(*_OF_BROKER)
def broker_in_parts(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold back: the parts are not put together here."""
    for name, arg in args.items():
        if app.id in context.other_broker:
            yield Outcome(OF_CELERYS, f"`{name}`", at=arg.place)
            continue
        same = (None, "PLAIN") if name == "broker_login_method" else (None,)
        yield _answer(name, arg, IN_PARTS, same)


@on_settings(*_OF_RESULTS)
def results_in_parts(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold back: the parts are not put together here. Without a backend they mean nothing."""
    for name, arg in args.items():
        unread = context.results is False and not context.lost_results
        yield _answer(name, arg, UNSET if unread else IN_PARTS, (None,))


@on_settings(*_REFUSED)
def refused(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold back what would be lost."""
    for name, arg in args.items():
        # in Redis and SQS an exchange is a name that nobody else binds to
        unseen = name in _ON_RABBITMQ and not context.rabbitmq
        yield _answer(name, arg, UNSET if unseen else REFUSED, _REFUSED[name])


@on_settings("task_always_eager")
def eager(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold back, unless it is so only in some of the project's environments, as in tests."""
    arg = args["task_always_eager"]
    if arg.literal in (False, None):
        yield Outcome(UNSET, "`task_always_eager`")
        return
    found = context.index.configurations[app.id].of("task_always_eager")
    where = sorted({name for one in found for name in one.environments if name})
    some = arg.optional and bool(where)
    yield Outcome(EAGER, ", ".join(f"in `{name}`" for name in where) if some else "", harmless=some)


@on_settings("task_queue_max_priority")
def max_priority(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Declare RabbitMQ's queues with priorities; other brokers have none to declare."""
    arg = args["task_queue_max_priority"]
    code = setting(arg, app, context)
    if app.id in context.other_broker:
        yield Outcome(OF_CELERYS, "`task_queue_max_priority`", at=arg.place)
    elif arg.literal is None or not context.queue_prefix:
        yield Outcome(UNSET, "`task_queue_max_priority`")
    elif code is None:
        yield Outcome(REFUSED, "`task_queue_max_priority`")
    else:
        yield Outcome(MAX_PRIORITY, sets=(("max_priority", code),))


def _answer(name: str, arg: Arg, row: Row, same: tuple[object, ...]) -> Outcome:
    equal = any(type(arg.literal) is type(one) and arg.literal == one for one in same)
    return Outcome(UNSET if equal else row, f"`{name}`", at=arg.place)
