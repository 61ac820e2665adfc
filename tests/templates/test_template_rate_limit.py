"""An actor's `rate_limit`: turns, messages that are put back, and those that come too late."""

# mypy: allow-untyped-calls

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import dramatiq
import pytest

from celery2dramatiq.templates.dramatiq_helpers import (
    LateBroker,
    TaskResult,
    _interval,
    _next_turn,
)


def test_the_interval() -> None:
    limits = (None, 0, "0/s", 2, "0.5/s", "10/m", "1/h", "3")
    wanted = [0, 0, 0, 500, 2000, 6000, 3_600_000, 334]
    assert [_interval(each) for each in limits] == wanted


def test_turns(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    seen: list[tuple[int, float]] = []

    def see(n: int) -> int:
        seen.append((n, time.monotonic()))
        return n

    actor = dramatiq.actor(actor_name="see", broker=broker, rate_limit="1.25/s")(see)
    plain = dramatiq.actor(actor_name="plain", broker=broker)(lambda: "plain")
    results = [TaskResult(actor.send(n)) for n in range(4)]
    assert TaskResult(plain.send()).get(1) == "plain"
    assert [each.get(15) for each in results] == [0, 1, 2, 3]
    times = sorted(moment for _, moment in seen)
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) > 0.75
    broker.client.delete("dramatiq:rate:see", "dramatiq:rate:see:on")  # type: ignore[attr-defined]


def test_a_message_that_comes_too_late(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    actor = dramatiq.actor(actor_name="late", broker=broker, rate_limit="0.5/s")(time.monotonic)
    client: Any = broker.client  # type: ignore[attr-defined]
    client.set("dramatiq:rate:late:on", 1, px=2500)
    began = time.monotonic()
    result = TaskResult(actor.send_with_options(turn=1))
    assert result.get(10) - began > 2.4
    client.delete("dramatiq:rate:late", "dramatiq:rate:late:on")


def test_moments_that_are_free(broker: dramatiq.Broker) -> None:
    client: Any = broker.client  # type: ignore[attr-defined]
    first = _next_turn(client, "moments", 5000)
    assert abs(first - time.time() * 1000) < 1000
    assert [_next_turn(client, "moments", 5000) - first for _ in range(2)] == [5000, 10_000]
    assert client.pttl("moments") > 5000
    client.delete("moments")


def test_an_application_that_is_made_later() -> None:
    late = LateBroker()
    dramatiq.actor(actor_name="early", broker=late, rate_limit="1/s")(lambda: None)


def test_without_redis(memory_broker: dramatiq.Broker, caplog: pytest.LogCaptureFixture) -> None:
    actor = dramatiq.actor(actor_name="kept", broker=memory_broker, rate_limit="1/s")(lambda: 1)
    worker = dramatiq.Worker(memory_broker, worker_timeout=50, worker_threads=1)
    worker.start()
    assert TaskResult(actor.send()).get(5) == 1
    worker.stop()
    assert "need a Redis server" in caplog.text
