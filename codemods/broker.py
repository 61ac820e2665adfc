"""`app = Celery(...)` becomes a broker that does what Celery does, made in the same place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from celery2dramatiq.codemod import Context, Outcome, on_settings, setting
from celery2dramatiq.index import MISSING, App, Arg
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.apps import names_rabbitmq
from celery2dramatiq.plan.needs import Need
from celery2dramatiq.specs import Code, Text
from celery2dramatiq.templates import choices

APP = Row(
    "C2D601",
    "app = Celery(...)",
    "broker = make_broker(...)",
    Action.REVIEW,
    "a task whose worker dies runs again (Celery had acknowledged it before it ran), and the "
    "messages of failed tasks are kept for 7 days",
    about="`make_broker` takes the same URLs and settings, in Celery's units, and the "
    "same variables of the environment. It sets no retries, no time limit and "
    "Celery's JSON. What differs is that Dramatiq acknowledges late, so make sure "
    "that tasks may run twice. Failed messages are kept as dead letters, where "
    "Celery drops them.",
)
LATE = Row(
    "C2D668",
    "app = Celery(...), with acks_late for every task",
    "broker = make_broker(...)",
    Action.REVIEW,
    "a task whose process is killed runs again (Celery gives it up, unless with "
    "reject_on_worker_lost), and the messages of failed tasks are kept for 7 days",
    about="What C2D601 says, for a project whose tasks are acknowledged after they have run with "
    "Celery, too: a message whose worker ends comes back from both. If only the process of the "
    "pool dies, as one that runs out of memory, Celery acknowledges the message all the same "
    "(celery/worker/request.py, on_failure).",
)
BAD_BROKER = Row(
    "C2D602",
    "a broker without a counterpart",
    "",
    Action.MANUAL,
    "Dramatiq has no broker for it",
    "move the queues to Redis, RabbitMQ or Amazon SQS",
    about="Dramatiq has brokers for Redis and RabbitMQ, and dramatiq_sqs one for Amazon SQS.",
)
ELSEWHERE = Row(
    "C2D603",
    "a broker URL given elsewhere",
    "",
    Action.MANUAL,
    "it is not in the place where the app is made, and its value is not in the source",
    "hand it to Celery(broker=...)",
    about="The broker is made where the app was made, and needs the URL, or the "
    "expression that reads it, there.",
)
OPTIONS = Row(
    "C2D660",
    "broker_transport_options, broker_use_ssl, redis_backend_use_ssl, ...",
    "make_broker(broker_transport_options=..., broker_use_ssl=..., ...)",
    Action.REWRITE,
    about="Options of the transport and of TLS are handed on under Celery's names, and "
    "`make_broker` says them as redis-py, pika and boto3 want them.",
)
VISIBILITY = Row(
    "C2D661",
    "visibility_timeout of Redis",
    "nothing: workers say that they are alive",
    Action.REVIEW,
    "a message comes back a minute after its worker was last heard of; a task that runs, or waits "
    "for its time, for longer than the visibility timeout is not run a second time meanwhile",
    about="The setting exists because Redis does not know which worker has a message. "
    "Dramatiq's workers send a heartbeat and the messages of a silent one go back "
    "to the queue.",
)
REFUSED = Row(
    "C2D662",
    "predefined_queues, predefined_exchanges, sts_role_arn or FIFO queues of Amazon SQS",
    "",
    Action.MANUAL,
    "dramatiq_sqs finds queues by their names, with the credentials of one account, and knows no "
    "order",
    "let the worker's own role read and write queues that begin with the project's prefix",
    about="With predefined queues the account may not be allowed to make queues, which "
    "dramatiq_sqs does when they are used.",
)
UNKNOWN_OPTION = Row(
    "C2D663",
    "a transport option without a counterpart",
    "",
    Action.MANUAL,
    "Dramatiq's broker has nothing like it",
    "leave it out if the project can do without",
    acceptable=True,
    about="With `--accept` the option is dropped, and the rest is handed on.",
)
RPC = Row(
    "C2D664",
    'result_backend="rpc://" with Redis as broker',
    "results in the broker's Redis",
    Action.REVIEW,
    "a result stays in Redis until it expires, where any process may read it; with Celery only "
    "the process that had sent the task could, and once",
    about='With "rpc" results are messages of the sender\'s own queue. Beside Redis there '
    "is no such thing, so they are kept there, for `result_expires`.",
)
LOST_RESULTS = Row(
    "C2D665",
    "a result backend without a counterpart",
    "no results",
    Action.REVIEW,
    "results and states are no longer stored; what reads them from outside the project's code "
    "(an admin page, a dashboard, SQL) finds no new ones",
    about="Nothing in the project's code reads a result, otherwise C2D920 would hold the "
    "task back.",
)

OTHER = Row(
    "C2D922",
    "another broker than Celery's (--broker)",
    'make_broker(os.environ["DRAMATIQ_BROKER_URL"], own_url=True)',
    Action.REVIEW,
    "messages of the tasks that move go through the broker at the URL in DRAMATIQ_BROKER_URL, "
    "which has to be set wherever the project runs",
    about="It was asked for with `--broker`, or `broker` in the configuration. There is no URL in "
    "the source to take, so it comes from a variable of its own: a program without it ends at "
    "once, with a KeyError. Celery's own variables (CELERY_BROKER_URL) do not count for it. Tasks "
    "that stay on Celery keep Celery's broker. Results stay where Celery's settings say.",
)
AT_CELERYS = Row(
    "C2D923",
    "broker_transport_options, broker_use_ssl, and another broker (--broker)",
    "nothing",
    Action.REWRITE,
    about="Its address, its TLS and the options of its transport mean nothing to the other broker "
    "that was chosen. What that one needs stands in its URL.",
)
MADE = Row(
    "C2D924",
    "another broker than the one that an earlier run has made",
    "",
    Action.MANUAL,
    "the actors that there are use that one, and a project has only one",
    "choose the broker that was chosen then (`--broker`; `--save` stores it), or change the call "
    "of `make_broker` by hand",
    about="With `--broker` an earlier run has written a call with `own_url=True`, without it one "
    "with Celery's URL. What is there is never changed, and tasks that move later are to use the "
    "same broker.",
)

# What each part of make_broker needs, and what speaks for it where the URL is computed. Without
# anything that speaks it is the last: RabbitMQ is Celery's default, and results lie in Redis.
_REDIS = Need(
    "dramatiq",
    "the broker is Redis",
    ("redis",),
    evidence=("redis", "celery[redis]", "kombu[redis]"),
)
_IN_REDIS = replace(_REDIS, reason="the results are in Redis")
_NEEDS = {
    "_redis_broker": _REDIS,
    "_sentinel_broker": _REDIS,
    "_sqs_broker": Need(
        "dramatiq-sqs",
        "the broker is Amazon SQS",
        evidence=("celery[sqs]", "kombu[sqs]", "pycurl", "dramatiq-sqs"),
    ),
    "_rabbitmq_broker": Need(
        "dramatiq",
        "the broker is RabbitMQ",
        ("rabbitmq",),
        evidence=("amqp", "librabbitmq", "celery[librabbitmq]", "kombu[librabbitmq]"),
    ),
    "_memcached_results": Need(
        "dramatiq",
        "the results are in Memcached",
        ("memcached",),
        evidence=("pylibmc", "celery[memcache]"),
    ),
    "_redis_results": _IN_REDIS,
    "_sentinel_results": _IN_REDIS,
}

# Transport options that make_broker passes on, that change nothing here, and that it refuses.
_PASSED = frozenset((
    "client-config", "client_name", "confirm_publish", "global_keyprefix", "health_check_interval",
    "is_secure", "master_name", "min_other_sentinels", "queue_name_prefix", "queue_tags", "region",
    "retry_on_timeout", "sentinel_kwargs", "socket_connect_timeout", "socket_keepalive",
    "socket_timeout", "sqs-creation-attributes", "visibility_timeout", "wait_time_seconds",
))  # fmt: skip
_NOTHING = frozenset((
    "connect_retries_timeout", "fanout_patterns", "fanout_prefix", "interval_max",
    "interval_start", "interval_step", "max_connections", "max_retries", "polling_interval",
    "retry_policy", "sep", "socket_keepalive_options", "sqs_base64_encoding",
    "unacked_index_key", "unacked_key", "unacked_mutex_expire", "unacked_mutex_key",
    "unacked_restore_limit",
))  # fmt: skip
_REFUSED = frozenset(("predefined_exchanges", "predefined_queues", "sts_role_arn"))
_OPTIONS = ("broker_transport_options", "result_backend_transport_options")


@on_settings(
    "broker_url", "broker_use_ssl", "result_backend", "redis_backend_use_ssl", *_OPTIONS,
    always=True,
)  # fmt: skip
def make_broker(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Make the broker from the URLs; Celery's own default is RabbitMQ on this machine."""
    url, results = args.get("broker_url"), args.get("result_backend")
    scheme = _scheme(url, "amqp")
    yield from _unfit(url, scheme, context)
    yield from _other(app, context)
    made = LATE if _all_late(app, context) else APP
    yield from _broker(url, scheme, made, app, context)
    yield from _results(results, scheme, made, app, context)
    if app.id in context.other_broker:
        yield from _celerys_own(args)
    for name in ("broker_use_ssl", "redis_backend_use_ssl"):
        arg = args.get(name)
        if arg is not None and arg.literal not in (None, False):
            yield from _passed(name, arg, app, context)
    for name in _OPTIONS:
        arg = args.get(name)
        if arg is not None and arg.literal not in (None, {}):
            yield from _transport(name, arg, scheme, app, context)


def _other(app: App, context: Context) -> Iterator[Outcome]:
    """Say what it means to take another broker than Celery's."""
    other = app.id in context.other_broker
    if other:
        yield Outcome(
            OTHER, f"`--broker {context.options.broker}`", sets=(("own_url", Text("True")),)
        )
    if context.made - {"other" if other else "celery"}:
        yield Outcome(MADE)


def _unfit(url: Arg | None, scheme: str | None, context: Context) -> Iterator[Outcome]:
    """Say what the broker that the URL names cannot do."""
    given = url.literal if url is not None else None
    several = len(given) > 1 if isinstance(given, (list, tuple)) else ";" in str(given)
    if several and choices("_BROKERS").get(scheme or "") == "_redis_broker":
        yield Outcome(BAD_BROKER, "several Redis servers")
    queues = [task.option("queue") for task in context.index.tasks]
    fifo = any(str(arg.literal).endswith(".fifo") for arg in queues if arg is not None)
    if scheme == "sqs" and fifo:
        yield Outcome(REFUSED, "a FIFO queue")


def _all_late(app: App, context: Context) -> bool:
    """Tell whether every task is acknowledged when it has run."""
    everywhere = context.index.configurations[app.id].args().get("task_acks_late")
    tasks = [task for task in context.index.tasks if not task.test]
    given = [task.option("acks_late") or everywhere for task in tasks]
    return bool(given) and all(arg is not None and arg.literal is True for arg in given)


def _broker(
    url: Arg | None, scheme: str | None, made: Row, app: App, context: Context
) -> Iterator[Outcome]:
    known = choices("_BROKERS")
    if scheme is not None and scheme not in known:
        yield Outcome(BAD_BROKER, f"`{url.code}`" if url is not None else "")
        return
    if url is None and _may_be_hidden(app, context):
        yield Outcome(ELSEWHERE, "settings from outside the project may hold it")
        return
    code: Code | None = Text(context.quoted(app.path, "amqp://"))
    if url is not None and url.literal not in (None, ""):
        code = setting(url, app, context)
    if code is None:
        yield Outcome(ELSEWHERE, f"`{url.code}`" if url is not None else "")
        return
    part = known[scheme] if scheme is not None else ""
    needs = tuple(_needs(part, "broker"))
    helpers = (part,) if part else ()
    yield Outcome(made, sets=(("url", code),), helpers=helpers, needs=needs, at=app.place)


def _may_be_hidden(app: App, context: Context) -> bool:
    """Tell whether a URL that is not in the source may be where the settings come from."""
    source = context.index.configurations[app.id].source
    return source is not None and bool(source.open)


def _results(
    arg: Arg | None, broker: str | None, made: Row, app: App, context: Context
) -> Iterator[Outcome]:
    """Say where the results are: in a backend, in the broker, or nowhere.

    Without a known broker there are all parts of make_broker, so none is named.
    """
    known = choices("_RESULT_BACKENDS")
    scheme = _scheme(arg, "disabled")
    if arg is None or scheme == "disabled":
        return
    row, note, code = made, "", setting(arg, app, context)
    in_broker = broker in known if broker is not None else not names_rabbitmq(app, context.index)
    if scheme == "rpc" and in_broker:
        row, scheme = RPC, broker  # make_broker puts them there, with the broker's own options
        note = "" if broker else "if the broker is not Redis, `make_broker` refuses it at start"
    if scheme is not None and scheme not in known:
        yield Outcome(LOST_RESULTS, f"`{arg.code}`")
        return
    if code is None:
        yield Outcome(ELSEWHERE, f"`{arg.code}`")
        return
    part = known[scheme] if scheme is not None else ""
    parts = (part,) if part else tuple(dict.fromkeys(known.values()))
    needs = tuple(_needs(part, "results"))
    sets = (("results", code),)
    helpers = parts if broker is not None else ()
    at = app.place if row is made else None  # the broker has it said there already
    yield Outcome(row, note, sets=sets, helpers=helpers, needs=needs, at=at)


def _transport(
    name: str, arg: Arg, scheme: str | None, app: App, context: Context
) -> Iterator[Outcome]:
    """Pass the options on; make_broker looks into those that exist only at run time."""
    keys = _keys(arg)
    if keys is None:
        yield from _passed(name, arg, app, context)
        return
    on_sqs = scheme == "sqs"
    if keys & _REFUSED:
        yield Outcome(
            REFUSED, ", ".join(f"`{key}`" for key in sorted(keys & _REFUSED)), at=arg.place
        )
    unknown = sorted(keys - _PASSED - _NOTHING - _REFUSED)
    if unknown:
        yield Outcome(UNKNOWN_OPTION, ", ".join(f"`{key}`" for key in unknown), at=arg.place)
    if "visibility_timeout" in keys and name == _OPTIONS[0] and not on_sqs:
        yield Outcome(VISIBILITY, at=arg.place)
    if keys & (_PASSED - ({"visibility_timeout"} if scheme not in ("sqs", None) else set())):
        yield from _passed(name, arg, app, context)


def _passed(name: str, arg: Arg, app: App, context: Context) -> Iterator[Outcome]:
    code = setting(arg, app, context)
    if code is None:
        yield Outcome(ELSEWHERE, f"`{name}`", at=arg.place)
    else:
        yield Outcome(OPTIONS, f"`{name}`", sets=((name, code),), at=arg.place)


def _celerys_own(args: Mapping[str, Arg]) -> Iterator[Outcome]:
    for name in ("broker_use_ssl", _OPTIONS[0]):
        if name in args:
            yield Outcome(AT_CELERYS, f"`{name}`", at=args[name].place)


def _keys(arg: Arg) -> frozenset[str] | None:
    """Return the keys of a dictionary that is written out; None if it is not."""
    if arg.several or arg.optional:
        return None
    node = ast.parse(arg.code.strip() or "None", mode="eval").body
    keys = node.keys if isinstance(node, ast.Dict) else [None]
    found = [key.value for key in keys if isinstance(key, ast.Constant)]
    return frozenset(map(str, found)) if len(found) == len(keys) else None


def _scheme(arg: Arg | None, default: str) -> str | None:
    """Return how a URL begins; None if that is computed."""
    if arg is not None and (arg.optional or (arg.several and not isinstance(arg.literal, str))):
        return None
    if arg is None or arg.literal in (None, "", [], ()):
        return default
    text = arg.literal
    if isinstance(text, (list, tuple)):
        text = text[0]
    if text is MISSING:
        text = _start(arg.code)
    return text.partition("://")[0] if isinstance(text, str) else None


def _start(code: str) -> str | None:
    """Return the first letters of a text that is put together, if they hold the scheme."""
    node = ast.parse(code.strip() or "None", mode="eval").body
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    text = node.value if isinstance(node, ast.Constant) else None
    return text if isinstance(text, str) and "://" in text else None


def _needs(part: str, choice: str) -> Iterator[Need]:
    """Yield what a part needs, or if it is computed each thing that may be needed."""
    if part:
        yield from (replace(_NEEDS[each], evidence=()) for each in (part,) if each in _NEEDS)
        return
    table = "_BROKERS" if choice == "broker" else "_RESULT_BACKENDS"
    found = [_NEEDS[each] for each in _NEEDS if each in choices(table).values()]
    yield from dict.fromkeys(replace(need, choice=choice) for need in found)
