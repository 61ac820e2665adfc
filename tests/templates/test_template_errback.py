"""What is called, or sent, when a message has failed for good."""

# mypy: allow-untyped-calls

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest

from celery2dramatiq.templates.dramatiq_helpers import (
    TaskResult,
    _call_back,
    apply_async,
    immutable_signature,
    signature,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def wait_for(what: Callable[[], Any]) -> None:
    end = time.monotonic() + 5
    while not what():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def divide(x: int, y: int) -> float:
    return x / y


def test_errors(
    broker: dramatiq.Broker, worker: dramatiq.Worker, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Any] = []

    def called(request: Any, exc: BaseException, traceback: str) -> None:
        seen.append((request.id, type(exc).__name__, "ZeroDivisionError" in traceback))

    def broken(request: Any, exc: BaseException, traceback: str) -> None:
        raise KeyError("broken")

    def keep(task_id: str) -> None:
        seen.append(task_id)

    actor = dramatiq.actor(actor_name="divide", broker=broker)(divide)
    by_id = dramatiq.actor(actor_name="keep", broker=broker)(keep)
    calls = dramatiq.actor(actor_name="called", broker=broker)(called)
    breaks = dramatiq.actor(actor_name="broken", broker=broker)(broken)
    own = signature(actor, 1, 0)
    assert own.on_error(signature(by_id)) is own
    errback = own.link_error(signature(calls))
    assert own.link_error(errback) is errback
    own.link_error(signature(breaks))
    own.link_error(immutable_signature(by_id, "its own"))
    result = own.delay()
    wait_for(lambda: len(seen) == 3)
    assert sorted(map(str, seen)) == sorted(
        [str((result.id, "ZeroDivisionError", True)), result.id, "its own"]
    )
    assert "Errback 'broken' raised an exception" in caplog.text
    kept = apply_async(actor, (1, 1), link_error=signature(by_id))
    assert kept.get(5) == 1
    late = apply_async(actor, (1, 0), expires=-1, link_error=signature(by_id))
    wait_for(late.ready)
    assert TaskResult(late.id).state == "REVOKED"
    assert len(seen) == 3


def test_an_actor_of_another_worker(broker: dramatiq.Broker) -> None:
    actor = dramatiq.actor(actor_name="divide", broker=broker)(divide)
    away = dramatiq.actor(actor_name="away", broker=broker)(lambda task_id: None)
    broker.enqueue(actor.message(1, 0))
    message = dramatiq.MessageProxy(actor.message(1, 0))
    step: dict[str, Any] = {
        "actor": "away",
        "queue": away.queue_name,
        "id": "x",
        "args": [],
        "kwargs": {},
    }
    step.update(immutable=False, options={}, links=[], errors=[])
    del broker.actors["away"]
    _call_back(step, message, ValueError())
    assert broker.do_qsize("default") == 2  # type: ignore[attr-defined]
