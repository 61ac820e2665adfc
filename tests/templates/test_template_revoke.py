"""`revoke()`: messages that are skipped, tasks that are ended, and their states."""

# mypy: allow-untyped-calls

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest

from celery2dramatiq.templates import dramatiq_helpers
from celery2dramatiq.templates.dramatiq_helpers import (
    Group,
    TaskResult,
    TaskRevokedError,
    make_broker,
    revoke,
    signature,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def wait_for(what: Callable[[], Any]) -> None:
    end = time.monotonic() + 5
    while not what():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def test_a_message_that_waits(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    seen: list[int] = []
    actor = dramatiq.actor(actor_name="see", broker=broker)(seen.append)
    message = actor.send_with_options(args=(1,), delay=500)
    revoke(message)
    assert TaskResult(message).state == "REVOKED"
    group = Group([signature(actor, 2), signature(actor, 3)]).apply_async(countdown=0.3)
    revoke(group)
    ids = [actor.send_with_options(args=(n,), delay=300).message_id for n in (4, 5)]
    revoke(ids)
    TaskResult(ids[0]).forget()
    revoke("nobody knows it", terminate=True)
    time.sleep(1.5)
    TaskResult(actor.send(6)).get(5)
    assert seen == [6]
    with pytest.raises(TaskRevokedError, match="revoked"):
        TaskResult(ids[0]).get(5)
    assert [each.state for each in group.results] == ["REVOKED"] * 2


def test_a_task_that_runs(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    began: list[str] = []

    def work() -> None:
        began.append("began")
        for _ in range(100):
            time.sleep(0.05)

    actor = dramatiq.actor(actor_name="work", broker=broker)(work)
    result = TaskResult(actor.send())
    wait_for(lambda: began)
    revoke(result)
    assert result.state == "PENDING"
    revoke(result, terminate=True)
    with pytest.raises(TaskRevokedError, match="terminated"):
        result.get(5)
    assert result.state == "REVOKED"
    done = TaskResult(actor.send())
    revoke(result)
    assert result.result.args == ("terminated",)
    revoke(done, terminate=True)


def test_a_second_worker_of_the_process(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    again = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
    again.start()
    again.stop()
    names = [type(each).__name__ for each in broker.middleware]
    assert names.count("Revocable") == 1
    assert names.index("Revocable") > names.index("Results")


def test_the_results_may_be_in_redis(redis_url: str) -> None:
    broker = make_broker("memory://", redis_url, namespace=str(uuid.uuid4()))
    kept = dramatiq_helpers._revoked_ids(broker)
    assert kept.client.ping()


def test_without_results(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = make_broker(redis_url, namespace=str(uuid.uuid4()))
    monkeypatch.setattr(dramatiq, "get_broker", lambda: broker)
    revoke("an-id")
    key = dramatiq_helpers._revoked_ids(broker)._encode_key("cancel:an-id")
    assert broker.client.llen(key) == 1  # type: ignore[attr-defined]
    broker.client.delete(key)  # type: ignore[attr-defined]


def test_without_redis(memory_broker: dramatiq.Broker) -> None:
    with pytest.raises(RuntimeError, match="need a Redis server"):
        revoke("an-id")
