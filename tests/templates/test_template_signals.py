"""`Signal` and what sends it do what Celery's signals do; the bench compares the two."""

# mypy: allow-untyped-calls, disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator
from typing import Any

import dramatiq
import pytest

from celery2dramatiq.templates import dramatiq_helpers as helpers
from celery2dramatiq.templates.dramatiq_helpers import Signal, TaskClass, reject, retry_policy

TASKS = ("prerun", "postrun", "success", "failure", "retry", "revoked")


class Heard(list[tuple[str, dict[str, Any]]]):
    """What was sent, in order."""

    def names(self) -> list[str]:
        return [name for name, _ in self]


@pytest.fixture
def heard() -> Iterator[Heard]:
    found = Heard()
    signals = [value for value in vars(helpers).values() if isinstance(value, Signal)]

    def receiver(signal: Signal) -> Any:
        return lambda **given: found.append((signal.name, given))

    for signal in signals:
        signal.connect(receiver(signal), weak=False)
    yield found
    for signal in signals:
        signal._receivers.clear()


def _run(broker: dramatiq.Broker, worker: dramatiq.Worker, actor: Any, **options: Any) -> None:
    actor.send_with_options(args=(1,), **options)
    broker.join(actor.queue_name)
    worker.join()


def _actor(name: str, function: Any, **options: Any) -> Any:
    return dramatiq.actor(actor_name=name, **options)(function)


def _raise(error: BaseException) -> Any:
    raise error


def test_success(broker: dramatiq.Broker, worker: dramatiq.Worker, heard: Heard) -> None:
    heard.clear()
    _run(broker, worker, _actor("add", lambda x: x + 1))
    assert heard.names() == ["task_prerun", "task_success", "task_postrun"]
    prerun, success, postrun = (given for _, given in heard)
    assert (prerun["task"].name, prerun["args"]) == ("add", [1])
    assert repr(prerun["sender"]) == "<task add>"
    assert prerun["sender"].request.id == prerun["task_id"]
    assert (success["result"], success["runtime"] < 60) == (2, True)
    assert (postrun["state"], postrun["retval"]) == ("SUCCESS", 2)


def test_failure_and_retry(broker: dramatiq.Broker, worker: dramatiq.Worker, heard: Heard) -> None:
    heard.clear()
    policy = retry_policy(ValueError, max_retries=1, countdown=0.3)  # one at a time
    _run(broker, worker, _actor("v", lambda _: _raise(ValueError("v")), retry_when=policy))
    assert heard.names() == [
        *("task_prerun", "task_retry", "task_postrun"),
        *("task_prerun", "task_failure", "task_postrun"),
    ]
    again, failure = heard[1][1], heard[4][1]
    assert (repr(again["reason"].exc), again["request"].retries) == ("ValueError('v')", 0)
    assert (repr(failure["exception"]), failure["einfo"].type) == ("ValueError('v')", ValueError)
    assert [heard[place][1]["state"] for place in (2, 5)] == ["RETRY", "FAILURE"]


def test_a_retry_that_was_asked_for(
    broker: dramatiq.Broker, worker: dramatiq.Worker, heard: Heard
) -> None:
    heard.clear()
    asks: Any = _actor(
        "asks",
        lambda _: _raise(helpers.retry(asks, countdown=0)),
        retry_when=retry_policy(max_retries=1),
    )
    _run(broker, worker, asks)
    (again,) = (given for name, given in heard if name == "task_retry")  # the next run may overtake
    assert again["reason"].exc is None


def test_skipped(broker: dramatiq.Broker, worker: dramatiq.Worker, heard: Heard) -> None:
    heard.clear()
    _run(broker, worker, _actor("i", lambda _: _raise(dramatiq.middleware.SkipMessage())))
    _run(broker, worker, _actor("r", lambda _: reject("no")))
    states = [given["state"] for name, given in heard if name == "task_postrun"]
    assert states == ["IGNORED", "REJECTED"]
    heard.clear()
    _run(broker, worker, _actor("late", lambda _: None), delay=1500, max_age=1)
    assert heard.names() == ["task_revoked"]
    assert (heard[0][1]["expired"], heard[0][1]["request"].args) == (True, [1])


def test_the_sender_is_the_instance_of_the_class(
    broker: dramatiq.Broker, worker: dramatiq.Worker, heard: Heard
) -> None:
    heard.clear()
    actor = _actor("based", lambda _: None, base=TaskClass)
    _run(broker, worker, actor)
    assert heard[0][1]["sender"] is helpers.task_of(actor)


def test_the_worker(memory_broker: dramatiq.Broker, heard: Heard) -> None:
    worker = dramatiq.Worker(memory_broker, worker_threads=1)
    worker.start()
    worker.stop()
    assert heard.names() == [
        *("setup_logging", "after_setup_logger"),
        *("celeryd_init", "celeryd_after_setup", "worker_init", "worker_process_init"),
        *("worker_ready", "worker_shutting_down", "worker_shutdown", "worker_process_shutdown"),
    ]


def test_the_second_process(
    memory_broker: dramatiq.Broker, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing.current_process(), "name", "Process-2")
    worker = dramatiq.Worker(memory_broker, worker_threads=1)
    worker.start()
    worker.stop()
    assert not {"worker_ready", "worker_shutting_down", "worker_shutdown"} & set(heard.names())


def test_connecting() -> None:
    signal, heard = Signal("s"), []

    def plain(**given: Any) -> None:
        heard.append("plain")

    class Receiver:
        def method(self, **given: Any) -> None:
            heard.append("method")

    receiver = Receiver()
    assert signal.connect(plain) is plain
    assert signal.connect(weak=True)(plain) is plain
    signal.connect(receiver.method)
    signal.connect(lambda **_: heard.append("lost"))
    signal.connect(lambda **_: heard.append("kept"), weak=False)
    gc.collect()
    signal.send(None)
    assert heard == ["plain", "method", "kept"]
    assert repr(signal) == "<Signal: s>"
    heard.clear()
    del receiver
    gc.collect()
    signal.connect(lambda **_: heard.append("one"), weak=False, dispatch_uid="x")
    signal.connect(lambda **_: heard.append("two"), weak=False, dispatch_uid="x")
    signal.send(None)
    assert heard == ["plain", "kept", "one"]


def test_a_sender_limits_it(memory_broker: dramatiq.Broker) -> None:
    signal, heard = Signal("s"), []
    one, two = (_actor(name, lambda _: None) for name in ("one", "two"))
    signal.connect(lambda **_: heard.append("one"), sender=one, weak=False)
    signal.connect(lambda **_: heard.append("text"), sender="two", weak=False)
    signal.send(None, one.message(1))
    signal.send(None, two.message(1))
    signal.send(None)
    assert heard == ["one"]


def test_an_actor_that_is_not_there_any_more(memory_broker: dramatiq.Broker) -> None:
    message = _actor("gone", lambda _: None).message(1)
    memory_broker.actors.clear()
    assert helpers._sender(memory_broker, message).name == "gone"
