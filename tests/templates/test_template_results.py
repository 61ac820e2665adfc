"""`TaskResult`, `update_state` and the result backend that finds results by id."""

# mypy: allow-untyped-calls

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from dramatiq.middleware import CurrentMessage, SkipMessage
from dramatiq.results import ResultFailure, ResultTimeout

from celery2dramatiq.templates import dramatiq_helpers
from celery2dramatiq.templates.dramatiq_helpers import (
    TaskResult,
    TaskRevokedError,
    make_broker,
    retry,
    retry_policy,
    update_state,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Refused(Exception):
    """Cannot be made of its arguments."""

    def __init__(self, code: int) -> None:
        super().__init__(code, "no")


def refuse() -> None:
    raise Refused(7)


def unwritable_error() -> None:
    raise ValueError(object())


def test_a_result(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    add = dramatiq.actor(actor_name="add", broker=broker)(lambda x, y: x + y)
    message = add.send(1, 2)
    result = TaskResult(message)
    seen: list[Any] = []
    assert result.get(5, callback=lambda *args: seen.append(args)) == 3
    assert seen == [(message.message_id, 3)]
    assert TaskResult(message.message_id) == result == message.message_id
    assert (result.id, result.task_id, str(result)) == (message.message_id,) * 3
    assert repr(result) == f"<TaskResult: {message.message_id}>"
    assert hash(result) == hash(TaskResult(result))
    assert result != 1
    assert (result.state, result.status, result.result, result.info) == ("SUCCESS",) * 2 + (3, 3)
    assert (result.ready(), result.successful(), result.failed()) == (True, True, False)
    assert result.maybe_throw(callback=lambda *args: seen.append(args)) == 3
    assert len(seen) == 2
    result.parent = TaskResult("before")
    result.forget()
    assert (result.state, result.result) == ("PENDING", None)


def test_a_failure(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    failing = dramatiq.actor(actor_name="refuse", broker=broker)(refuse)
    result = TaskResult(failing.send())
    assert "Refused" in repr(result.get(propagate=False))
    with pytest.raises(Exception, match=r"Refused'>\(\[7, 'no'\]\)"):
        result.get()
    with pytest.raises(Exception, match="Refused"):
        result.maybe_throw()
    assert result.maybe_throw(propagate=False) is not None
    assert result.failed()
    odd = dramatiq.actor(actor_name="odd", broker=broker)(unwritable_error)
    with pytest.raises(ValueError, match="object object"):
        TaskResult(odd.send()).get(5)


def test_an_unknown_class(broker: dramatiq.Broker) -> None:
    failure = ResultFailure("text", "X", "y")
    failure.__dict__["exn"] = {"module": "no.such", "type": "Odd.Name", "args": ["y"]}
    error = dramatiq_helpers._exception_of(failure)
    assert (type(error).__name__, error.args) == ("Odd.Name", ("y",))


def test_it_does_not_wait_longer(broker: dramatiq.Broker) -> None:
    with pytest.raises(ResultTimeout):
        TaskResult("nothing").get(0.1)
    with pytest.raises(ResultTimeout):
        TaskResult("nothing").get(1.1)


def test_what_cannot_be_written(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    unwritable = dramatiq.actor(actor_name="unwritable", broker=broker)(lambda: {1})
    with pytest.raises(Exception, match="not JSON serializable") as caught:
        TaskResult(unwritable.send()).get(5)
    assert type(caught.value).__name__ == "EncodeError"
    with pytest.raises(TypeError):
        dramatiq_helpers._keep_state(broker, "id", "PROGRESS", {1})


def test_what_was_too_old(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    late = dramatiq.actor(actor_name="late", broker=broker)(lambda: 1)
    result = TaskResult(late.send_with_options(max_age=1, delay=50))
    with pytest.raises(TaskRevokedError, match="expired"):
        result.get(5)
    assert result.state == "REVOKED"


def test_an_ignored_result(broker: dramatiq.Broker) -> None:
    silent = dramatiq.actor(actor_name="silent", broker=broker, store_results=False)(lambda: 1)
    assert TaskResult(silent.send()).get() is None
    unknown: dramatiq.Message[Any] = dramatiq.Message("default", "unknown", (), {}, {})
    assert not TaskResult(unknown).ignored


@contextmanager
def working_on(message: Any) -> Iterator[None]:
    current = CurrentMessage()
    current.before_process_message(dramatiq.get_broker(), message)
    try:
        yield
    finally:
        current.after_process_message(dramatiq.get_broker(), message)


def test_states_on_the_way(broker: dramatiq.Broker) -> None:
    actor = dramatiq.actor(actor_name="progress", broker=broker)(lambda: None)
    message = actor.message()
    result = TaskResult(message)
    update_state(actor, state="NOWHERE")
    with working_on(message):
        update_state(actor, state="PROGRESS", meta={"done": 1})
        with pytest.raises(RuntimeError, match="within a task"):
            result.get()
    assert (result.state, result.info) == ("PROGRESS", {"done": 1})
    update_state(actor, message.message_id, None)
    assert (result.state, result.info) == ("PENDING", None)


@pytest.mark.parametrize("exc", [None, KeyError("first"), KeyError])
def test_a_retry(broker: dramatiq.Broker, worker: dramatiq.Worker, exc: Any) -> None:
    def again() -> None:
        retry(actor, exc=exc, countdown=60)

    policy = retry_policy(max_retries=1)
    actor = dramatiq.actor(actor_name="again", broker=broker, retry_when=policy)(again)
    result = TaskResult(actor.send())
    end = time.monotonic() + 5
    while result.state != "RETRY" and time.monotonic() < end:
        time.sleep(0.02)
    assert result.state == "RETRY"
    assert type(result.info) is (KeyError if exc else type(None))


def test_a_retry_of_an_ignored_result(broker: dramatiq.Broker) -> None:
    silent = dramatiq.actor(actor_name="silent", broker=broker, store_results=False)(lambda: 1)
    message = silent.message()
    dramatiq_helpers._keep_retry(broker, message, ValueError())
    assert TaskResult(message.message_id).state == "PENDING"


def test_skipped_for_another_reason(broker: dramatiq.Broker) -> None:
    backend = dramatiq_helpers._backend()
    where = dramatiq_helpers._id_only("skipped")
    backend.store_exception(where, SkipMessage("no reason"), 1000)
    assert TaskResult("skipped").state == "FAILURE"


def test_without_a_backend() -> None:
    before = dramatiq.broker.global_broker
    broker = make_broker("memory://")
    dramatiq.set_broker(broker)
    try:
        actor = dramatiq.actor(actor_name="nothing", broker=broker)(lambda: None)
        result = TaskResult(actor.send())
        update_state(actor, "id", "PROGRESS")
        assert not dramatiq_helpers._is_result_kept(broker, actor.message())
        with pytest.raises(NotImplementedError):
            result.get()
    finally:
        dramatiq.broker.global_broker = before


class Pool:
    """As Dramatiq's Memcached backend has one."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    @contextmanager
    def reserve(self) -> Iterator[Pool]:
        yield self

    def delete(self, key: str) -> None:
        self.deleted.append(key)


def test_every_backend_can_forget(memory_broker: dramatiq.Broker) -> None:
    backend = dramatiq_helpers._backend()
    backend.store_result(dramatiq_helpers._id_only("known"), 1, 1000)
    assert TaskResult("known").result == 1
    TaskResult("known").forget()
    assert TaskResult("known").state == "PENDING"
    memcached = type("Backend", (), {"pool": Pool()})()
    dramatiq_helpers._forget(memcached, "key")
    assert memcached.pool.deleted == ["key"]
