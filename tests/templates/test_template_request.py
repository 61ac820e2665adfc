"""`request` knows what celery.app.task.Context knows, as far as a message does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import celery  # type: ignore[import-untyped]
import dramatiq
import pytest
from celery.contrib.testing.worker import start_worker  # type: ignore[import-untyped]

from celery2dramatiq.templates.dramatiq_helpers import request, retry, retry_policy, send_to

if TYPE_CHECKING:
    from collections.abc import Callable

ATTRIBUTES = ["id", "correlation_id", "retries", "args", "kwargs", "task", "headers"]
ATTRIBUTES += ["called_directly", "task_id", "hostname", "x"]


def seen(found: Any) -> dict[str, Any]:
    """The attributes, without the values that are random or named after the project."""
    values = {name: found.get(name, "missing") for name in ATTRIBUTES}
    values["has its id"] = values["id"] is not None and values.pop("id") == values.pop(
        "correlation_id"
    )
    values["queue"] = found.delivery_info and found.delivery_info["routing_key"]
    return values


@pytest.fixture(scope="module")
def in_celery() -> dict[str, dict[str, Any]]:
    """What a task sees: sent, sent with more, called, and called by another task."""
    app = celery.Celery(broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.worker_hijack_root_logger = False
    app.conf.broker_transport_options = {"polling_interval": 0.01}
    app.conf.task_default_queue = "default"

    def look(self: Any, *args: Any, **kwargs: Any) -> Any:
        return seen(self.request)

    def outer(self: Any) -> Any:
        return task(5)

    options = {"bind": True, "shared": False}
    task = app.task(look, name="look", **options)
    calling = app.task(outer, name="outer", **options)
    queues = ["default", "celery"]
    with start_worker(app, perform_ping_check=False, pool="solo", loglevel=50, queues=queues):
        plain = task.delay(1, b=2)
        more = task.apply_async((1,), headers={"x": 1}, queue="celery")
        nested = calling.delay()
        return {
            "sent": plain.get(timeout=10),
            "sent with more": more.get(timeout=10),
            "called": task(5),
            "called by another": nested.get(timeout=10),
        }


@pytest.fixture
def look(broker: dramatiq.Broker) -> dramatiq.Actor[..., Any]:
    @dramatiq.actor
    def look(*args: Any, **kwargs: Any) -> Any:
        return seen(request(look))

    return look


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    return {name: (ours[name], theirs[name]) for name in theirs if ours[name] != theirs[name]}


def result(message: dramatiq.Message[Any]) -> Any:
    return message.get_result(block=True, timeout=5000)


def test_sent(
    look: dramatiq.Actor[..., Any], worker: dramatiq.Worker, in_celery: dict[str, Any]
) -> None:
    ours = result(look.send(1, b=2))
    found = differences(ours, in_celery["sent"])
    assert found.pop("hostname")[0].startswith("dramatiq@")
    assert not found
    assert (ours["args"], ours["kwargs"], ours["task"]) == ([1], {"b": 2}, "look")


def test_sent_with_headers_to_another_queue_and_later(
    broker: dramatiq.Broker,
    look: dramatiq.Actor[..., Any],
    worker: dramatiq.Worker,
    in_celery: dict[str, Any],
) -> None:
    broker.declare_queue("celery")
    ours = result(send_to("celery", look, (1,), delay=10, headers={"x": 1}))
    found = differences(ours, in_celery["sent with more"])
    # Celery makes an attribute of each header, too.
    assert found.pop("x") == ("missing", 1)
    assert found.pop("hostname")[0].startswith("dramatiq@")
    assert not found
    assert (ours["headers"], ours["queue"]) == ({"x": 1}, "celery")


def test_called(
    broker: dramatiq.Broker,
    look: dramatiq.Actor[..., Any],
    request: pytest.FixtureRequest,
    in_celery: dict[str, Any],
) -> None:
    @dramatiq.actor
    def outer() -> Any:
        return look(5)

    request.getfixturevalue("worker")
    for ours, how in [(look(5), "called"), (result(outer.send()), "called by another")]:
        found = differences(ours, in_celery[how])
        # Celery knows the arguments of a direct call, but not the task's name, which is harmless.
        assert found.pop("args") == (None, [5] if how != "called" else (5,))
        assert found.pop("kwargs") == (None, {})
        assert found.pop("task") == ("look", "missing")
        assert not found
        assert ours["called_directly"] is True


def test_the_id_stays_and_the_retries_are_counted(
    broker: dramatiq.Broker, request: pytest.FixtureRequest
) -> None:
    seen_here: list[Any] = []
    get_request: Callable[..., Any] = globals()["request"]

    @dramatiq.actor(retry_when=retry_policy())
    def thrice() -> None:
        now = get_request(thrice)
        seen_here.append((now.id, now.retries, now.args))
        if now.retries < 2:
            retry(thrice, countdown=0)

    request.getfixturevalue("worker")
    message = thrice.send()
    result(message)
    assert seen_here == [(message.message_id, retries, []) for retries in range(3)]


def test_it_shows_its_attributes(broker: dramatiq.Broker) -> None:
    actor = dramatiq.actor(actor_name="a", broker=broker)(print)
    shown = repr(request(actor))
    assert shown.startswith("<Context: {")
    assert "'called_directly': True" in shown
