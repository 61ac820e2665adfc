"""The helpers that `compose()` copies into a user's project, one by one.

What stands here is read as text, and also imported, type-checked and tested.
It runs as it is on Python 3.7 with Dramatiq 1.16 and on everything newer. A
definition is copied whole, with its comments and its docstring, so those speak
to the developers of that project; lines end at column 79.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

import base64
import inspect
import json
import logging
import math
import os
import random
import re
import socket
import ssl
import sys
import threading
import traceback
import uuid
import weakref
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import wraps
from importlib import import_module
from multiprocessing import current_process
from string import punctuation
from time import monotonic, sleep
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import dramatiq
from dramatiq.common import current_millis
from dramatiq.errors import (
    ActorNotFound,
    ConnectionClosed,
    ConnectionFailed,
    DecodeError,
    QueueNotFound,
    Retry,
)
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    Callbacks,
    CurrentMessage,
    Pipelines,
    Retries,
    ShutdownNotifications,
    SkipMessage,
    TimeLimit,
    TimeLimitExceeded,
)
from dramatiq.results import (
    ResultFailure,
    ResultMissing,
    Results,
    ResultTimeout,
)

# For results that are kept for ever (Celery's ``result_expires`` of None or
# 0): a century, because Dramatiq always wants a number of milliseconds.
_NEVER_MS = 100 * 365 * 86_400_000

# redis-py's words for the constants that kombu reads
# (kombu.utils.url.parse_ssl_cert_reqs).
_CERTIFICATES = {
    "CERT_NONE": "none",
    "CERT_OPTIONAL": "optional",
    "CERT_REQUIRED": "required",
}

# How TypedJSONEncoder writes the types that JSON has no word for, and how it
# reads them, by their names in a message. A datetime is a date, too, and comes
# first; bytes are base64 if they are no text. Types of your own may be added
# (as with kombu.utils.json.register_type).
_JSON_TYPES = {
    "datetime": (
        datetime,
        lambda value: datetime.isoformat(value),
        lambda text: datetime.fromisoformat(text),
    ),
    "date": (
        date,
        lambda value: value.isoformat(),
        lambda text: datetime.fromisoformat(text).date(),
    ),
    "time": (
        time,
        lambda value: value.isoformat(),
        lambda text: time.fromisoformat(text),
    ),
    "decimal": (
        Decimal,
        lambda value: str(value),
        lambda text: Decimal(text),
    ),
    "uuid": (
        uuid.UUID,
        lambda value: {"hex": value.hex},
        lambda fields: uuid.UUID(**fields),
    ),
    "bytes": (
        bytes,
        lambda value: value.decode("utf-8"),
        lambda text: text.encode("utf-8"),
    ),
    "base64": (
        bytes,
        lambda value: base64.b64encode(value).decode("ascii"),
        lambda text: base64.b64decode(text.encode("ascii")),
    ),
}

# Where `retry()` leaves what it has decided about an exception: whether the
# message is to be retried.
_DECISION = "_retry_decision"


def make_broker(
    url: str | list[str] | tuple[str, ...] | None,
    results: str | None = None,
    *,
    result_expires: float | timedelta | None = 86_400,
    task_ignore_result: bool = False,
    task_time_limit: float | None = None,
    task_soft_time_limit: float | None = None,
    max_retries: int = 0,
    namespace: str = "dramatiq",
    max_priority: int | None = None,
    run_coroutines: bool = False,
    task_default_queue: str | None = None,
    queue_prefix: str = "",
    broker_transport_options: dict[str, Any] | None = None,
    broker_use_ssl: dict[str, Any] | bool | None = None,
    result_backend_transport_options: dict[str, Any] | None = None,
    redis_backend_use_ssl: dict[str, Any] | bool | None = None,
    own_url: bool = False,
) -> dramatiq.Broker:
    """Make a broker that does what Celery does unless told otherwise.

    A task is not retried unless it asks for it and may run as long as it
    likes. (Dramatiq's own defaults are 20 retries and 10 minutes.)

    ``url`` is Celery's ``broker_url``, with ``amqp://`` for None as in Celery;
    what it may begin with is listed in ``_BROKERS``.

    ``results`` is Celery's ``result_backend`` (see ``_RESULT_BACKENDS``);
    without it no result is kept, and the option ``store_results`` of an actor
    is an error.

    Arguments that begin with ``broker_``, ``redis_``, ``result_`` or ``task_``
    are Celery's settings of that name, in seconds (or a timedelta) where they
    are times; the two time limits are for actors without the option
    ``time_limit``, and the soft one wins.

    As in Celery, the environment wins over ``url`` and ``results``, with
    CELERY_BROKER_URL and CELERY_RESULT_BACKEND. CELERY_BROKER_READ_URL and
    CELERY_BROKER_WRITE_URL win over the former; as there is but one URL here,
    they have to be the same. With ``own_url`` none of these counts: ``url`` is
    that of another broker than Celery's.

    Messages and results are written by TypedJSONEncoder, unless
    ``dramatiq.set_encoder()`` has been called before with an encoder that is
    not Dramatiq's default.

    ``max_retries`` is how often a message is tried again whose actor has
    neither an option of that name nor a ``retry_when``. ``namespace`` is the
    prefix of the keys in Redis and of the queues in SQS, ``max_priority`` the
    number of priorities of a RabbitMQ queue; each means nothing to the other
    brokers. With ``run_coroutines`` an actor may be an ``async def``, whose
    body runs in an event loop of the worker's (Celery never runs it).
    ``task_default_queue``, behind ``queue_prefix``, is the queue of the actors
    that name none, and may differ from one environment to the next.

    A middleware for groups belongs before the results:
    ``broker.add_middleware(GroupCallbacks(...), before=Results)``.
    """
    urls = _server_urls(url) if own_url else _broker_urls(url)
    scheme = _url_scheme(urls[0])
    if scheme not in _BROKERS:
        raise ValueError(
            f"make_broker() knows no broker for this URL ({scheme}), only "
            f"for those that begin with {_schemes(_BROKERS)}"
        )
    results = os.environ.get("CELERY_RESULT_BACKEND") or results
    if (results or "")[:3] == "rpc" and scheme in _RESULT_BACKENDS:
        # Celery keeps them in the broker; Redis can do that, too.
        results = ";".join(urls)
        result_backend_transport_options = broker_transport_options
        redis_backend_use_ssl = broker_use_ssl
    for name in ("worker.WorkerThread", "results.middleware.Results"):
        logging.getLogger(f"dramatiq.{name}").addFilter(_is_no_returned_value)
    # First, because a result backend keeps the encoder that it finds.
    if type(dramatiq.get_encoder()) is dramatiq.JSONEncoder:
        dramatiq.set_encoder(TypedJSONEncoder())
    limit = _milliseconds(task_soft_time_limit or task_time_limit)
    middleware = _celery_like_middleware(max_retries, limit)
    if run_coroutines:
        middleware.append(AsyncIO())
    if task_default_queue not in (None, "", "celery"):
        middleware.append(_DefaultQueue(f"{queue_prefix}{task_default_queue}"))
    middleware[:0] = [make() for make in _MIDDLEWARE.values()]
    middleware += [make() for make in _LAST_MIDDLEWARE.values()]
    backend = _result_backend(
        results,
        result_backend_transport_options,
        redis_backend_use_ssl,
    )
    if backend is not None:
        middleware.append(
            Results(
                backend=_found_by_id(backend),
                store_results=not task_ignore_result,
                result_ttl=_milliseconds(result_expires) or _NEVER_MS,
            )
        )
    return _BROKERS[scheme](
        urls,
        namespace=namespace,
        max_priority=max_priority,
        middleware=middleware,
        options=broker_transport_options or {},
        use_ssl=broker_use_ssl,
    )


def _celery_like_middleware(
    max_retries: int,
    time_limit: int | None,
) -> list[dramatiq.Middleware]:
    """List Dramatiq's default middleware, in its order, set as Celery is."""
    limit = float("inf") if time_limit is None else time_limit
    return [
        AgeLimit(),
        TimeLimit(time_limit=limit),
        ShutdownNotifications(),
        Callbacks(),
        Pipelines(),
        CeleryRetries(max_retries=max_retries),
        CurrentMessage(),
    ]


def _is_no_returned_value(record: logging.LogRecord) -> bool:
    """Keep out of the log that a value was returned that nobody wants.

    Dramatiq warns of it with each message, Celery says nothing.
    """
    return "returned a value that is not None" not in str(record.msg)


class _DefaultQueue(dramatiq.Middleware):
    """Gives a queue to the actors that name none."""

    def __init__(self, name: str) -> None:
        """Know its name, of which Dramatiq wants what it wants of others."""
        if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9._-]*", name):
            raise ValueError(f"{name!r} cannot be the name of a queue")
        self.name = name

    def before_declare_actor(self, broker: Any, actor: Any) -> None:
        """Take the place of Dramatiq's own default."""
        if actor.queue_name == "default":
            actor.queue_name = self.name


def _milliseconds(seconds: float | timedelta | None) -> int | None:
    """Convert one of Celery's times; None and 0 stand for no limit."""
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    return int(seconds * 1000) if seconds else None


class CeleryRetries(Retries):
    """Dramatiq's Retries, with Celery's delays for Celery's automatic retries.

    Dramatiq waits for a time of its own choice before it tries a message
    again, and for a given time if the exception is a Retry with a ``delay``.
    So a `retry_policy()` may put such a Retry in place of the exception. Only
    Dramatiq's Retries sees it: the log, the results and the other middleware
    have the exception that was raised.
    """

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Ask the actor's policy; the rest is Dramatiq's."""
        raised = exception
        if exception is not None:
            options = broker.get_actor(message.actor_name).options
            policy: Any = options.get("retry_when", self.retry_when)
            throws = message.options.get("throws") or options.get("throws")
            expected = throws and isinstance(exception, throws)
            if hasattr(policy, "with_delay") and not expected:
                retries = message.options.get("retries", 0)
                exception = policy.with_delay(retries, exception)
        super().after_process_message(
            broker,
            message,
            result=result,
            exception=exception,
        )
        if raised is not None and not message.failed:
            _keep_retry(broker, message, raised)


class LateBroker(dramatiq.Broker):
    """A broker for actors that are declared before the application is made.

    ``shared_task`` is bound when it is used, an actor when it is declared. So
    actors are given this broker, which leaves everything to the one that it is
    started with; before that no message can be sent. It may be started again,
    with the broker of another application: the last one counts, as it does in
    Celery.
    """

    _made: dramatiq.Broker | None = None

    def __init__(self) -> None:
        """Know the options that an actor may have."""
        from dramatiq.results.backends.stub import StubBackend

        results = Results(backend=StubBackend())
        others = [make() for make in _MIDDLEWARE.values()]
        super().__init__([*others, *_celery_like_middleware(0, None), results])

    def __getattribute__(self, name: str) -> Any:
        """Leave everything to the broker, once it is there."""
        own = super().__getattribute__
        made = None if name in ("start", "__class__") else own("_made")
        return own(name) if made is None else getattr(made, name)

    def start(
        self,
        broker: dramatiq.Broker,
        *middleware: dramatiq.Middleware,
    ) -> None:
        """Use that broker from now on, with more middleware after its own."""
        for each in middleware:
            broker.add_middleware(each)
        for actor in self.actors.values():
            broker.declare_actor(actor)
        self._made = broker

    def declare_queue(self, queue_name: str) -> None:
        """Do nothing: the queue is declared with its actor, later."""

    def enqueue(
        self,
        message: dramatiq.Message[Any],
        *,
        delay: int | None = None,
    ) -> dramatiq.Message[Any]:
        """Refuse: where it would have to go is not known yet."""
        raise RuntimeError(
            f"cannot send {message.actor_name}: the application that says "
            "where to has not been made yet"
        )


class AppContextMiddleware(dramatiq.Middleware):
    """Gives every message a context of the Flask application.

    As the task class does that Flask's manual shows for Celery.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self._local = threading.local()

    def before_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Open a context."""
        self._local.context = self.app.app_context()
        self._local.context.push()

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Close the context, with the exception that the actor raised."""
        context = self._local.__dict__.pop("context", None)
        if context is not None:
            context.pop(exception)

    after_skip_message = after_process_message


def _broker_urls(url: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """List the servers that Celery would use (celery.app.utils.Settings).

    Celery may read from one URL and write to another one.
    """
    url = os.environ.get("CELERY_BROKER_URL") or url
    read = _server_urls(os.environ.get("CELERY_BROKER_READ_URL") or url)
    write = _server_urls(os.environ.get("CELERY_BROKER_WRITE_URL") or url)
    if read != write:
        raise ValueError(
            "Dramatiq's broker reads and writes at one URL: set neither "
            "CELERY_BROKER_READ_URL nor CELERY_BROKER_WRITE_URL, or both to "
            "the same"
        )
    return read


def _server_urls(url: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """List the URLs in a ``broker_url`` as kombu.Connection does."""
    if not isinstance(url, str):
        url = ";".join(url or ())
    return [each for each in url.split(";") if each] or ["amqp://"]


def _url_scheme(url: str) -> str:
    """Say what comes before ``://``; never more, there may be a password."""
    return url.partition("://")[0] if "://" in url else "no scheme"


def _schemes(table: dict[str, Any]) -> str:
    """List how the URLs begin that are known."""
    return ", ".join(f"{scheme}://" for scheme in table) or "(nothing)"


def _redis_broker(
    urls: list[str],
    *,
    namespace: str,
    middleware: list[dramatiq.Middleware],
    options: dict[str, Any],
    use_ssl: dict[str, Any] | bool | None,
    **_: Any,
) -> dramatiq.Broker:
    """Make the broker for Redis.

    ``global_keyprefix`` comes before the namespace. There is no counterpart of
    Celery's ``visibility_timeout``: a message comes back when its worker has
    not been heard of for a minute, however long a task runs.
    """
    from dramatiq.brokers.redis import RedisBroker

    if len(urls) > 1:
        raise ValueError(
            "Dramatiq's Redis broker takes one server, not several joined "
            "with a semicolon or in a list"
        )
    return RedisBroker(
        url=_redis_url(urls[0], options, use_ssl),
        namespace=options.get("global_keyprefix", "") + namespace,
        middleware=middleware,
    )


def _sentinel_broker(
    urls: list[str],
    *,
    namespace: str,
    middleware: list[dramatiq.Middleware],
    options: dict[str, Any],
    use_ssl: dict[str, Any] | bool | None,
    **_: Any,
) -> dramatiq.Broker:
    """Make the broker for the Redis server that Sentinels watch."""
    from dramatiq.brokers.redis import RedisBroker

    return RedisBroker(
        client=_sentinel_client(urls, options, use_ssl),
        namespace=options.get("global_keyprefix", "") + namespace,
        middleware=middleware,
    )


def _rabbitmq_broker(
    urls: list[str],
    *,
    max_priority: int | None,
    middleware: list[dramatiq.Middleware],
    options: dict[str, Any],
    use_ssl: dict[str, Any] | bool | None,
    **_: Any,
) -> dramatiq.Broker:
    """Make the broker for RabbitMQ; several servers are tried in turn."""
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    broker = RabbitmqBroker(
        url=[_amqp_url(url, use_ssl) for url in urls],
        max_priority=max_priority,
        confirm_delivery=bool(options.get("confirm_publish")),
        middleware=middleware,
    )
    for parameters in broker.parameters:
        if parameters.ssl_options is not None:
            parameters.ssl_options = _amqp_tls(parameters.host, use_ssl)
    return broker


def _memory_broker(
    _urls: list[str],
    *,
    middleware: list[dramatiq.Middleware],
    **_: Any,
) -> dramatiq.Broker:
    """Make the broker for tests, which works in one process only."""
    from dramatiq.brokers.stub import StubBroker

    return StubBroker(middleware=middleware)


def _sqs_broker(
    urls: list[str],
    *,
    namespace: str,
    middleware: list[dramatiq.Middleware],
    options: dict[str, Any],
    **_: Any,
) -> dramatiq.Broker:
    """Make the broker for Amazon SQS, as kombu.transport.SQS connects to it.

    ``sqs://KEY:SECRET@``, both quoted; without them boto3 looks for them where
    it always does. ``sqs://localhost:9324`` is a server of another kind. Of
    the transport options it knows ``region``, ``is_secure``,
    ``queue_name_prefix``, ``visibility_timeout`` (seconds),
    ``wait_time_seconds``, ``client-config``, ``sqs-creation-attributes`` and
    ``queue_tags``.
    """
    boto3 = import_module("boto3")
    sqs = import_module("dramatiq_sqs.broker")

    refused = sorted(_NOT_ON_SQS & options.keys())
    if refused:
        raise ValueError(f"not with Dramatiq on SQS: {', '.join(refused)}")
    parts = urlsplit(urls[0])
    region = options.get("region") or boto3.Session().region_name
    secure = options.get("is_secure")
    arguments: dict[str, Any] = {
        "aws_access_key_id": unquote(parts.username or "") or None,
        "aws_secret_access_key": unquote(parts.password or "") or None,
        "region_name": region or "us-east-1",
        "use_ssl": secure is None or secure,
    }
    if parts.hostname:
        port = f":{parts.port}" if parts.port else ""
        protocol = "https" if secure else "http"
        arguments["endpoint_url"] = f"{protocol}://{parts.hostname}{port}"
    if options.get("client-config"):
        config = import_module("botocore.config").Config
        arguments["config"] = config(**options["client-config"])
    errors = import_module("botocore.exceptions")
    consumer = type(
        "SQSConsumer",
        (_SQSConsumer, sqs.SQSConsumer),
        {"errors": (errors.BotoCoreError, errors.ClientError)},
    )
    broker: Any = type(
        "SQSBroker",
        (_SQSBroker, sqs.SQSBroker),
        {"consumer_class": consumer},
    )
    made: dramatiq.Broker = broker(
        namespace,
        options,
        middleware=middleware,
        dead_letter=True,
        **arguments,
    )
    return made


# Transport options that change where messages are, or who may read them.
_NOT_ON_SQS = {
    "predefined_exchanges",
    "predefined_queues",
    "sts_role_arn",
}

# The longest delay that SQS knows, in milliseconds.
_SQS_LONGEST_DELAY = 900_000

# What kombu puts in place of the punctuation that SQS refuses in a name.
_SQS_LETTERS = str.maketrans(
    {".": "-", **{each: "_" for each in punctuation if each not in "-_."}},
)


class _SQSBroker(dramatiq.Broker):
    """What dramatiq_sqs.SQSBroker does not do as Celery does.

    A delay may be longer than the 15 minutes that SQS allows. A message stays
    hidden for as long as its task runs, up to the 12 hours that SQS allows,
    and is seen again after the ``visibility_timeout`` if the worker has died.
    Queues are made when they are used, not when an actor is declared. Failed
    messages are kept for 7 days, in queues whose names end with ``_dlq``.
    """

    sqs: Any

    def __init__(
        self,
        namespace: str,
        options: dict[str, Any],
        **arguments: Any,
    ) -> None:
        self.names: set[str] = set()
        super().__init__(**arguments)
        self.dead_letter_queues: dict[str, Any] = {}
        # The messages whose tasks run, or wait for a thread, by queue: it
        # outlives a consumer, which is made anew after an error.
        self.running: dict[str, dict[int, list[Any]]] = {}
        self.options = options
        self.start = f"{namespace}_"
        # Celery's default, too: half an hour.
        self.visibility_timeout = int(options.get("visibility_timeout", 1800))

    def declare_queue(self, queue_name: str) -> None:
        """Note that there is this queue; nothing is asked of SQS yet."""
        if queue_name.endswith(".fifo"):
            raise ValueError(f"no FIFO queue on Dramatiq: {queue_name}")
        if queue_name not in self.names:
            self.emit_before("declare_queue", queue_name)
            self.names.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def get_declared_queues(self) -> set[str]:
        """Name the queues."""
        return set(self.names)

    def enqueue(
        self,
        message: dramatiq.Message[Any],
        *,
        delay: int | None = None,
    ) -> dramatiq.Message[Any]:
        """Send a message, and again when it comes before its time.

        ``delay`` is in milliseconds. SQS counts in seconds: never too few.
        """
        self._ensure_queue(message.queue_name)
        if delay is not None and delay > _SQS_LONGEST_DELAY:
            due = current_millis() + delay
            message = message.copy(options={"eta": due})
            delay = _SQS_LONGEST_DELAY
        if delay is not None:
            delay = math.ceil(delay / 1000) * 1000
        return super().enqueue(message, delay=delay)

    def consume(
        self,
        queue_name: str,
        prefetch: int = 1,
        timeout: int = 1000,
    ) -> Any:
        """Read a queue, with as long polls as Celery's."""
        self._ensure_queue(queue_name)
        consumer: Any = super().consume(queue_name, prefetch, timeout)
        consumer.broker = self
        consumer.running = self.running.setdefault(queue_name, {})
        consumer.visibility_timeout = self.visibility_timeout
        wait = min(int(self.options.get("wait_time_seconds", 10)), 20)
        # It also has to look after the messages whose tasks are running.
        longest = max(1, self.visibility_timeout // 4)
        consumer.wait_time_seconds = min(wait, longest)
        return consumer

    def _ensure_queue(self, queue_name: str) -> None:
        """Find the queue, and the one for failed messages, or make them."""
        if queue_name not in self.names:
            raise QueueNotFound(queue_name)
        queues: dict[str, Any] = self.queues
        if queue_name not in queues:
            week, longest = str(7 * 86_400), str(14 * 86_400)
            dead = self._queue(f"{queue_name}_dlq", week)
            self.dead_letter_queues[queue_name] = dead
            queues[queue_name] = self._queue(queue_name, longest)

    def _queue(self, queue_name: str, retention: str) -> Any:
        """Find a queue of SQS, or make it; seconds until a message is lost."""
        if not queue_name.startswith(self.start):
            queue_name = self.start + queue_name
        prefix = self.options.get("queue_name_prefix", "")
        name = (prefix + queue_name).translate(_SQS_LETTERS)
        sqs = self.sqs
        try:
            return sqs.get_queue_by_name(QueueName=name)
        except sqs.meta.client.exceptions.QueueDoesNotExist:
            given = self.options.get("sqs-creation-attributes") or {}
            return sqs.create_queue(
                QueueName=name,
                Attributes={"MessageRetentionPeriod": retention, **given},
                tags=self.options.get("queue_tags") or {},
            )


class _SQSConsumer(dramatiq.Consumer):
    """Messages stay hidden while their tasks run, and until they are due."""

    broker: Any
    errors: tuple[type[Exception], ...]
    running: dict[int, list[Any]]
    visibility_timeout: int

    def __next__(self) -> Any:
        """Return the next message, None if there is none, or none yet."""
        self._hide_running()
        # dramatiq_sqs waits the longer the more often there was nothing: no
        # more than about a second, please.
        self.misses = min(getattr(self, "misses", 0), 7)
        message: Any = super().__next__()
        if message is None:
            return None
        left = message.options.pop("eta", 0) - current_millis()
        if left > 0:
            self.broker.enqueue(message, delay=left)
            self.ack(message)
            return None
        self.running[id(message)] = [message, monotonic()]
        return message

    def _hide_running(self) -> None:
        """Hide messages again before SQS would hand them to another worker."""
        for entry in list(self.running.values()):
            message, since = entry
            if monotonic() - since > self.visibility_timeout / 3:
                entry[1] = monotonic()
                hide = message._sqs_message.change_visibility
                # If it was the last chance, the task runs twice; that is no
                # reason not to look after the others.
                with suppress(*self.errors):
                    hide(VisibilityTimeout=self.visibility_timeout)

    def ack(self, message: Any) -> None:
        """Delete a message that has been worked on."""
        self.running.pop(id(message), None)
        super().ack(message)

    def nack(self, message: Any) -> None:
        """Put a message among the failed ones (dramatiq_sqs 0.2 lost it)."""
        dead = self.broker.dead_letter_queues[message.queue_name]
        dead.send_message(MessageBody=message._sqs_message.body)
        self.ack(message)

    def requeue(self, messages: Any) -> None:
        """Give back messages that nobody has begun to work on."""
        messages = list(messages)
        for message in messages:
            self.running.pop(id(message), None)
        super().requeue(messages)


def _result_backend(
    url: str | None,
    options: dict[str, Any] | None = None,
    use_ssl: dict[str, Any] | bool | None = None,
) -> Any:
    """Make the result backend for Celery's ``result_backend``, or None."""
    if not url or url.partition(":")[0] == "disabled":
        return None
    if "://" not in url:  # only the name of a backend
        url += "://"
    scheme = _url_scheme(url)
    if scheme in _RESULT_BACKENDS:
        make = _RESULT_BACKENDS[scheme]
        return make(url, options=options or {}, use_ssl=use_ssl)
    if scheme in ("rpc", "amqp"):
        raise ValueError(
            f"Dramatiq keeps no results in this broker, as {scheme}:// does: "
            "give make_broker(), or CELERY_RESULT_BACKEND, the URL of a Redis "
            "server for them, or disabled:// if nobody reads them"
        )
    raise ValueError(
        f"make_broker() knows no result backend for this URL ({scheme}), only "
        f"for those that begin with {_schemes(_RESULT_BACKENDS)}, and "
        "disabled:// if nobody reads the results"
    )


def _redis_results(
    url: str,
    *,
    options: dict[str, Any],
    use_ssl: dict[str, Any] | bool | None,
) -> Any:
    """Make a result backend that waits as long as it is told to wait.

    redis-py 8 gives up a silent connection after 5 seconds unless
    ``socket_timeout`` says otherwise; ``get_result(block=True)`` is silent.
    """
    import redis

    client = redis.Redis.from_url(
        _redis_url(url, options, use_ssl),
        socket_timeout=None,
    )
    return _results_in(client, options)


def _sentinel_results(
    url: str,
    *,
    options: dict[str, Any],
    use_ssl: dict[str, Any] | bool | None,
) -> Any:
    """Make a result backend in the Redis server that Sentinels watch."""
    urls = _server_urls(url)
    client = _sentinel_client(urls, options, use_ssl, socket_timeout=None)
    return _results_in(client, options)


def _results_in(client: Any, options: dict[str, Any]) -> Any:
    """Make a result backend of a client of redis-py.

    Dramatiq's keys are hashes; only where a prefix is wanted, which somebody
    may rely on, they are written out (from Dramatiq 2 on).
    """
    from dramatiq.results.backends.redis import RedisBackend

    prefix = options.get("global_keyprefix")
    if not prefix:
        return RedisBackend(client=client)
    return RedisBackend(
        client=client,
        namespace=f"{prefix}dramatiq-results",
        use_namespace_prefix_keys=True,
    )


def _memcached_results(url: str, **_: Any) -> Any:
    """Make a result backend in Memcached (celery.backends.cache)."""
    from dramatiq.results.backends.memcached import MemcachedBackend

    servers = url.partition("://")[2].rstrip("/").split(";")
    return MemcachedBackend(servers=servers)


def _memory_results(_url: str, **_: Any) -> Any:
    """Make a result backend for tests, which works in one process only."""
    from dramatiq.results.backends.stub import StubBackend

    return StubBackend()


def _sentinel_client(
    urls: list[str],
    options: dict[str, Any],
    use_ssl: dict[str, Any] | bool | None,
    **arguments: Any,
) -> Any:
    """Make a client of the server that Sentinels know as ``master_name``.

    kombu.transport.redis.SentinelChannel: the user, the password and the
    number of the database are those of the first URL.
    """
    connection = import_module("redis.connection")
    sentinel = import_module("redis.sentinel")

    master_name = options.get("master_name")
    if not master_name:
        raise ValueError("a sentinel:// URL needs the option master_name")
    parts = [urlsplit(url) for url in urls]
    url = _redis_url(urls[0].replace("sentinel", "redis", 1), options, use_ssl)
    arguments.update(connection.parse_url(url))
    arguments["ssl"] = arguments.pop("connection_class", None) is not None
    for name in ("host", "port"):
        arguments.pop(name, None)
    sentinels = sentinel.Sentinel(
        [(each.hostname or "localhost", each.port or 26379) for each in parts],
        min_other_sentinels=options.get("min_other_sentinels", 0),
        sentinel_kwargs=options.get("sentinel_kwargs"),
        **arguments,
    )
    return sentinels.master_for(master_name)


def _redis_url(
    url: str,
    options: dict[str, Any] | None = None,
    use_ssl: dict[str, Any] | bool | None = None,
) -> str:
    """Write Celery's URL of a Redis server as redis-py wants it.

    kombu.transport.redis.Channel._connparams: a socket is
    ``redis+socket:///path?virtual_host=1``, any option that begins with
    ``ssl_`` means TLS, and TLS without one means that nobody checks the
    server's certificate, where redis-py would.
    """
    parts = urlsplit(url)
    scheme, query = parts.scheme, dict(parse_qsl(parts.query))
    for name in _REDIS_OPTIONS:
        if (options or {}).get(name) is not None:
            query.setdefault(name, str((options or {})[name]))
    if scheme == "redis+socket":
        scheme = "unix"
        query["db"] = query.pop("virtual_host", "").strip("/") or "0"
    elif scheme in ("redis", "rediss"):
        _check_redis_database(parts.path)
        if any(name.startswith("ssl_") for name in query):
            scheme = "rediss"
        elif use_ssl:  # True is no TLS for kombu, even with rediss://
            scheme = "rediss" if isinstance(use_ssl, dict) else "redis"
            query.update(use_ssl if isinstance(use_ssl, dict) else {})
        elif scheme == "rediss":
            query["ssl_cert_reqs"] = "none"
    if "ssl_cert_reqs" in query:
        given = query["ssl_cert_reqs"]
        given = getattr(given, "name", given)  # of a constant of ssl
        query["ssl_cert_reqs"] = _CERTIFICATES.get(given, given)
    options_of_url = "?" + urlencode(query) if query else ""
    return f"{scheme}://{parts.netloc}{parts.path}{options_of_url}"


# Transport options that redis-py knows by the same names, in a URL, too.
_REDIS_OPTIONS = (
    "client_name",
    "health_check_interval",
    "retry_on_timeout",
    "socket_connect_timeout",
    "socket_keepalive",
    "socket_timeout",
)


def _check_redis_database(path: str) -> None:
    """Refuse what kombu refuses; redis-py would silently use database 0."""
    database = unquote(path).strip("/")
    if database and not database.isdecimal():
        raise ValueError(f"a Redis database is a number: {database!r}")


def _amqp_url(url: str, use_ssl: dict[str, Any] | bool | None = None) -> str:
    """Write Celery's URL of a RabbitMQ server as pika wants it.

    What is missing or empty has kombu's defaults (kombu.transport.pyamqp):
    guest, guest, localhost, and the virtual host ``/``, which kombu writes as
    ``//``. pika wants everything quoted, ends a virtual host at a slash, and
    knows no other scheme than ``amqp`` and ``amqps``.
    """
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    query = dict(parse_qsl(parts.query))
    if "connect_timeout" in query:
        query["socket_timeout"] = query.pop("connect_timeout")
    if "heartbeat" in query:  # seconds in both, a whole number in pika
        query["heartbeat"] = str(int(float(query["heartbeat"])))
    scheme = "amqps" if use_ssl or parts.scheme == "amqps" else "amqp"
    user = quote(unquote(parts.username or "") or "guest", safe="")
    password = quote(unquote(parts.password or "") or "guest", safe="")
    if ":" in host:
        host = f"[{host}]"
    if parts.port:
        host = f"{host}:{parts.port}"
    virtual_host = quote(unquote(parts.path[1:]) or "/", safe="")
    options = "?" + urlencode(query) if query else ""
    return f"{scheme}://{user}:{password}@{host}/{virtual_host}{options}"


def _amqp_tls(host: str, use_ssl: dict[str, Any] | bool | None) -> Any:
    """Do what amqp.transport.SSLTransport does with ``broker_use_ssl``.

    The server's name is checked only where ``server_hostname`` is given.
    """
    pika = import_module("pika")
    given = dict(use_ssl) if isinstance(use_ssl, dict) else {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    named = "server_hostname" in given
    name = given.pop("server_hostname", None) or host
    context.check_hostname = named
    certificates = given.pop("ca_certs", None)
    certificate = given.pop("certfile", None)
    key = given.pop("keyfile", None)
    reqs = given.pop("cert_reqs", None)
    context.verify_mode = context.verify_mode if reqs is None else reqs
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    if certificates is not None:
        context.load_verify_locations(certificates)
    elif context.verify_mode != ssl.CERT_NONE:
        context.load_default_certs()
    if given:
        raise ValueError(f"not known to make_broker(): {', '.join(given)}")
    return pika.SSLOptions(context, name)


# What makes the broker for a URL that begins so.
_BROKERS: dict[str, Callable[..., dramatiq.Broker]] = {
    "redis": _redis_broker,
    "rediss": _redis_broker,
    "redis+socket": _redis_broker,
    "unix": _redis_broker,
    "sentinel": _sentinel_broker,
    "amqp": _rabbitmq_broker,
    "amqps": _rabbitmq_broker,
    "pyamqp": _rabbitmq_broker,
    "librabbitmq": _rabbitmq_broker,
    "sqs": _sqs_broker,
    "memory": _memory_broker,
}

# What makes the result backend for a URL that begins so.
_RESULT_BACKENDS: dict[str, Callable[..., Any]] = {
    "redis": _redis_results,
    "rediss": _redis_results,
    "redis+socket": _redis_results,
    "unix": _redis_results,
    "sentinel": _sentinel_results,
    "cache+memcached": _memcached_results,
    "cache+pylibmc": _memcached_results,
    "cache+memory": _memory_results,
}


class TypedJSONEncoder(dramatiq.Encoder):
    """Write messages and results as Celery's JSON does, and read them.

    A datetime, date, time, Decimal, UUID or bytes comes back as what it was,
    inside lists and dicts, too. Django's lazy texts come back as texts, and
    an object with a method ``__json__`` as what that returns. As in any JSON,
    tuples come back as lists, and the keys of dicts as texts. What is left is
    a TypeError when it is sent: a set or a timedelta, for example.

    All of it is JSON: Dramatiq's own encoder reads it, with a dict for each
    value that JSON has no type for, and this one reads what that has written.
    """

    def encode(self, data: Any) -> bytes:
        """Convert a message, or a result, to a bytestring."""
        text = json.dumps(data, separators=(",", ":"), default=_to_json)
        return text.encode("utf-8")

    def decode(self, data: bytes) -> Any:
        """Convert it back."""
        try:
            text = data.decode("utf-8")
            return json.loads(text, object_hook=_from_json)
        except ValueError as error:
            raise DecodeError(f"not JSON: {data!r}", data, error) from None


def _to_json(value: Any) -> Any:
    """Do what kombu.utils.json.JSONEncoder.default does."""
    reducer = getattr(value, "__json__", None)
    if reducer is not None:
        return reducer()
    if _is_lazy_text(value):
        return str(value)
    for name, (kind, write, _) in _JSON_TYPES.items():
        if isinstance(value, kind):
            with suppress(UnicodeDecodeError):
                return {"__type__": name, "__value__": write(value)}
    return json.JSONEncoder().default(value)  # raises the usual TypeError


def _from_json(found: dict[str, Any]) -> Any:
    """Read what `_to_json()` wrote; any other dict stays what it is.

    kombu refuses one of the project's that only looks like those. Here that
    would stop the consumer, which would get the same message again.
    """
    if found.keys() == {"__type__", "__value__"}:
        with suppress(Exception):
            _, _, read = _JSON_TYPES[found["__type__"]]
            return read(found["__value__"])
    return found


def _is_lazy_text(value: Any) -> bool:
    """Look for a Promise of Django's without importing Django."""
    django = sys.modules.get("django.utils.functional")
    return django is not None and isinstance(value, django.Promise)


class MaxRetriesExceededError(Exception):
    """`retry()` was called once more than the limit allows.

    It has the attributes of celery.exceptions.MaxRetriesExceededError.
    """

    def __init__(
        self,
        *args: Any,
        task_args: list[Any] | tuple[Any, ...] | None = None,
        task_kwargs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(*args)
        self.task_args = [] if task_args is None else task_args
        self.task_kwargs = {} if task_kwargs is None else task_kwargs


class _RetryPolicy:
    """What `retry_policy()` returns; Dramatiq calls it as ``retry_when``."""

    def __init__(
        self,
        exceptions: tuple[type[BaseException], ...],
        max_retries: int | None,
        exclude: tuple[type[BaseException], ...],
        default_retry_delay: float | None,
        countdown: float | None,
        backoff: float,
        backoff_max: float,
        jitter: bool,
    ) -> None:
        self.exceptions = exceptions
        self.max_retries = max_retries
        self.exclude = exclude
        self.default_retry_delay = default_retry_delay
        self.countdown = countdown
        self.factor = int(max(1.0, float(backoff))) if backoff else 0
        self.backoff_max = int(backoff_max)
        self.jitter = jitter

    def __call__(self, retries: int, exception: BaseException) -> bool:
        # Taken off, because a project may raise the same object again.
        decision = exception.__dict__.pop(_DECISION, None)
        if decision is not None:
            return bool(decision)
        if self.max_retries is not None and retries >= self.max_retries:
            return False
        if isinstance(exception, Retry):
            return True
        if _is_one_of(exception, self.exclude):
            return False
        return _is_one_of(exception, self.exceptions)

    def with_delay(
        self,
        retries: int,
        exception: BaseException,
    ) -> BaseException:
        """Return a Retry instead, if this is to be retried automatically.

        Dramatiq asks again, about what is returned; the answer is there.
        """
        if isinstance(exception, Retry):
            return exception
        if not self(retries, exception):
            return _decided(exception, False)
        delay = self.milliseconds(self.seconds(retries))
        return _decided(Retry(delay=delay), True)

    def seconds(self, retries: int) -> float | None:
        """Do what celery.app.autoretry does; None is the default delay."""
        if not self.factor:
            return self.countdown
        longest = max(0, min(self.backoff_max, self.factor * 2**retries))
        return random.randrange(longest + 1) if self.jitter else longest

    def milliseconds(self, countdown: float | None) -> int:
        """Convert seconds, None being the default delay."""
        if countdown is None:
            countdown = self.default_retry_delay
        return max(0, int((countdown or 0) * 1000))


def retry_policy(
    *exceptions: type[BaseException],
    max_retries: int | None = 3,
    exclude: tuple[type[BaseException], ...] | list[type[BaseException]] = (),
    default_retry_delay: float | None = 180,
    countdown: float | None = None,
    backoff: float = 0,
    backoff_max: float = 600,
    jitter: bool = True,
) -> _RetryPolicy:
    """Say what is retried: ``@dramatiq.actor(retry_when=retry_policy(...))``.

    The given exceptions are, like Celery's ``autoretry_for``, except those in
    ``exclude``, at most ``max_retries`` times (None: for ever). So is what
    `retry()` raises: that counts for itself, and reads the limit and the
    ``default_retry_delay``, in seconds, from here. Nothing else is.

    The rest says how many seconds such an exception, but not `retry()`, waits:
    ``countdown`` (None: the ``default_retry_delay``), or if there is a
    ``backoff`` (Celery's ``retry_backoff``), so many the first time (True: 1),
    twice as many each time after that, and never more than ``backoff_max``;
    with ``jitter`` it is a random number from 0 to that.

    Only a broker with `CeleryRetries`, as of `make_broker()`, waits so. With
    Dramatiq's own Retries it is the actor's ``min_backoff``, in milliseconds,
    that grows up to ``max_backoff``. ``max_retries`` as an actor's own option
    means nothing beside this one.
    """
    return _RetryPolicy(
        exceptions,
        max_retries,
        tuple(exclude),
        default_retry_delay,
        countdown,
        backoff,
        backoff_max,
        jitter,
    )


def _is_one_of(
    exception: BaseException,
    classes: tuple[type[BaseException], ...],
) -> bool:
    """Do what ``isinstance`` does, with the time limit as Celery has it.

    Celery's SoftTimeLimitExceeded is an Exception, Dramatiq's
    TimeLimitExceeded only a BaseException.
    """
    if isinstance(exception, TimeLimitExceeded) and Exception in classes:
        return True
    return isinstance(exception, classes)


def retry(
    actor: dramatiq.Actor[Any, Any],
    exc: BaseException | type[BaseException] | None = None,
    countdown: float | None = None,
    eta: datetime | None = None,
    max_retries: int | None = None,
) -> NoReturn:
    """Leave the actor and have its message tried again later.

    It is celery.app.task.Task.retry. The actor needs
    ``retry_when=retry_policy(...)``, which has the limit and the delay that
    hold when ``max_retries`` and ``countdown`` (seconds) are None. At the
    limit it raises ``exc``, or MaxRetriesExceededError if there is none;
    called without a worker it raises ``exc``, or Retry, at once.

    It never returns. ``raise retry(...)`` says so to the reader. Do not catch
    what it raises: Celery has sent the message by then, Dramatiq has not.
    """
    message = _current_message(actor)
    if message is None:
        # Inside another actor this Retry ends that one: it is not its own.
        _raise_with_cause(exc or _decided(Retry("Task can be retried"), False))
    policy = _policy_of(actor)
    limit = policy.max_retries if max_retries is None else max_retries
    if limit is not None and message.options.get("retries", 0) >= limit:
        if exc:
            _raise_with_cause(_decided(exc, False))
        raise _decided(_max_retries_exceeded(message), False)
    delay = _retry_delay(policy, countdown, eta)
    reason = f"Retry in {delay / 1000}s" + (f": {exc!r}" if exc else "")
    again = Retry(reason, delay=delay)
    again.__dict__["exc"] = exc() if isinstance(exc, type) else exc
    raise _decided(again, True)


def _policy_of(actor: dramatiq.Actor[Any, Any]) -> _RetryPolicy:
    """Find the actor's policy; without it nothing would be retried."""
    policy = actor.options.get("retry_when")
    if not isinstance(policy, _RetryPolicy):
        raise TypeError(
            "retry() needs retry_when=retry_policy(...) among the options of "
            f"the actor {actor.actor_name}"
        )
    return policy


def _retry_delay(
    policy: _RetryPolicy,
    countdown: float | None,
    eta: datetime | None,
) -> int:
    """Say how many milliseconds to wait.

    celery.app.amqp.AMQP.as_task_v2: of both, a countdown other than 0 wins.
    """
    if eta is not None and not countdown:
        return delay_until(eta) or 0
    return policy.milliseconds(countdown)


def _max_retries_exceeded(message: Any) -> MaxRetriesExceededError:
    """Make the exception with Celery's text."""
    return MaxRetriesExceededError(
        f"Can't retry {message.actor_name}[{message.message_id}] "
        f"args:{message.args} kwargs:{message.kwargs}",
        task_args=message.args,
        task_kwargs=message.kwargs,
    )


def _decided(
    exc: BaseException | type[BaseException],
    again: bool,
) -> BaseException:
    """Tell the policy, which sees nothing but the exception."""
    exception = exc() if isinstance(exc, type) else exc
    # Not setattr(): the class may forbid that.
    exception.__dict__[_DECISION] = again
    return exception


def _raise_with_cause(exc: BaseException | type[BaseException]) -> NoReturn:
    """Do what celery.utils.serialization.raise_with_context does."""
    current = sys.exc_info()[1]
    if current is exc:
        raise
    raise exc from current


def _current_message(actor: dramatiq.Actor[Any, Any]) -> Any:
    """Return the message that this actor works on, None if there is none.

    An actor that another one calls as a function works on none.
    """
    message = CurrentMessage.get_current_message()
    if message is not None and message.actor_name == actor.actor_name:
        return message
    return None


class _Request:
    """What `request()` returns: the attributes of celery.app.task.Context.

    ``id``, ``correlation_id`` (the same), ``retries``, ``args``, ``kwargs``,
    ``task``, ``headers``, ``called_directly``, ``hostname`` (of the machine)
    and ``delivery_info["routing_key"]``, the name of the queue. In a pipeline
    the result of the step before is the last of ``args``.
    """

    def __init__(self, actor_name: str, message: Any) -> None:
        self.task = actor_name
        self.called_directly = message is None
        # The defaults of a Context. In a direct call Celery also fills in
        # args and kwargs; those are not known here.
        self.id: str | None = None
        self.correlation_id: str | None = None
        self.retries = 0
        self.args: list[Any] | None = None
        self.kwargs: dict[str, Any] | None = None
        self.headers: dict[str, Any] | None = None
        self.delivery_info: dict[str, Any] | None = None
        self.hostname: str | None = None
        if message is not None:
            self.id = self.correlation_id = message.message_id
            self.retries = message.options.get("retries", 0)
            self.args = list(message.args)
            self.kwargs = message.kwargs
            self.headers = message.options.get("headers")
            self.delivery_info = {"routing_key": message.queue_name}
            self.hostname = f"dramatiq@{socket.gethostname()}"

    def __repr__(self) -> str:
        """Show every attribute, as a Context does."""
        return f"<Context: {vars(self)!r}>"

    def get(self, key: str, default: Any = None) -> Any:
        """Return an attribute, or the default if there is none."""
        return getattr(self, key, default)


def request(actor: dramatiq.Actor[Any, Any]) -> _Request:
    """Describe the message that the actor works on: Celery's self.request."""
    return _Request(actor.actor_name, _current_message(actor))


def milliseconds(seconds: float | None) -> int | None:
    """Convert seconds; None, which is no delay, stays None."""
    return None if seconds is None else int(seconds * 1000)


def delay_until(when: datetime | None) -> int | None:
    """Count the milliseconds from now until then, at least 1.

    For ``delay=`` (Celery's ``eta``); None, which is no delay, stays None. A
    time without a zone is UTC, whatever ``timezone`` or ``enable_utc`` say
    (celery.utils.time.maybe_make_aware).
    """
    if when is None:
        return None
    if when.utcoffset() is None:
        when = when.replace(tzinfo=timezone.utc)
    left = when - datetime.now(timezone.utc)
    return max(1, math.ceil(left.total_seconds() * 1000))


def max_age(expires: float | datetime | str | None) -> float:
    """Convert Celery's ``expires`` of one send to milliseconds.

    It is a number of seconds, a moment (a text is one in ISO 8601, and without
    a zone it is UTC), or None for no limit. For that Dramatiq wants a number,
    too: for None, or 0, it takes the limit of the actor. What has passed
    already is -1: within a limit of 1 the message might be taken.
    """
    if expires is None:
        return float("inf")
    if isinstance(expires, str):
        expires = datetime.fromisoformat(expires)
    if isinstance(expires, datetime):
        if expires.utcoffset() is None:
            expires = expires.replace(tzinfo=timezone.utc)
        expires = (expires - datetime.now(timezone.utc)).total_seconds()
    return int(expires * 1000) if expires >= 0.001 else -1


def reject(reason: Any = None, requeue: bool = False) -> NoReturn:
    """Leave the actor and give its message up, or have it delivered once more.

    It is ``raise celery.exceptions.Reject(reason, requeue)``: nothing is
    retried. The message goes to the dead letters and its result is an error;
    or it goes back into its queue at once, which does not count as a retry.

    It never returns. ``raise reject(...)`` says so to the reader. Do not catch
    what it raises: that comes too late.
    """
    message: Any = CurrentMessage.get_current_message()
    if message is not None and requeue:
        dramatiq.get_broker().enqueue(message.copy())
        message.options["store_results"] = False  # the next run has the result
    elif message is not None:
        message.fail()
    raise SkipMessage(reason)


def _send_errors() -> tuple[type[BaseException], ...]:
    """List what the brokers' libraries raise, as far as they are installed."""
    found: list[type[BaseException]] = [ConnectionClosed, ConnectionFailed]
    for module, name in [
        ("redis.exceptions", "RedisError"),
        ("botocore.exceptions", "BotoCoreError"),
    ]:
        with suppress(ImportError):
            found.append(getattr(import_module(module), name))
    return tuple(found)


# What a send raises whose broker cannot be reached, for ``except SEND_ERRORS``
# (Celery has kombu.exceptions.OperationalError for all of them).
SEND_ERRORS = _send_errors()


class _OtherQueues(dramatiq.Middleware):
    """Declare the queues that an actor is sent to beside its own.

    They are its option ``other_queues``. A worker reads them like any other.
    """

    @property
    def actor_options(self) -> set[str]:
        """An actor has it."""
        return {"other_queues"}

    def after_declare_actor(self, broker: dramatiq.Broker, actor: Any) -> None:
        """Declare them with the actor."""
        for queue_name in actor.options.get("other_queues", ()):
            broker.declare_queue(queue_name)


def send_to(
    queue_name: str,
    actor: dramatiq.Actor[Any, Any],
    args: list[Any] | tuple[Any, ...] | None = (),
    kwargs: dict[str, Any] | None = None,
    *,
    message_id: str | None = None,
    delay: int | None = None,
    **options: Any,
) -> dramatiq.Message[Any]:
    """Send to another queue than the actor's own, or with a chosen id.

    ``delay`` is in milliseconds. A worker reads the queues of its actors and
    those that are declared besides, by an actor's ``other_queues`` or by
    ``broker.declare_queue("name")``; a message in any other queue would be
    lost, so that is a QueueNotFound.
    """
    if queue_name not in actor.broker.get_declared_queues():
        raise QueueNotFound(
            f"no worker reads the queue {queue_name!r}: call "
            f"declare_queue({queue_name!r}) on the broker, where it is made"
        )
    message = actor.message_with_options(
        args=tuple(args or ()),
        kwargs=kwargs,
        **options,
    )
    message = message.copy(queue_name=queue_name)
    if message_id is not None:
        message = message.copy(message_id=message_id)
    return actor.broker.enqueue(message, delay=delay)


def send_task(
    name: str,
    args: list[Any] | tuple[Any, ...] | None = (),
    kwargs: dict[str, Any] | None = None,
    *,
    queue_name: str = "default",
    message_id: str | None = None,
    delay: int | None = None,
    **options: Any,
) -> dramatiq.Message[Any]:
    """Send to an actor of that name, which need not be known here.

    ``delay`` is in milliseconds. Some worker must read the queue and know the
    actor; one that does not know it puts the message among the dead ones.
    """
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=queue_name,
        actor_name=name,
        args=tuple(args or ()),
        kwargs=kwargs or {},
        options=options,
    )
    if message_id is not None:
        message = message.copy(message_id=message_id)
    return dramatiq.get_broker().enqueue(message, delay=delay)


class TaskRevokedError(Exception):
    """The message was not run, because it had been revoked or had expired."""


class _ResultsById:
    """What `make_broker()` adds to a result backend of Dramatiq's.

    A result is kept under its message's id alone, so that whoever has the id
    finds it, and a failure with all that is needed to raise it again. What
    cannot be written as JSON is a failure, as in Celery.
    """

    namespace: str
    encoder: dramatiq.Encoder

    def build_message_key(self, message: Any) -> str:
        """Return the key of a message's result."""
        return f"{self.namespace}:{message.message_id}"

    def store_result(self, message: Any, result: Any, ttl: int) -> None:
        """Keep a result for so many milliseconds."""
        try:
            super().store_result(message, result, ttl)  # type: ignore[misc]
        except (TypeError, ValueError) as error:
            if not hasattr(message, "fail"):
                raise
            unwritable = type("EncodeError", (Exception,), {})
            unwritable.__module__ = "kombu.exceptions"
            message.stuff_exception(unwritable(str(error)))
            message.fail()

    def store_exception(self, message: Any, exception: Any, ttl: int) -> None:
        """Keep what an actor has raised, or that its message had expired."""
        skipped = isinstance(exception, SkipMessage)
        if skipped and str(exception) == "Message age limit exceeded":
            exception = TaskRevokedError("expired")
        kind = type(exception)
        failure = {"type": kind.__qualname__, "module": kind.__module__}
        args = [self._writable(each) for each in exception.args]
        self.store_failure(message, failure, args, ttl)

    def store_failure(
        self,
        message: Any,
        failure: dict[str, Any],
        args: list[Any],
        ttl: int,
    ) -> None:
        """Write it as Dramatiq does (dramatiq.results.result), and more."""
        msg = str(args[0]) if len(args) == 1 else str(tuple(args))
        exn = {**failure, "msg": msg if args else "", "args": args}
        found = {"__t": "dramatiq.results.Result", "exn": exn}
        super().store_result(message, found, ttl)  # type: ignore[misc]

    def unwrap_result(self, res: Any) -> Any:
        """Return a result, or raise ResultFailure with what was written."""
        try:
            return super().unwrap_result(res)  # type: ignore[misc]
        except ResultFailure as failure:
            failure.__dict__["exn"] = res["exn"]
            raise

    def _writable(self, value: Any) -> Any:
        try:
            self.encoder.encode({"value": value})
        except (TypeError, ValueError):
            return repr(value)
        return value


def _found_by_id(backend: Any) -> Any:
    """Make a result backend find results by their ids."""
    kind = type(backend)
    backend.__class__ = type(kind.__name__, (_ResultsById, kind), {})
    return backend


def _results_of(broker: dramatiq.Broker) -> Any:
    """Return the broker's Results, None if it keeps no results."""
    kept = (each for each in broker.middleware if isinstance(each, Results))
    return next(kept, None)


def _id_only(message_id: str) -> dramatiq.Message[Any]:
    """Make a message of which a result backend needs nothing but the id."""
    return dramatiq.Message(
        queue_name="default",
        actor_name="",
        args=(),
        kwargs={},
        options={},
        message_id=message_id,
    )


def _keep_state(
    broker: dramatiq.Broker,
    message_id: str,
    state: str,
    meta: Any,
) -> None:
    """Keep a state that is not the last one; the result will hide it."""
    results = _results_of(broker)
    if results is not None:
        where = _id_only(f"{message_id}:state")
        found = {"state": state, "meta": meta}
        results.backend.store_result(where, found, results.result_ttl)


def _keep_retry(
    broker: dramatiq.Broker,
    message: Any,
    raised: BaseException,
) -> None:
    """Say that a message waits to be tried again, and after which error."""
    results = _results_of(broker)
    if results is None or not _is_result_kept(broker, message):
        return
    exception = raised.__dict__.get("exc", raised)
    where = _id_only(f"{message.message_id}:state")
    if exception is None or isinstance(exception, Retry):
        found = {"state": "RETRY", "meta": None}
        results.backend.store_result(where, found, results.result_ttl)
    else:
        results.backend.store_exception(where, exception, results.result_ttl)


def _is_result_kept(broker: dramatiq.Broker, message: Any) -> bool:
    """Tell whether the result of a message will be kept."""
    results = _results_of(broker)
    if results is None:
        return False
    default = results.store_results
    with suppress(ActorNotFound):
        actor = broker.get_actor(message.actor_name)
        default = actor.options.get("store_results", default)
    return bool(message.options.get("store_results", default))


def update_state(
    actor: dramatiq.Actor[Any, Any],
    task_id: str | None = None,
    state: str | None = None,
    meta: Any = None,
    **_: Any,
) -> None:
    """Keep a state, and what belongs to it, until there is a result.

    It is celery.app.task.Task.update_state: a `TaskResult` of that id, by
    default the message's that the actor works on, has this ``state`` and, as
    its ``result`` and ``info``, this ``meta``.
    """
    message = _current_message(actor)
    if task_id is None and message is not None:
        task_id = message.message_id
    if task_id is not None:
        _keep_state(actor.broker, task_id, state or "PENDING", meta)


class TaskResult:
    """The result of a message, by its id: celery.result.AsyncResult.

    It is made of the message that a send returns, or of an id. Times are in
    seconds. ``state`` is PENDING (also where nothing is known of the id),
    RETRY, what `update_state()` has set, SUCCESS, FAILURE or REVOKED.
    """

    def __init__(self, message: Any, **_: Any) -> None:
        self.parent: Any = getattr(message, "parent", None)
        self.message_id: str = getattr(message, "message_id", message)
        self.ignored = bool(getattr(message, "ignored", False))
        if isinstance(message, dramatiq.Message):
            broker = dramatiq.get_broker()
            kept = _results_of(broker) is None
            self.ignored = not kept and not _is_result_kept(broker, message)

    @property
    def id(self) -> str:
        """The message's id."""
        return self.message_id

    @property
    def task_id(self) -> str:
        """The message's id."""
        return self.message_id

    @property
    def state(self) -> str:
        """What has become of the message."""
        return self._read()[0]

    status = state

    @property
    def result(self) -> Any:
        """What the actor returned or raised, or what belongs to the state."""
        return self._read()[1]

    info = result

    def ready(self) -> bool:
        """Tell whether the actor has done its work, or will never do it."""
        return self.state in ("SUCCESS", "FAILURE", "REVOKED")

    def successful(self) -> bool:
        """Tell whether the actor has returned."""
        return self.state == "SUCCESS"

    def failed(self) -> bool:
        """Tell whether the actor has raised, and will not be tried again."""
        return self.state == "FAILURE"

    def get(
        self,
        timeout: float | None = None,
        propagate: bool = True,
        *_: Any,
        follow_parents: bool = True,
        callback: Any = None,
        **__: Any,
    ) -> Any:
        """Wait for the result, for ever unless there is a ``timeout``.

        What the actor raised is raised here, or returned if ``propagate`` is
        false. Raises ResultTimeout, and RuntimeError inside an actor. What
        else Celery takes (``interval``, ``no_ack``, ...) means nothing here.
        """
        if self.ignored:
            return None
        _assert_may_wait()
        parent = self.parent if propagate and follow_parents else None
        _throw_of_parents(parent)
        state, value = self._wait(timeout)
        if state != "SUCCESS":
            _throw_of_parents(parent)
        if state != "SUCCESS" and propagate:
            raise value
        if callback is not None:
            callback(self.id, value)
        return value

    wait = get

    def maybe_throw(self, propagate: bool = True, callback: Any = None) -> Any:
        """Raise what the actor raised, or return what there is."""
        state, value = self._read()
        if state in ("FAILURE", "REVOKED") and propagate:
            raise value
        if callback is not None:
            callback(self.id, value)
        return value

    maybe_reraise = maybe_throw

    def forget(self) -> None:
        """Forget the result."""
        if self.parent is not None:
            self.parent.forget()
        backend = _backend()
        for message_id in (self.id, f"{self.id}:state"):
            key = backend.build_message_key(_id_only(message_id))
            _forget(backend, key)

    def _read(self) -> tuple[str, Any]:
        """Return the state, and what belongs to it, as they are now."""
        backend = _backend()
        with suppress(ResultMissing):
            return _outcome(backend, _id_only(self.id))
        with suppress(ResultMissing):
            state, found = _outcome(backend, _id_only(f"{self.id}:state"))
            if state == "SUCCESS":
                return found["state"], found["meta"]
            return "RETRY", found
        return "PENDING", None

    def _wait(self, timeout: float | None) -> tuple[str, Any]:
        """Return the last state, and what belongs to it, once it is there."""
        backend, message = _backend(), _id_only(self.id)
        end = None if timeout is None else monotonic() + timeout
        while True:
            with suppress(ResultMissing):
                return _outcome(backend, message)
            left = 60.0 if end is None else min(60.0, end - monotonic())
            if left <= 0:
                raise ResultTimeout("The operation timed out.")
            if left < 1:  # on Redis Dramatiq waits for whole seconds only
                sleep(min(left, 0.05))
                continue
            with suppress(ResultTimeout):
                return _outcome(backend, message, int(left) * 1000)

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"<TaskResult: {self.id}>"

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TaskResult):
            return self.id == other.id
        return self.id == other if isinstance(other, str) else NotImplemented


def _throw_of_parents(parent: Any) -> None:
    """Raise what a step before raised, the first one first."""
    if parent is not None:
        _throw_of_parents(parent.parent)
        parent.maybe_throw()


def _backend() -> Any:
    """Return the result backend; NotImplementedError if there is none."""
    results = _results_of(dramatiq.get_broker())
    if results is None:
        raise NotImplementedError("No result backend is configured.")
    return results.backend


def _forget(backend: Any, key: str) -> None:
    """Delete a result; Dramatiq's backends have no word for it."""
    if hasattr(backend, "client"):  # Redis
        backend.client.delete(key)
    elif hasattr(backend, "pool"):  # Memcached
        with backend.pool.reserve() as client:
            client.delete(key)
    else:
        backend.results.pop(key, None)


def _outcome(
    backend: Any,
    message: dramatiq.Message[Any],
    timeout: int | None = None,
) -> tuple[str, Any]:
    """Return the state and the value; wait so many milliseconds for them."""
    block = timeout is not None
    try:
        found = backend.get_result(message, block=block, timeout=timeout)
    except ResultFailure as failure:
        exception = _exception_of(failure)
        revoked = isinstance(exception, TaskRevokedError)
        return ("REVOKED" if revoked else "FAILURE"), exception
    return "SUCCESS", found


def _exception_of(failure: ResultFailure) -> BaseException:
    """Make the exception again (celery.backends.base.exception_to_python).

    One whose class is not known here is of a new class of that name, and one
    that cannot be made of its arguments an Exception that says so.
    """
    exn = failure.__dict__["exn"]
    found: Any = TaskRevokedError
    if exn["type"] != "TaskRevokedError":
        found = sys.modules.get(exn["module"])
        for name in exn["type"].split("."):
            found = getattr(found, name, None)
    if not (isinstance(found, type) and issubclass(found, BaseException)):
        found = type(exn["type"], (Exception,), {"__module__": __name__})
    exception = Exception(f"{found}({exn['args']})")
    with suppress(Exception):
        exception = found(*exn["args"])
    return exception


def _assert_may_wait() -> None:
    """Do what celery.result.assert_will_not_block does."""
    if CurrentMessage.get_current_message() is not None:
        raise RuntimeError(
            "Never call result.get() within a task! It waits for a worker "
            "that may be waiting for this one"
        )


# How long `revoke()` is remembered, in milliseconds: a message that is due in
# a month must still be found revoked.
_REVOKED_MS = 60 * 86_400_000


class _Revocations(dramatiq.Middleware):
    """Do as `revoke()` says: skip a message, or end the task that runs.

    dramatiq_abort does it; a server in Redis remembers it.
    """

    def before_worker_boot(self, broker: dramatiq.Broker, _: Any) -> None:
        """Begin to listen; what ends a task must be the last middleware."""
        known = [type(each).__name__ for each in broker.middleware]
        if "Revocable" not in known:
            broker.add_middleware(_revocable(broker))


def _revocable(broker: dramatiq.Broker) -> Any:
    """Make the middleware of dramatiq_abort. RuntimeError without Redis."""
    abort = import_module("dramatiq_abort.middleware")
    made = type("Revocable", (_Revocable, abort.Abortable), {})
    return made(backend=_revoked_ids(broker), abort_ttl=_REVOKED_MS)


def _revoked_ids(broker: dramatiq.Broker) -> Any:
    """Find the server that keeps the broker's messages, or the results."""
    backends = import_module("dramatiq_abort.backends")
    return backends.RedisBackend(client=_redis_of(broker))


def _redis_of(broker: dramatiq.Broker) -> Any:
    """Return the client of the broker's Redis server, or of the results'."""
    results = _results_of(broker)
    for each in (broker, getattr(results, "backend", None)):
        client = getattr(each, "client", None)
        if hasattr(client, "blpop"):
            return client
    raise RuntimeError(
        "revoke() and rate limits need a Redis server: let make_broker() use "
        "one for the broker or for the results"
    )


class _Revocable(dramatiq.Middleware):
    """What dramatiq_abort.Abortable does not do as Celery does.

    The state is REVOKED, what waits for the message fails, and nothing is
    tried again. While a task runs, Redis knows that it does.
    """

    backend: Any

    def before_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Skip a message that has been revoked."""
        try:
            super().before_process_message(broker, message)
        except SkipMessage:
            message.fail()
            message.revoked = True
            raise
        running = _running(message.message_id)
        self.backend.client.set(running, 1, px=_REVOKED_MS)

    def after_skip_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Say why it is skipped."""
        super().after_skip_message(broker, message)
        if getattr(message, "revoked", False):
            message.stuff_exception(TaskRevokedError("revoked"))

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Say why a task has been ended, and that this is its end."""
        self.backend.client.delete(_running(message.message_id))
        ended = type(exception).__module__.startswith("dramatiq_abort")
        if ended:
            message.options["max_retries"] = 0
            message.stuff_exception(TaskRevokedError("terminated"))
        super().after_process_message(
            broker,
            message,
            result=result,
            exception=exception,
        )


def revoke(task_id: Any, *, terminate: bool = False) -> None:
    """Have a message skipped when a worker takes it: Celery's ``revoke()``.

    ``task_id`` is an id, a message, a result, or several of them. With
    ``terminate`` a task that runs already gets the exception
    ``dramatiq_abort.abort_manager.Abort``, which is no Exception, as soon as
    it executes Python code again. RuntimeError if there is no Redis server.
    """
    abort = import_module("dramatiq_abort.middleware")
    revocable = _revocable(dramatiq.get_broker())
    mode = abort.AbortMode.ABORT if terminate else abort.AbortMode.CANCEL
    for each in _ids_of(task_id):
        abort.abort(each, middleware=revocable, mode=mode)
        if not revocable.backend.client.exists(_running(each)):
            _keep_revoked(each)


def _running(message_id: str) -> str:
    """Return the key that is there while the message's task runs."""
    return f"dramatiq:running:{message_id}"


def _keep_revoked(message_id: str) -> None:
    """Let the result say so at once, if there is no other yet."""
    results = _results_of(dramatiq.get_broker())
    if results is None:
        return
    if TaskResult(message_id).state in ("PENDING", "RETRY"):
        revoked = TaskRevokedError("revoked")
        where = _id_only(message_id)
        results.backend.store_exception(where, revoked, results.result_ttl)


def _ids_of(task_id: Any) -> list[str]:
    """List the ids of one thing or of several."""
    several = getattr(task_id, "results", task_id)  # of a group
    if isinstance(several, (list, tuple, set, frozenset)):
        return [getattr(each, "id", None) or _id_of(each) for each in several]
    return [_id_of(task_id)]


def _id_of(task_id: Any) -> str:
    """Return the id of a message or of a result, or the id itself."""
    return str(getattr(task_id, "message_id", task_id))


class _CanvasMiddleware(dramatiq.Middleware):
    """Do what comes after a message: the rest of a chain, a chord's body.

    What that is stands in the message's option ``canvas``; `Chain`, `Group`
    and `Chord` put it there. It belongs before Retries and Results, because
    Dramatiq asks the last middleware first.
    """

    @property
    def actor_options(self) -> set[str]:
        """A message has it, no actor."""
        return {"canvas"}

    def after_process_message(
        self,
        _: dramatiq.Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Go on with what the actor returned."""
        found = message.options.get("canvas")
        if found is None or exception is not None or message.failed:
            return
        for steps in found["links"]:
            _start(steps, (result,), {}, [])
        _go_on(result, found["then"])

    def after_nack(self, _: dramatiq.Broker, message: Any) -> None:
        """Fail what can no longer be done."""
        found = message.options.get("canvas")
        if found is None or not message.failed:
            return
        exception: Any = getattr(message, "_exception", None)
        then = found["then"]
        if isinstance(exception, SkipMessage):  # it was too old
            exception = TaskRevokedError("expired")
        if isinstance(exception, TaskRevokedError):
            then = then if then and "join" in then[0] else []
        _fail(exception, then, message.message_id)


class ExceptionInfo:
    """An exception as hooks and receivers get it: Celery's ``einfo``."""

    internal = False

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception
        self.type = type(exception)
        self.tb = exception.__traceback__
        lines = traceback.format_exception(self.type, exception, self.tb)
        self.traceback = "".join(lines)

    @property
    def exc_info(self) -> tuple[Any, Any, Any]:
        """Return what sys.exc_info() would."""
        return self.type, self.exception, self.tb

    def __str__(self) -> str:
        """Show the traceback."""
        return self.traceback

    def __repr__(self) -> str:
        return f"<ExceptionInfo: {self.exception!r}>"


# What this thread does: ``starts`` is the message whose actor is about to be
# called, ``message`` the one whose hooks run, when CurrentMessage is gone.
_AT_WORK = threading.local()


class TaskClass:
    """What a class is derived from that is the option ``base`` of an actor.

    It is celery.app.task.Task, as far as such classes use it. Every actor has
    an instance of its own in each process, whose ``run`` is the actor's
    function. Calling the actor calls the instance; a worker calls the hooks
    besides. What a hook raises is logged, but `before_start` fails the run.
    """

    name = ""
    run: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the actor's function."""
        return self.run(*args, **kwargs)

    @property
    def request(self) -> _Request:
        """Describe the message that the actor works on."""
        message: Any = getattr(_AT_WORK, "message", None)
        if message is None:
            message = CurrentMessage.get_current_message()
        if message is not None and message.actor_name != self.name:
            message = None
        return _request_of(self.name, message)

    def before_start(self, task_id: Any, args: Any, kwargs: Any) -> Any:
        """Run before the actor's function, in the same `try`."""

    def on_success(
        self,
        retval: Any,
        task_id: Any,
        args: Any,
        kwargs: Any,
    ) -> Any:
        """Run when the function has returned and its result is stored."""

    def on_failure(
        self,
        exc: Any,
        task_id: Any,
        args: Any,
        kwargs: Any,
        einfo: Any,
    ) -> Any:
        """Run when the function has raised, and is not tried again."""

    def on_retry(
        self,
        exc: Any,
        task_id: Any,
        args: Any,
        kwargs: Any,
        einfo: Any,
    ) -> Any:
        """Run when the message is tried again. ``exc`` may be None."""

    def after_return(
        self,
        status: Any,
        retval: Any,
        task_id: Any,
        args: Any,
        kwargs: Any,
        einfo: Any,
    ) -> Any:
        """Run after `on_success` and `on_failure`; ``einfo`` is None."""


def task_of(actor: dramatiq.Actor[Any, Any]) -> Any:
    """Return the actor's instance of the class that is its ``base``."""
    return actor.options["base"]


def _give_instance(actor: dramatiq.Actor[Any, Any]) -> None:
    """Make an instance of the actor's ``base``, and call it from now on."""
    options: dict[str, Any] = actor.options
    function: Any = actor.fn
    task = options["base"] = options["base"]()
    task.name = actor.actor_name
    task.run = function

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        message = _AT_WORK.__dict__.pop("starts", None)
        if message is not None:
            task.before_start(
                message.message_id,
                list(message.args),
                message.kwargs,
            )
        return task(*args, **kwargs)

    actor.fn = call


def _request_of(name: str, message: Any) -> _Request:
    """Describe a message as it came: Retries has counted on by now."""
    found = _Request(name, message)
    found.retries = getattr(message, "came_with", found.retries)
    return found


def _original(exception: BaseException) -> Any:
    """Return the error for which a message is tried again, None for none."""
    if isinstance(exception, Retry):
        return exception.__dict__.get("exc")
    return exception


def _at_work(
    message: Any,
    function: Callable[..., Any],
    *args: Any,
    **kwargs: Any,
) -> None:
    """Call a hook or a receiver, and log what it raises, as Celery does."""
    _AT_WORK.message = message
    try:
        function(*args, **kwargs)
    except Exception:
        logging.getLogger(__name__).exception("%r raised", function)
    finally:
        del _AT_WORK.message


class _TaskClassMiddleware(dramatiq.Middleware):
    """Give each actor an instance of its ``base``, and call its hooks.

    It belongs before Retries, because Dramatiq asks the last one first.
    """

    @property
    def actor_options(self) -> set[str]:
        """A class, and then its instance."""
        return {"base"}

    def after_declare_actor(self, broker: dramatiq.Broker, actor: Any) -> None:
        """Make the instance. A LateBroker's actors are declared twice."""
        if isinstance(actor.options.get("base"), type):
            _give_instance(actor)

    def before_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Let the actor know that it is called for a message."""
        message.came_with = message.options.get("retries", 0)
        _AT_WORK.__dict__.pop("starts", None)
        if "base" in broker.get_actor(message.actor_name).options:
            _AT_WORK.starts = message

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Call the hook for what has become of the message."""
        task: Any = broker.get_actor(message.actor_name).options.get("base")
        if task is None:
            return
        given = message.message_id, list(message.args), message.kwargs
        if exception is None:
            _at_work(message, task.on_success, result, *given)
            return
        einfo = ExceptionInfo(exception)
        if message.failed:
            _at_work(message, task.on_failure, exception, *given, einfo)
        else:
            again = _original(exception)
            _at_work(message, task.on_retry, again, *given, einfo)


class _AfterReturnMiddleware(dramatiq.Middleware):
    """Call the hook ``after_return`` of an actor's ``base``, after the others.

    It belongs before `_TaskClassMiddleware`.
    """

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Call it, unless the message is tried again."""
        task: Any = broker.get_actor(message.actor_name).options.get("base")
        if task is None or (exception is not None and not message.failed):
            return
        status = "SUCCESS" if exception is None else "FAILURE"
        _at_work(
            message,
            task.after_return,
            status,
            result if exception is None else exception,
            message.message_id,
            list(message.args),
            message.kwargs,
            None,
        )


class Signal:
    """A signal of Celery's (celery.utils.dispatch.Signal), for its receivers.

    ``connect`` is used as Celery's: as a decorator, with arguments or without,
    or as a function. ``sender`` limits it to one actor. What a receiver raises
    is logged.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._receivers: dict[Any, Any] = {}

    def __repr__(self) -> str:
        return f"<Signal: {self.name}>"

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        """Connect a receiver, or return a decorator that does.

        A receiver is held by a weak reference, unless ``weak`` is False.
        """
        if args:
            return self._connect(*args, **kwargs)
        return lambda receiver: self._connect(receiver, **kwargs)

    def _connect(
        self,
        receiver: Any,
        sender: Any = None,
        weak: bool = True,
        dispatch_uid: Any = None,
    ) -> Any:
        own = getattr(receiver, "__self__", None)
        function = getattr(receiver, "__func__", receiver)
        key = dispatch_uid or (id(own), id(function)), _sender_key(sender)
        found = self._receivers.get(key)
        if found is None or found() is None:
            self._receivers[key] = _reference(receiver, weak)
        return receiver

    def send(self, sender: Any, message: Any = None, **given: Any) -> None:
        """Call the receivers: those for any sender, and for this one."""
        wanted: list[Any] = [None]
        if message is not None:
            wanted.append(("actor", message.actor_name))
        for (_, limit), reference in list(self._receivers.items()):
            receiver = reference()
            if receiver is not None and limit in wanted:
                _at_work(
                    message,
                    receiver,
                    signal=self,
                    sender=sender,
                    **given,
                )


def _reference(receiver: Any, weak: bool) -> Callable[[], Any]:
    """Return what gives the receiver, as long as it is there."""
    if not weak:
        return lambda: receiver
    if hasattr(receiver, "__func__"):
        return weakref.WeakMethod(receiver)
    return weakref.ref(receiver)


def _sender_key(sender: Any) -> Any:
    """Tell senders apart: an actor by its name."""
    name = getattr(sender, "actor_name", None)
    return sender if name is None else ("actor", name)


class _Sender:
    """What receivers get as ``sender``: a task's ``name`` and ``request``."""

    def __init__(self, message: Any) -> None:
        self.name = message.actor_name
        self.request = _request_of(self.name, message)

    def __repr__(self) -> str:
        return f"<task {self.name}>"


def _sender(broker: dramatiq.Broker, message: Any) -> Any:
    """Return the instance of the actor's ``base``, or what stands for it."""
    actor: Any = broker.actors.get(message.actor_name)
    base = actor.options.get("base") if actor is not None else None
    return _Sender(message) if base is None else base


def _retry_of(exception: BaseException) -> Retry:
    """Return what `retry()` raised, or would have raised for the error."""
    if isinstance(exception, Retry):
        return exception
    again = Retry(f"Retry: {exception!r}")
    again.__dict__["exc"] = exception
    return again


task_prerun = Signal("task_prerun")

task_postrun = Signal("task_postrun")

task_success = Signal("task_success")

task_failure = Signal("task_failure")

task_retry = Signal("task_retry")

task_revoked = Signal("task_revoked")


class _PrerunSignal(dramatiq.Middleware):
    """Send `task_prerun`; the last middleware, since others skip messages."""

    def before_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Send it, and note that the actor is going to be called."""
        message.began = True
        sender = _sender(broker, message)
        task_prerun.send(
            sender,
            message,
            task_id=message.message_id,
            task=sender,
            args=list(message.args),
            kwargs=message.kwargs,
        )


class _PostrunSignal(dramatiq.Middleware):
    """Send `task_postrun`, after everything else; the first middleware."""

    def before_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Note how often it has been tried."""
        message.came_with = message.options.get("retries", 0)

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Send it, whatever has become of the message."""
        if exception is None:
            self._send(broker, message, "SUCCESS", result)
        elif message.failed:
            self._send(broker, message, "FAILURE", exception)
        else:
            self._send(broker, message, "RETRY", _retry_of(exception))

    def after_skip_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Send it if it was the actor that skipped the message."""
        if getattr(message, "began", False):
            state = "REJECTED" if message.failed else "IGNORED"
            self._send(broker, message, state, sys.exc_info()[1])

    def _send(
        self,
        broker: dramatiq.Broker,
        message: Any,
        state: str,
        retval: Any,
    ) -> None:
        sender = _sender(broker, message)
        task_postrun.send(
            sender,
            message,
            task_id=message.message_id,
            task=sender,
            args=list(message.args),
            kwargs=message.kwargs,
            retval=retval,
            state=state,
        )


class _OutcomeSignals(dramatiq.Middleware):
    """Send `task_success`, `task_failure`, `task_retry` or `task_revoked`.

    It belongs before Retries, because Dramatiq asks the last one first.
    """

    def before_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Note how often it has been tried, and when it begins."""
        message.came_with = message.options.get("retries", 0)
        message.came_at = monotonic()

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Send what has become of the message."""
        sender = _sender(broker, message)
        if exception is None:
            runtime = monotonic() - message.came_at
            task_success.send(sender, message, result=result, runtime=runtime)
        elif message.failed:
            task_failure.send(
                sender,
                message,
                task_id=message.message_id,
                exception=exception,
                args=list(message.args),
                kwargs=message.kwargs,
                traceback=exception.__traceback__,
                einfo=ExceptionInfo(exception),
            )
        else:
            task_retry.send(
                sender,
                message,
                request=_request_of(message.actor_name, message),
                reason=_retry_of(exception),
                einfo=ExceptionInfo(exception),
            )

    def after_skip_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Send `task_revoked` for a message that was too old."""
        # dramatiq.middleware.AgeLimit says so.
        if message.failed and "age limit" in str(sys.exc_info()[1]):
            task_revoked.send(
                _sender(broker, message),
                message,
                request=_request_of(message.actor_name, message),
                terminated=False,
                signum=None,
                expired=True,
            )


worker_init = Signal("worker_init")

worker_process_init = Signal("worker_process_init")

worker_process_shutdown = Signal("worker_process_shutdown")

worker_ready = Signal("worker_ready")

worker_shutting_down = Signal("worker_shutting_down")

worker_shutdown = Signal("worker_shutdown")

celeryd_init = Signal("celeryd_init")

celeryd_after_setup = Signal("celeryd_after_setup")

setup_logging = Signal("setup_logging")

after_setup_logger = Signal("after_setup_logger")

_NO_LOG_OPTIONS = dict.fromkeys(("loglevel", "logfile", "format", "colorize"))


def _is_first_process() -> bool:
    """Tell whether this is the first of the processes that the worker has.

    What Celery does in its main process alone is done there alone, because
    Dramatiq's main process runs none of the project's code.
    """
    return current_process().name in ("MainProcess", "Process-1")


class _LoggingSignals(dramatiq.Middleware):
    """Send `setup_logging` and `after_setup_logger`."""

    def before_worker_boot(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Send them when the worker's modules are there."""
        setup_logging.send(None, **_NO_LOG_OPTIONS)
        root = logging.getLogger()
        after_setup_logger.send(None, logger=root, **_NO_LOG_OPTIONS)


class _WorkerInitSignals(dramatiq.Middleware):
    """Send `celeryd_init`, `celeryd_after_setup` and `worker_init`."""

    def before_worker_boot(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Send them in every process, before it takes messages."""
        celeryd_init.send(None, instance=None, conf=None, options=None)
        celeryd_after_setup.send(None, instance=None, conf=None)
        worker_init.send(None)


class _ProcessSignals(dramatiq.Middleware):
    """Send `worker_process_init` and `worker_process_shutdown`."""

    def before_worker_boot(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Send the one before the process takes messages."""
        worker_process_init.send(None)

    def after_worker_shutdown(
        self,
        broker: dramatiq.Broker,
        worker: Any,
    ) -> None:
        """Send the other one after its last message."""
        worker_process_shutdown.send(None, pid=os.getpid(), exitcode=0)


class _WorkerSignals(dramatiq.Middleware):
    """Send `worker_ready`, `worker_shutting_down` and `worker_shutdown`."""

    def after_worker_boot(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Send it when the first process takes messages."""
        if _is_first_process():
            worker_ready.send(None)

    def before_worker_shutdown(
        self,
        broker: dramatiq.Broker,
        worker: Any,
    ) -> None:
        """Send it when the first process has been told to end."""
        if _is_first_process():
            worker_shutting_down.send(None, sig=None, how=None, exitcode=None)

    def after_worker_shutdown(
        self,
        broker: dramatiq.Broker,
        worker: Any,
    ) -> None:
        """Send it after its last message."""
        if _is_first_process():
            worker_shutdown.send(None)


class _ErrorsMiddleware(dramatiq.Middleware):
    """Call back those that wait for the failure of a message.

    They stand in the message's option ``errors``; ``link_error`` puts them
    there. It belongs before Results: the result is there before the call.
    """

    @property
    def actor_options(self) -> set[str]:
        """A message has it, no actor."""
        return {"errors"}

    def after_nack(self, _: dramatiq.Broker, message: Any) -> None:
        """Call them when the message has failed for good."""
        exception: Any = getattr(message, "_exception", None)
        if not isinstance(exception, (SkipMessage, TaskRevokedError)):
            for steps in message.options.get("errors", ()):
                _call_back(steps[0], message, exception)


def _call_back(step: dict[str, Any], message: Any, exception: Any) -> None:
    """Do as celery.backends.base.Backend._call_task_errbacks.

    An actor with (request, exc, traceback) is called here and now, any other
    is sent with the id of the message.
    """
    actor = None
    with suppress(ActorNotFound):
        actor = _actor(str(step["actor"]))
    if step["immutable"] or actor is None or not _takes_errors(actor):
        _start([step], (message.message_id,), {}, [])
        return
    text = message.options.get("traceback")
    try:
        actor(_Request(message.actor_name, message), exception, text)
    except Exception:
        actor.logger.exception("Errback %r raised an exception", step["actor"])


def _takes_errors(actor: dramatiq.Actor[Any, Any]) -> bool:
    """Tell whether an actor has more than one parameter."""
    return len(inspect.signature(actor.fn).parameters) > 1


class _RateLimits(dramatiq.Middleware):
    """Let an actor's messages begin no faster than its ``rate_limit``.

    It is Celery's: ``"10/m"`` is one every six seconds, never several at once.
    All workers together keep it. A message that has to wait for longer than a
    second goes back into its queue, with a time of its own; nothing is lost.
    """

    @property
    def actor_options(self) -> set[str]:
        """An actor has it."""
        return {"rate_limit"}

    def before_process_message(
        self,
        broker: dramatiq.Broker,
        message: Any,
    ) -> None:
        """Wait for the message's turn, or put it back."""
        actor = broker.actors.get(message.actor_name)
        interval = _interval(actor.options.get("rate_limit")) if actor else 0
        if not interval:
            return
        client, key = _redis_of(broker), f"dramatiq:rate:{message.actor_name}"
        turn = message.options.pop("turn", None)
        if turn is None:
            turn = _next_turn(client, key, interval)
        left = turn - current_millis()
        while left > 0 or not client.set(f"{key}:on", 1, nx=True, px=interval):
            if left > 1000:
                _put_back(broker, message, turn, left)
            sleep(max(left, 1) / 1000)
            left = client.pttl(f"{key}:on")
            if left > 1000:  # it has come too late for its turn
                turn = _next_turn(client, key, interval)
                left = turn - current_millis()


def _interval(rate_limit: float | str | None) -> int:
    """Return how many milliseconds lie between two messages, 0 for none."""
    text, _, unit = str(rate_limit or 0).partition("/")
    seconds = {"": 1, "s": 1, "m": 60, "h": 3600}[unit]
    return math.ceil(seconds * 1000 / float(text)) if float(text) else 0


def _next_turn(client: Any, key: str, interval: int) -> int:
    """Take the first moment that is free, in milliseconds since 1970."""
    script = (
        "local last = tonumber(redis.call('get', KEYS[1]) or 0) "
        "local turn = math.max(ARGV[1], last + ARGV[2]) "
        "local function text(number) return string.format('%.0f', number) end "
        "redis.call('set', KEYS[1], text(turn)) "
        "redis.call('pexpireat', KEYS[1], text(turn + ARGV[2])) "
        "return turn"
    )
    return int(client.eval(script, 1, key, current_millis(), interval))


def _put_back(
    broker: dramatiq.Broker,
    message: Any,
    turn: int,
    delay: int,
) -> NoReturn:
    """Send a message again, for its turn, and leave this one."""
    broker.enqueue(message.copy(options={"turn": turn}), delay=delay)
    message.options["store_results"] = False  # the next run has the result
    raise SkipMessage("its rate limit")


# What a broker has besides, in front of all that is Dramatiq's.
_MIDDLEWARE: dict[str, Callable[[], dramatiq.Middleware]] = {
    "logging": _LoggingSignals,
    "worker init": _WorkerInitSignals,
    "processes": _ProcessSignals,
    "worker": _WorkerSignals,
    "postrun": _PostrunSignal,
    "after_return": _AfterReturnMiddleware,
    "outcome": _OutcomeSignals,
    "base": _TaskClassMiddleware,
    "canvas": _CanvasMiddleware,
    "errors": _ErrorsMiddleware,
    "queues": _OtherQueues,
    "rate limits": _RateLimits,
    "revocations": _Revocations,
}

# What it has behind all that.
_LAST_MIDDLEWARE: dict[str, Callable[[], dramatiq.Middleware]] = {
    "prerun": _PrerunSignal,
}


class ChordError(Exception):
    """A message in the header of a chord has failed."""


class _Canvas:
    """What can be sent: a signature, or several of them together."""

    def __init__(
        self,
        options: dict[str, Any],
        immutable: bool = False,
    ) -> None:
        self.args: Any = ()
        self.kwargs: dict[str, Any] = {}
        self.options = options
        self.immutable = immutable

    def delay(self, *args: Any, **kwargs: Any) -> Any:
        """Send it, with arguments before those that it has."""
        return self.apply_async(args, kwargs)

    def apply_async(
        self,
        args: Any = None,
        kwargs: Any = None,
        **options: Any,
    ) -> Any:
        """Send it, with arguments before those that it has.

        The options are Celery's, in seconds.
        """
        steps = _steps_of(self.clone(args, kwargs, **options))
        if not steps:
            return None
        result = _result_of(steps)
        if len(steps) > 1 and _is_chord(self):
            result.parent = _result_of(steps[:1])
        _start(steps, (), {}, [])
        return result

    def clone(
        self,
        args: Any = None,
        kwargs: Any = None,
        **options: Any,
    ) -> Any:
        """Copy it, with arguments before those that it has."""
        new = copy(self)
        new.options = {**self.options}
        for name, value in options.items():
            if value is not None:
                new.options[name] = value
        if not self.immutable:
            new.args = (*tuple(args or ()), *self.args)
            new.kwargs = {**self.kwargs, **(kwargs or {})}
        return new

    def set(self, immutable: bool | None = None, **options: Any) -> Any:
        """Set options, in Celery's names; return the same object."""
        if immutable is not None:
            self.immutable = immutable
        self.options.update(options)
        return self

    def link(self, callback: Any) -> Any:
        """Have it sent with the result; return the callback."""
        links = _listed(self.options.get("link"))
        if callback not in links:
            self.options["link"] = [*links, callback]
        return callback

    def __or__(self, other: Any) -> Any:
        """Put something behind it."""
        other = _unrolled(other)
        if isinstance(other, Chain):
            return Chain(self, *other.unchained())
        if not isinstance(other, _Canvas):
            return NotImplemented
        return Chain(self, other)


class Signature(_Canvas):
    """A message to be sent later: celery.canvas.Signature.

    ``actor`` may be the name of one. The result of what comes before it is
    its first argument, unless it is ``immutable``.
    """

    def __init__(
        self,
        actor: Any,
        args: Any = None,
        kwargs: Any = None,
        options: dict[str, Any] | None = None,
        *,
        immutable: bool = False,
        **more: Any,
    ) -> None:
        super().__init__({**(options or {}), **more}, immutable)
        self.actor = actor
        self.args = tuple(args or ())
        self.kwargs = dict(kwargs or {})

    @property
    def task(self) -> str:
        """The name of the actor."""
        return str(getattr(self.actor, "actor_name", self.actor))

    name = task

    def link_error(self, errback: Any) -> Any:
        """Have it sent, or called, when the message fails; return it."""
        found = _listed(self.options.get("link_error"))
        if errback not in found:
            self.options["link_error"] = [*found, errback]
        return errback

    def on_error(self, errback: Any) -> Any:
        """Do the same, and return this signature."""
        self.link_error(errback)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the actor's function here and now."""
        whole = self.clone(args, kwargs)
        return _actor(self.actor)(*whole.args, **whole.kwargs)


def apply_async(
    actor: Any,
    args: Any = None,
    kwargs: Any = None,
    task_id: str | None = None,
    **options: Any,
) -> Any:
    """Send a message with a chosen id, or with callbacks (``link``).

    It is celery.app.task.Task.apply_async; times are in seconds. Returns a
    `TaskResult`.
    """
    options["task_id"] = task_id
    return Signature(actor, args, kwargs).apply_async(**options)


def signature(actor: Any, *args: Any, **kwargs: Any) -> Signature:
    """Make a signature with these arguments: Celery's ``task.s()``."""
    return Signature(actor, args, kwargs)


def immutable_signature(actor: Any, *args: Any, **kwargs: Any) -> Signature:
    """Make one that takes no other arguments: Celery's ``task.si()``."""
    return Signature(actor, args, kwargs, immutable=True)


class Chain(_Canvas):
    """One after the other, each with the result before: celery.chain."""

    def __init__(self, *tasks: Any, **options: Any) -> None:
        super().__init__(options)
        if len(tasks) == 1 and not isinstance(tasks[0], _Canvas):
            tasks = tuple(tasks[0])
        self.tasks = list(tasks)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Send it."""
        return self.apply_async(args, kwargs)

    def clone(
        self,
        args: Any = None,
        kwargs: Any = None,
        **options: Any,
    ) -> Any:
        """Copy it, and what is in it."""
        new = super().clone(args, kwargs, **options)
        new.tasks = [each.clone() for each in self.tasks]
        return new

    def unchained(self) -> list[Any]:
        """Return copies of what is in it, the last with the chain's links."""
        tasks = [each.clone() for each in self.tasks]
        for callback in _listed(self.options.get("link")):
            tasks[-1].link(callback)
        return tasks

    def __or__(self, other: Any) -> Any:
        """Put something behind the last one."""
        if isinstance(other, Group) and not other.tasks:
            return self
        other = _unrolled(other)
        if isinstance(other, Chain):
            whole: Any = self
            for each in other.unchained():
                whole = whole | each
            return whole
        if not isinstance(other, _Canvas):
            return NotImplemented
        *before, last = self.unchained() or [None]
        if last is None:
            return other if isinstance(other, Group) else Chain(other)
        if isinstance(last, Group) and not isinstance(other, Group):
            joined = Chord(last, other)
            if before and isinstance(before[-1], Chord):
                before[-1].body = before[-1].body | joined
                return Chain(*before)
            return Chain(*before, joined)
        if isinstance(last, Chord) and not isinstance(other, Chord):
            last.body = last.body | other
            return Chain(*before, last)
        return Chain(*before, last, other)


class Group(_Canvas):
    """All at the same time: celery.group."""

    def __init__(self, *tasks: Any, **options: Any) -> None:
        super().__init__(options)
        if len(tasks) == 1:
            only: Any = tasks[0]
            if isinstance(only, Group):
                only = only.tasks
            tasks = (only.clone(),) if isinstance(only, _Canvas) else only
        self.tasks: list[Any] = list(tasks)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Send it."""
        return self.apply_async(args, **options)

    def clone(
        self,
        args: Any = None,
        kwargs: Any = None,
        **options: Any,
    ) -> Any:
        """Copy it, and what is in it."""
        new = super().clone(args, kwargs, **options)
        new.tasks = [each.clone() for each in self.tasks]
        return new

    def __len__(self) -> int:
        return len(self.tasks)

    def apply_async(
        self,
        args: Any = None,
        kwargs: Any = None,
        **options: Any,
    ) -> Any:
        """Send all of them, with arguments before those that they have."""
        if options.get("link") is not None:
            raise TypeError("Cannot add link to group: use a chord")
        return super().apply_async(args, kwargs, **options)

    def link(self, callback: Any) -> Any:
        """Have it sent after the first one, as Celery does."""
        return self.tasks[0].link(callback.clone().set(immutable=True))

    def __or__(self, other: Any) -> Any:
        """Send something with all the results."""
        if isinstance(other, Group) and not other.tasks:
            return self
        if not isinstance(other, _Canvas):
            return NotImplemented
        return Chord(self, other)


class Chord(_Canvas):
    """A body that is sent with the results of a header: celery.chord."""

    def __init__(self, header: Any, body: Any = None, **options: Any) -> None:
        super().__init__(options)
        self.header = header if isinstance(header, Group) else Group(header)
        self.body = body

    def __call__(self, body: Any = None, **options: Any) -> Any:
        """Send it."""
        if body is None:
            return self.apply_async(**options)
        return Chord(self.header, body, **self.options).apply_async(**options)

    def clone(
        self,
        args: Any = None,
        kwargs: Any = None,
        **options: Any,
    ) -> Any:
        """Copy it, and what is in it."""
        new = super().clone(args, kwargs, **options)
        new.header, new.body = self.header.clone(), self.body.clone()
        return new

    def link(self, callback: Any) -> Any:
        """Have it sent with the result of the body; return the callback."""
        self.body = self.body.clone()
        return self.body.link(callback)

    def __or__(self, other: Any) -> Any:
        """Put something behind the body."""
        if isinstance(_unrolled(other), (Group, Chain)):
            return super().__or__(other)
        if not isinstance(other, _Canvas):
            return NotImplemented
        return Chord(self.header, self.body | _unrolled(other), **self.options)


def _listed(value: Any) -> list[Any]:
    """Return what is one, several or None, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _unrolled(canvas: Any) -> Any:
    """Return the only member of a group, or what it is."""
    if isinstance(canvas, Group) and len(canvas.tasks) == 1:
        return canvas.tasks[0]
    return canvas


def _is_chord(canvas: Any) -> bool:
    """Tell whether Celery sends it as one chord; its header is the parent."""
    if isinstance(canvas, Chain):
        first = _unrolled(canvas.tasks[0]) if canvas.tasks else None
        if isinstance(first, Chord):
            return len(canvas.tasks) == 1
        return isinstance(first, Group) or _is_chord(first)
    return isinstance(canvas, Chord)


def _actor(actor: Any) -> Any:
    """Return an actor that may be given by its name."""
    known = not isinstance(actor, str)
    return actor if known else dramatiq.get_broker().get_actor(actor)


# What only concerns Celery's way to send.
_WITHOUT_EFFECT = frozenset(
    [
        "retry",
        "retry_policy",
        "shadow",
        "producer",
        "publisher",
        "connection",
        "add_to_parent",
        "delivery_mode",
        "mandatory",
        "immediate",
        "route_name",
        "root_id",
        "parent_id",
        "app",
        "interval",
    ]
)

# What is written down beside the options.
_OF_THE_MESSAGE = frozenset(["task_id", "link", "link_error", "immutable"])

# What else a message may be given; times are in seconds.
_OPTIONS = frozenset(
    [
        "countdown",
        "eta",
        "expires",
        "queue",
        "soft_time_limit",
        "time_limit",
        "ignore_result",
        "headers",
    ]
)


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that mean something. Raises TypeError for unknown."""
    given = {name for name in options if options[name] is not None}
    wanted = given - _WITHOUT_EFFECT - _OF_THE_MESSAGE
    unknown = sorted(wanted - _OPTIONS)
    if unknown:
        raise TypeError(f"no such option of a message: {', '.join(unknown)}")
    return {name: options[name] for name in sorted(wanted)}


def _steps_of(canvas: Any) -> list[dict[str, Any]]:
    """Write a canvas down as plain data: what is done one after the other.

    A step is a message, or a group of such lists. Here messages get their
    ids, so that a canvas can be sent as often as one likes.
    """
    if isinstance(canvas, Signature):
        return [_message_step(canvas)]
    steps = _parts_of(canvas)
    _prepend(steps[:1], canvas.args, canvas.kwargs)
    _set_options(steps, canvas.options)
    return steps


def _parts_of(canvas: Any) -> list[dict[str, Any]]:
    """Write down what a canvas consists of."""
    if isinstance(canvas, Group):
        return [_group_step(canvas)]
    if isinstance(canvas, Chord):
        _backend()  # a chord needs one
        return [_group_step(canvas.header), *_steps_of(canvas.body)]
    steps: list[dict[str, Any]] = []
    empty: list[dict[str, Any]] = []
    for each in canvas.tasks:
        task = _unrolled(each)
        if isinstance(task, Group) and not task.tasks:
            empty = [_group_step(task)]
        elif isinstance(task, Chain):
            steps += _parts_of(task)
        else:
            steps += _steps_of(task)
    return steps or empty


def _prepend(
    steps: list[dict[str, Any]],
    args: Any,
    kwargs: dict[str, Any],
) -> None:
    """Give arguments to a message, or to each of a group."""
    for step in steps:
        for member in step.get("group", ()):
            _prepend(member[:1], args, kwargs)
        if not step.get("immutable", True):
            step["args"] = [*args, *step["args"]]
            step["kwargs"] = {**step["kwargs"], **kwargs}


def _message_step(canvas: Signature) -> dict[str, Any]:
    """Write a message down."""
    actor = _actor(canvas.actor)
    links = _listed(canvas.options.get("link"))
    errbacks = _listed(canvas.options.get("link_error"))
    return {
        "actor": actor.actor_name,
        "queue": actor.queue_name,
        "id": canvas.options.get("task_id") or str(uuid.uuid4()),
        "args": list(canvas.args),
        "kwargs": canvas.kwargs,
        "immutable": canvas.immutable,
        "options": _checked(canvas.options),
        "links": [_steps_of(each) for each in links],
        "errors": [_steps_of(each) for each in errbacks],
    }


def _group_step(canvas: Group) -> dict[str, Any]:
    """Write a group down; groups in it are one with it."""
    members: list[Any] = []
    for each in canvas.tasks:
        if isinstance(each, Group):
            members += _group_step(each)["group"]
        elif not (isinstance(each, Chain) and not each.tasks):
            members.append(_steps_of(each))
    return {"id": str(uuid.uuid4()), "group": members}


def _set_options(steps: list[dict[str, Any]], options: dict[str, Any]) -> None:
    """Give options to the message that is sent first.

    Of a group that is each, and what follows has all but the delay. An id and
    links are the last one's.
    """
    last = steps[-1] if steps else {}
    if options.get("task_id") is not None:
        last["id"] = options["task_id"]
    if options.get("link") is not None and "links" in last:
        last["links"] += [_steps_of(each) for each in _listed(options["link"])]
    found = _checked(options)
    if steps and "group" in steps[0]:
        for member in steps[0]["group"]:
            _set_options(member, found)
        for name in ("countdown", "eta"):
            found.pop(name, None)
        _set_options(steps[1:], found)
    elif steps:
        steps[0]["options"].update(found)


def _result_of(steps: list[dict[str, Any]]) -> Any:
    """Return the result of the last step; its parents are those before."""
    result: Any = None
    for step in steps:
        before = result
        if "group" in step:
            results = [_result_of(member) for member in step["group"]]
            result = GroupResult(step["id"], results)
            if len(results) == 1 and isinstance(results[0], GroupResult):
                result = results[0]
        else:
            result = TaskResult(step["id"])
            kept = step["options"].get("ignore_result")
            result.ignored = _is_ignored(step) if kept is None else kept
        result.parent = before
    return result


def _is_ignored(step: dict[str, Any]) -> bool:
    """Tell whether the actor's results are not kept."""
    broker = dramatiq.get_broker()
    with suppress(ActorNotFound):
        actor = broker.get_actor(step["actor"])
        message = actor.message_with_options()
        kept = _results_of(broker) is None or _is_result_kept(broker, message)
        return not kept
    return False


def _start(
    steps: list[dict[str, Any]],
    args: Any,
    kwargs: dict[str, Any],
    then: list[dict[str, Any]],
) -> None:
    """Do the first step; the others, and what is to be done then, follow."""
    first, *rest = steps
    then = [*({"step": each} for each in rest), *then]
    if "group" not in first:
        _send(first, args, kwargs, then)
    elif then and not first["group"]:
        _go_on([], then)
    else:
        size = len(first["group"])
        for index, member in enumerate(first["group"]):
            join = {"join": first["id"], "index": index, "size": size}
            _start(member, args, kwargs, [join, *then] if then else [])


def _send(
    step: dict[str, Any],
    args: Any,
    kwargs: dict[str, Any],
    then: list[dict[str, Any]],
) -> None:
    """Send a message; arguments from outside come first, as in Celery."""
    broker = dramatiq.get_broker()
    if step["immutable"]:
        args, kwargs = (), {}
    options, queue_name, delay = _options_of(step)
    if then or step["links"]:
        canvas = {"then": then, "links": step["links"]}
        options["canvas"] = canvas
    if step["errors"]:
        options["errors"] = step["errors"]
    _check_options(broker, options)
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=queue_name,
        actor_name=step["actor"],
        args=(*args, *step["args"]),
        kwargs={**step["kwargs"], **kwargs},
        options=options,
        message_id=step["id"],
    )
    broker.enqueue(message, delay=delay)


def _check_options(broker: dramatiq.Broker, options: dict[str, Any]) -> None:
    """Raise RuntimeError if nothing would read one of the options."""
    needed = {"canvas": "_CanvasMiddleware", "errors": "_ErrorsMiddleware"}
    known = [type(each).__name__ for each in broker.middleware]
    for name, middleware in needed.items():
        if name in options and middleware not in known:
            raise RuntimeError("the broker was not made by this make_broker()")


def _options_of(
    step: dict[str, Any],
) -> tuple[dict[str, Any], str, int | None]:
    """Return Dramatiq's options, the queue, and the delay in milliseconds."""
    given = step["options"]
    options: dict[str, Any] = {}
    delay: int | None = None
    if given.get("eta") is not None:
        delay = delay_until(given["eta"])
    if given.get("countdown"):
        delay = int(given["countdown"] * 1000)
    if "expires" in given:
        options["max_age"] = max_age(given["expires"])
    limit = given.get("soft_time_limit") or given.get("time_limit")
    if limit:
        options["time_limit"] = int(limit * 1000)
    results = _results_of(dramatiq.get_broker())
    if "ignore_result" in given and results is not None:
        options["store_results"] = not given["ignore_result"]
    if "headers" in given:
        options["headers"] = given["headers"]
    return options, _queue_of(step, given.get("queue")), delay


def _queue_of(step: dict[str, Any], queue_name: str | None) -> str:
    """Return the actor's queue, or another one that a worker reads."""
    own = str(step["queue"])
    if queue_name is None:
        return own
    known = {own, *dramatiq.get_broker().get_declared_queues()}
    for name in (queue_name, f"dramatiq_{queue_name}"):
        if name in known:
            return name
    raise QueueNotFound(f"no worker reads the queue {queue_name!r}")


def _go_on(value: Any, then: list[dict[str, Any]]) -> None:
    """Do the next step with a result, or bring it to the others."""
    if not then:
        return
    first, *rest = then
    if "step" in first:
        _start([first["step"]], (value,), {}, rest)
    else:
        _join(first, {"value": value}, rest)


def _fail(
    exception: BaseException,
    then: list[dict[str, Any]],
    message_id: str,
) -> None:
    """Fail what would have followed, up to where others are waited for."""
    results = _results_of(dramatiq.get_broker())
    for position, each in enumerate(then):
        if "join" in each:
            part = {"error": repr(exception), "id": message_id}
            _join(each, part, then[position + 1 :])
            return
        # The members of a group stay PENDING, as in Celery.
        if results is not None and "group" not in each["step"]:
            where = _id_only(each["step"]["id"])
            ttl = results.result_ttl
            results.backend.store_exception(where, exception, ttl)


def _join(
    join: dict[str, Any],
    part: dict[str, Any],
    then: list[dict[str, Any]],
) -> None:
    """Keep a part; with the last one, go on with the values of all."""
    parts = _kept_parts(join, part)
    if parts is None:
        return
    for each in parts:
        if "error" in each:
            reason = f"Dependency {each['id']} raised {each['error']}"
            _fail(ChordError(reason), then, each["id"])
            return
    _go_on([each["value"] for each in parts], then)


# The parts that a result backend in this process keeps, not a server.
_PARTS: dict[str, dict[int, Any]] = {}

_PARTS_LOCK = threading.Lock()


def _kept_parts(join: dict[str, Any], part: dict[str, Any]) -> Any:
    """Keep a part, once; return all of them, in order, if it was the last."""
    results = _results_of(dramatiq.get_broker())
    backend, size, index = results.backend, join["size"], join["index"]
    key = backend.build_message_key(_id_only(join["join"] + ":parts"))
    if not hasattr(backend, "client"):
        with _PARTS_LOCK:
            parts = _PARTS.setdefault(key, {})
            new = index not in parts
            parts[index] = part
        whole = new and len(parts) == size
        return [parts[each] for each in range(size)] if whole else None
    with backend.client.pipeline() as pipe:
        pipe.hsetnx(key, str(index), backend.encoder.encode(part))
        pipe.hlen(key)
        pipe.pexpire(key, results.result_ttl)
        new, count, _ = pipe.execute()
    if not new or count < size:
        return None
    found = backend.client.hmget(key, [str(each) for each in range(size)])
    return [backend.encoder.decode(each) for each in found]


class GroupResult:
    """The results of a group: celery.result.GroupResult."""

    def __init__(self, group_id: str, results: list[Any]) -> None:
        self.id = group_id
        self.results = results
        self.parent: Any = None

    @property
    def children(self) -> list[Any]:
        """The results."""
        return self.results

    def ready(self) -> bool:
        """Tell whether all are there."""
        return all(each.ready() for each in self.results)

    def successful(self) -> bool:
        """Tell whether all have returned."""
        return all(each.successful() for each in self.results)

    def failed(self) -> bool:
        """Tell whether any has failed."""
        return any(each.failed() for each in self.results)

    def waiting(self) -> bool:
        """Tell whether any is not there yet."""
        return not self.ready()

    def completed_count(self) -> int:
        """Count those that have returned."""
        return sum(each.successful() for each in self.results)

    def get(
        self,
        timeout: float | None = None,
        propagate: bool = True,
        *_: Any,
        callback: Any = None,
        **__: Any,
    ) -> list[Any]:
        """Wait for all of them; see `TaskResult.get`."""
        _assert_may_wait()
        end = None if timeout is None else monotonic() + timeout
        while propagate and not self.ready():
            for each in self.results:
                each.maybe_throw()
            if end is not None and monotonic() > end:
                raise ResultTimeout("The operation timed out.")
            sleep(0.02)
        found = []
        for each in self.results:
            left = None if end is None else max(0.0, end - monotonic())
            found.append(each.get(left, propagate, callback=callback))
        return found

    join = get

    def maybe_throw(self, callback: Any = None) -> None:
        """Raise what any of them raised."""
        for each in self.results:
            each.maybe_throw(callback=callback)

    maybe_reraise = maybe_throw

    def forget(self) -> None:
        """Forget all of them."""
        for each in self.results:
            each.forget()

    def __iter__(self) -> Any:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, index: Any) -> Any:
        return self.results[index]

    def __str__(self) -> str:
        return self.id
