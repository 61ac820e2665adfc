"""Celery's tasks, carried by Dramatiq: for development only.

Written by celery2dramatiq. Celery still makes, traces, retries and chains the
tasks, and keeps their results; only the queues and the worker are Dramatiq's.
Nothing imports this module unless the switch is on, so that Dramatiq need not
be installed anywhere else.
"""

# mypy: allow-untyped-calls, disable-error-code="import-untyped"

from __future__ import annotations

import base64
import logging
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import dramatiq
from celery import signals
from celery._state import _set_task_join_will_block
from celery.app.task import Context
from celery.app.trace import build_tracer, setup_worker_optimizations
from celery.exceptions import (
    NotRegistered,
    Reject,
    SoftTimeLimitExceeded,
    TimeLimitExceeded,
)
from celery.utils.time import maybe_iso8601
from dramatiq.middleware import TimeLimitExceeded as Stopped
from dramatiq.middleware.threading import raise_thread_exception
from kombu import serialization
from kombu.compression import compress, decompress
from kombu.utils.imports import symbol_by_name

from .dramatiq_helpers import make_broker

ACTOR = "celery.task"
logger = logging.getLogger(__name__)

# Options of Celery's that say how to speak with its broker.
_NOT_CARRIED = {
    "confirm_timeout",
    "delivery_mode",
    "event_dispatcher",
    "exchange_type",
    "retry",
    "timeout",
}


def install(app: Any) -> None:
    """Let a Celery app send through Dramatiq; a second time does nothing.

    The app's configuration is not read before something is sent. What the
    app's own ``amqp`` class does otherwise stays.
    """
    present = symbol_by_name(app.amqp_cls)
    if not issubclass(present, CarriedAMQP):
        app.amqp_cls = type("AMQP", (CarriedAMQP, present), {})
        app.__dict__.pop("amqp", None)


class CarriedAMQP:
    """Takes the place of what sends in ``celery.app.amqp.AMQP``."""

    app: Any
    queues: Any
    default_queue: Any
    _broker: dramatiq.Broker | None = None

    @property
    def broker(self) -> dramatiq.Broker:
        """The Dramatiq broker at the app's ``broker_url``, made when used.

        It has the app's transport options, and keys or queues of its own.
        """
        if self._broker is None:
            conf = self.app.conf
            self._broker = make_broker(
                conf.broker_write_url,
                broker_transport_options=conf.broker_transport_options,
                broker_use_ssl=conf.broker_use_ssl,
            )
            dramatiq.set_broker(self._broker)
        return self._broker

    def _create_task_sender(self) -> Any:
        """Return what ``send_task`` and ``apply_async`` send with."""

        def send_task_message(
            _: Any,
            name: str,
            message: Any,
            headers: dict[str, Any] | None = None,
            declare: Any = None,
            retry_policy: dict[str, Any] | None = None,
            serializer: str | None = None,
            compression: str | None = None,
            exchange: Any = None,
            routing_key: str | None = None,
            queue: Any = None,
            **options: Any,
        ) -> None:
            sent, properties, body = message[0], message[1], message[2]
            if "task" not in sent:
                raise ValueError("only Celery's task_protocol 2 is carried")
            sent.update(headers or {})
            given = {k: options[k] for k in options.keys() - _NOT_CARRIED}
            properties.update(given)
            to = self._queue_name(queue, exchange, routing_key)
            signals.before_task_publish.send(
                sender=name,
                body=body,
                exchange="",
                routing_key=to,
                declare=declare or [],
                headers=sent,
                properties=properties,
                retry_policy=dict(retry_policy or {}),
            )
            conf = self.app.conf
            content = _packed(
                body,
                serializer or conf.task_serializer,
                compression or conf.task_compression,
            )
            self.enqueue(to, sent, properties, content)
            signals.after_task_publish.send(
                sender=name,
                body=body,
                headers=sent,
                exchange="",
                routing_key=to,
            )

        return send_task_message

    def enqueue(
        self,
        queue: str,
        headers: dict[str, Any],
        properties: dict[str, Any],
        content: dict[str, str],
    ) -> None:
        """Send a task's message, to be taken when its ETA has come."""
        name = self.dramatiq_queue(queue)
        self.broker.declare_queue(name)
        message: dramatiq.Message[Any] = dramatiq.Message(
            queue_name=name,
            actor_name=ACTOR,
            args=(queue, headers, properties, content),
            kwargs={},
            options={},
        )
        wait = _milliseconds_until(headers.get("eta"))
        self.broker.enqueue(message, delay=wait if wait > 0 else None)

    def dramatiq_queue(self, name: str) -> str:
        """Name the queue so that Celery never reads it.

        Dramatiq's keys in Redis have a prefix of their own, as its queues
        have in SQS.
        """
        url = self.app.conf.broker_write_url or "amqp"
        return f"dramatiq_{name}" if "amqp" in url.split(":")[0] else name

    def _queue_name(
        self,
        queue: Any,
        exchange: Any,
        routing_key: str | None,
    ) -> str:
        """Return the queue that Celery's broker would put a message in.

        A ValueError if that may be several, or depends on bindings.
        """
        if queue is not None:
            return str(getattr(queue, "name", queue))
        exchange = str(getattr(exchange, "name", exchange) or "")
        if not exchange:
            return str(routing_key or self.default_queue.name)
        for each in self.queues.values():
            known = getattr(each.exchange, "name", None)
            direct = getattr(each.exchange, "type", None) == "direct"
            if (known, each.routing_key) == (exchange, routing_key) and direct:
                return str(each.name)
        raise ValueError(
            f"exchange {exchange!r} with routing key {routing_key!r} leads to "
            "no queue that is known: only direct exchanges are carried"
        )


def serve(app: Any, queues: Collection[str] = ()) -> dramatiq.Broker:
    """Declare the actor that runs the app's tasks, and return its broker.

    Imports what a Celery worker would import. ``queues`` are those to read,
    as in ``celery worker -Q``; without any, or where one of them is ``*``,
    those of the app's settings, too.
    """
    install(app)
    amqp, hostname = app.amqp, socket.gethostname()
    names = [name for name in queues if name != "*"]
    if not names or "*" in queues:
        names = [*amqp.queues, *names]
    worker = _Worker(app, hostname)
    app.loader.init_worker()
    signals.worker_init.send(sender=worker)
    setup_worker_optimizations(app, hostname)
    _set_task_join_will_block(True)
    amqp.broker.add_middleware(_WorkerSignals(worker))
    declare = dramatiq.actor(
        actor_name=ACTOR,
        queue_name=amqp.dramatiq_queue(names[0]),
        broker=amqp.broker,
    )
    declare(_runner(app, hostname))
    for name in names:
        amqp.broker.declare_queue(amqp.dramatiq_queue(name))
    broker: dramatiq.Broker = amqp.broker
    return broker


class _Worker:
    """What the receivers of a worker's signals may ask of it."""

    pool_cls = "threads"

    def __init__(self, app: Any, hostname: str) -> None:
        self.app = app
        self.hostname = hostname


class _WorkerSignals(dramatiq.Middleware):
    """Sends the signals of a Celery worker's own life."""

    def __init__(self, worker: _Worker) -> None:
        self.worker = worker

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        """Do what a process of Celery's pool does first."""
        self.worker.app.loader.init_worker_process()
        signals.worker_process_init.send(sender=None)

    def after_worker_boot(self, broker: dramatiq.Broker, worker: Any) -> None:
        """Say that tasks are taken from now on."""
        signals.worker_ready.send(sender=self.worker)

    def after_worker_shutdown(
        self,
        broker: dramatiq.Broker,
        worker: Any,
    ) -> None:
        """Say that no more tasks are taken."""
        signals.worker_process_shutdown.send(sender=None, pid=None, exitcode=0)
        signals.worker_shutdown.send(sender=self.worker)


def _runner(app: Any, hostname: str) -> Any:
    """Return the function of the actor."""

    def run(
        queue: str,
        headers: dict[str, Any],
        properties: dict[str, Any],
        content: dict[str, str],
    ) -> None:
        """Do with one message what ``celery.worker.request.Request`` does."""
        args, kwargs, embed = _unpacked(content, app.conf.accept_content)
        request = dict(
            properties,
            **{**headers, **embed},
            args=args,
            kwargs=kwargs,
            is_eager=False,
            hostname=hostname,
            delivery_info={
                "exchange": "",
                "routing_key": queue,
                "priority": properties.get("priority"),
                "redelivered": False,
            },
        )
        task = _registered(app, request)
        if task is not None and not _expired(task, request):
            result = _traced(app, task, request)
            # Celery has acknowledged the message of any other task by then.
            late = task.acks_late and isinstance(result, Reject)
            if late and result.requeue:
                app.amqp.enqueue(queue, headers, properties, content)

    return run


def _registered(app: Any, request: dict[str, Any]) -> Any:
    """Return the task; None if there is none, which is then its failure."""
    name = request["task"]
    if name in app.tasks:
        return app.tasks[name]
    logger.error("Received unregistered task of type %r.", name)
    app.backend.mark_as_failure(
        request["id"],
        NotRegistered(name),
        request=Context(request),
    )
    return None


def _expired(task: Any, request: dict[str, Any]) -> bool:
    """Tell whether it is too late for a task, which is then revoked."""
    expires = request.get("expires")
    if not expires or _milliseconds_until(expires) > 0:
        return False
    context = Context(request)
    logger.info("Discarding revoked task: %s[%s]", task.name, request["id"])
    store = not task.ignore_result or task.store_errors_even_if_ignored
    task.backend.mark_as_revoked(
        request["id"],
        "expired",
        request=context,
        store_result=store,
    )
    signals.task_revoked.send(
        sender=task,
        request=context,
        terminated=False,
        signum=None,
        expired=True,
    )
    return True


def _traced(app: Any, task: Any, request: dict[str, Any]) -> Any:
    """Run a task as Celery does; return the exception that ended it."""
    if task.__trace__ is None:
        task.__trace__ = build_tracer(
            task.name,
            task,
            app.loader,
            request["hostname"],
            app=app,
        )
    hard, soft = request.get("timelimit") or (None, None)
    hard, soft = hard or task.time_limit, soft or task.soft_time_limit
    try:
        with _limit(hard, Stopped), _limit(soft, SoftTimeLimitExceeded):
            traced = task.__trace__(
                request["id"],
                request["args"],
                request["kwargs"],
                request,
            )
    except Stopped:
        logger.error(
            "Hard time limit (%ss) exceeded for %s[%s]",
            hard,
            task.name,
            request["id"],
        )
        task.backend.mark_as_failure(
            request["id"],
            TimeLimitExceeded(hard),
            request=Context(request),
        )
        return None
    info = traced[1]
    return None if info is None else info.retval


@contextmanager
def _limit(seconds: float | None, kind: type[BaseException]) -> Iterator[None]:
    """Raise this kind of error in this thread if what is inside takes longer."""
    if not seconds:
        yield
        return
    lock, thread = threading.Lock(), threading.get_ident()
    ended: list[bool] = []

    def interrupt() -> None:
        with lock:
            if not ended:
                raise_thread_exception(thread, kind)

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            ended.append(True)
        timer.cancel()


def _packed(
    body: Any,
    serializer: str,
    compression: str | None,
) -> dict[str, str]:
    """Serialise a body with Celery's own serialiser, so that it is as there."""
    kind, encoding, data = serialization.dumps(body, serializer)
    data = data.encode(encoding) if isinstance(data, str) else data
    content = {"content_type": kind, "encoding": encoding}
    if compression:
        data, content["compression"] = compress(data, compression)
    content["data"] = base64.b64encode(data).decode("ascii")
    return content


def _unpacked(content: dict[str, str], accept: Any) -> Any:
    """Read what ``_packed()`` wrote, if the app accepts such content."""
    data = base64.b64decode(content["data"])
    if "compression" in content:
        data = decompress(data, content["compression"])
    kind, encoding = content["content_type"], content["encoding"]
    accepted = serialization.prepare_accept_content(accept)
    return serialization.loads(data, kind, encoding, accept=accepted)


def _milliseconds_until(moment: Any) -> int:
    """Say how long it is to a moment (ISO 8601); 0 without one."""
    if not moment:
        return 0
    moment = maybe_iso8601(moment)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int((moment - datetime.now(timezone.utc)).total_seconds() * 1000)
