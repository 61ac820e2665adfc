"""`carrier`: Celery's tasks on a Dramatiq broker and in its worker."""

# mypy: allow-untyped-calls

from __future__ import annotations

import time
import uuid
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from celery import Celery, _state, chord, signals  # type: ignore[import-untyped]
from celery.app import trace  # type: ignore[import-untyped]
from celery.app.amqp import AMQP  # type: ignore[import-untyped]
from celery.exceptions import (  # type: ignore[import-untyped]
    NotRegistered,
    Reject,
    SoftTimeLimitExceeded,
    TaskRevokedError,
    TimeLimitExceeded,
)
from dramatiq import broker as dramatiq_broker
from kombu.entity import Exchange, Queue

from celery2dramatiq.templates import carrier

if TYPE_CHECKING:
    from collections.abc import Iterator


def plus(x: int, y: int) -> int:
    return x + y


def summed(numbers: list[int]) -> int:
    return sum(numbers)


def listed(*given: Any) -> list[Any]:
    return list(given)


def nothing() -> None:
    pass


@pytest.fixture
def app(redis_url: str) -> Iterator[Any]:
    """An app that sends through Dramatiq; its worker is not started."""
    before = dramatiq_broker.global_broker, _state.default_app, _state.get_current_app()
    app = Celery("carried", broker=redis_url, backend=redis_url, set_as_current=False)
    # names of its own in the server that all tests share
    app.conf.task_default_queue = f"q{uuid.uuid4().hex}"
    carrier.install(app)
    yield app
    trace.reset_worker_optimizations(app)
    _state._set_task_join_will_block(False)
    dramatiq_broker.global_broker, _state.default_app, current = before
    current.set_current()
    app.close()


@pytest.fixture
def run(app: Any) -> Iterator[Any]:
    """What starts the worker, once the tasks are declared."""
    workers = []

    def start(*queues: str) -> None:
        broker = carrier.serve(app, queues)
        broker.emit_after("process_boot")
        worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
        worker.start()
        _state._set_task_join_will_block(False)  # the tests wait in the same process
        workers.append(worker)

    yield start
    for worker in workers:
        worker.stop()


def test_the_queues_of_the_settings_and_others(app: Any) -> None:
    broker = carrier.serve(app, ["*", "mail"])
    queues = {app.amqp.dramatiq_queue(name) for name in (app.conf.task_default_queue, "mail")}
    assert broker.get_declared_queues() == queues


def test_a_second_time_does_nothing(app: Any) -> None:
    amqp = app.amqp
    carrier.install(app)
    assert app.amqp is amqp
    assert isinstance(amqp, AMQP)


def test_results_chains_and_chords(app: Any, run: Any) -> None:
    add = app.task(plus, name="add")
    total = app.task(summed, name="total")
    run()
    assert add.delay(1, 2).get(timeout=10) == 3
    assert (add.s(1, 2) | add.s(3)).delay().get(timeout=10) == 6
    assert chord([add.s(1, 2), add.s(3, 4)])(total.s()).get(timeout=10) == 10


def test_a_retry_waits_and_stays_in_its_queue(app: Any, run: Any) -> None:
    seen = []

    @app.task(bind=True, name="again", max_retries=1)  # type: ignore[untyped-decorator]
    def again(self: Any) -> int:
        seen.append((time.monotonic(), self.request.delivery_info["routing_key"]))
        if self.request.retries == 0:
            raise self.retry(countdown=1)
        return int(self.request.retries)

    other = f"other{uuid.uuid4().hex}"
    run(other)
    assert again.apply_async(queue=other).get(timeout=15) == 1
    assert [queue for _, queue in seen] == [other, other]
    assert seen[1][0] - seen[0][0] >= 0.9


@pytest.mark.parametrize("kind", ["json", "pickle"])
def test_the_body_is_celerys_own(app: Any, run: Any, kind: str) -> None:
    app.conf.update(task_serializer=kind, accept_content=[kind], result_serializer=kind)
    echo = app.task(listed, name="echo")
    run()
    values = [datetime(2020, 1, 2), b"bytes", None, "text"]
    assert echo.apply_async(values, compression="gzip").get(timeout=10) == values


def test_content_that_is_not_accepted(app: Any) -> None:
    content = carrier._packed(((), {}, {}), "pickle", None)
    with pytest.raises(Exception, match="pickle"):
        carrier._unpacked(content, ["json"])


def test_too_late(app: Any, run: Any) -> None:
    seen: list[int] = []
    revoked: list[str] = []

    @app.task(name="late")  # type: ignore[untyped-decorator]
    def late() -> None:
        seen.append(1)

    @signals.task_revoked.connect(weak=False)  # type: ignore[untyped-decorator]
    def note(sender: Any, **_: Any) -> None:
        revoked.append(sender.name)

    run()
    with pytest.raises(TaskRevokedError):
        late.apply_async(expires=-5).get(timeout=10)
    late.apply_async(expires=60).get(timeout=10)
    signals.task_revoked.disconnect(note)
    assert (seen, revoked) == ([1], ["late"])


def test_a_task_that_nobody_knows(app: Any, run: Any) -> None:
    run()
    with pytest.raises(NotRegistered):
        app.send_task("nobody").get(timeout=10)


def test_limits(app: Any, run: Any) -> None:
    @app.task(name="slow")  # type: ignore[untyped-decorator]
    def slow() -> str:
        try:
            for _ in range(100):
                time.sleep(0.05)
        except SoftTimeLimitExceeded:
            return "soft"
        return "none"

    run()
    assert slow.apply_async(soft_time_limit=0.2).get(timeout=10) == "soft"
    with pytest.raises(TimeLimitExceeded):
        slow.apply_async(time_limit=0.2).get(timeout=10)


def test_a_limit_that_comes_when_all_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def timer(seconds: float, function: Any) -> Any:
        started.append(function)
        return SimpleNamespace(start=lambda: None, cancel=lambda: None, daemon=False)

    monkeypatch.setattr("threading.Timer", timer)
    with carrier._limit(1, SoftTimeLimitExceeded):
        pass
    started[0]()  # raises nothing in this thread


@pytest.mark.parametrize("late", [True, False])
def test_what_is_rejected_comes_back_if_it_is_not_acknowledged_yet(
    app: Any, run: Any, late: bool
) -> None:
    seen: list[int] = []

    @app.task(name=f"picky-{late}", acks_late=late)  # type: ignore[untyped-decorator]
    def picky() -> None:
        seen.append(len(seen))
        if len(seen) < 3:
            raise Reject("not now", requeue=True)

    run()
    picky.delay()
    end = time.monotonic() + 15
    while len(seen) < (3 if late else 1) and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0 if late else 1)  # for one that must not come
    assert seen == ([0, 1, 2] if late else [0])


def test_headers_and_properties_arrive(app: Any, run: Any) -> None:
    @app.task(bind=True, name="asked")  # type: ignore[untyped-decorator]
    def asked(self: Any) -> list[Any]:
        return [self.request.get("tenant"), self.request.delivery_info["priority"]]

    run()
    sent = asked.apply_async(headers={"tenant": "a"}, priority=3, retry=False)
    assert sent.get(timeout=10) == ["a", 3]


def test_signals_of_sending_and_of_the_worker(app: Any, run: Any) -> None:
    names = (
        "before_task_publish", "after_task_publish", "worker_init", "worker_process_init",
        "worker_ready", "task_prerun",
    )  # fmt: skip
    seen: list[str] = []
    receivers = []
    for name in names:

        def note(_name: str = name, **_: Any) -> None:
            seen.append(_name)

        getattr(signals, name).connect(note, weak=False)
        receivers.append((name, note))
    idle = app.task(nothing, name="nothing")
    run()
    idle.delay().get(timeout=10)
    for name, receiver in receivers:
        getattr(signals, name).disconnect(receiver)
    assert set(seen) == set(names)


def test_queues_by_exchange(app: Any) -> None:
    direct, topic = Exchange("mail", "direct"), Exchange("news", "topic")
    app.conf.task_queues = [
        Queue("letters", direct, routing_key="letter"),
        Queue("sports", topic, routing_key="sport.#"),
        Queue("plain"),
    ]
    name = app.amqp._queue_name
    assert name(None, direct, "letter") == "letters"
    assert name(None, "", "any") == "any"
    assert name(Queue("plain"), None, None) == "plain"
    app.conf.task_default_queue = "plain"
    assert name(None, None, None) == "plain"
    for exchange, key in ((topic, "sport.#"), ("nobody", "x"), (direct, "parcel")):
        with pytest.raises(ValueError, match="only direct exchanges are carried"):
            name(None, exchange, key)


@pytest.mark.parametrize(
    ("url", "name"),
    [("redis://h", "mail"), ("sqs://h", "mail"), ("pyamqp://h", "dramatiq_mail")],
)
def test_queues_of_its_own(url: str, name: str) -> None:
    app = Celery("apart", broker=url, set_as_current=False)
    carrier.install(app)
    assert app.amqp.dramatiq_queue("mail") == name
    app.close()


def test_protocol_1(app: Any) -> None:
    app.conf.task_protocol = 1
    with pytest.raises(ValueError, match="only Celery's task_protocol 2"):
        app.send_task("any")


def test_a_moment_without_a_zone() -> None:
    assert carrier._milliseconds_until(None) == 0
    assert carrier._milliseconds_until("2000-01-01T00:00:00") < 0
