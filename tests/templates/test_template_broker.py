"""`make_broker`: what the broker is made of."""

# mypy: allow-untyped-calls

from __future__ import annotations

import itertools
import subprocess
import sys
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import celery  # type: ignore[import-untyped]
import dramatiq
import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import GroupCallbacks, Retries, TimeLimit, default_middleware
from dramatiq.rate_limits.backends import StubBackend as StubRateLimits
from dramatiq.results import ResultFailure, Results

from celery2dramatiq.templates import choices, compose
from celery2dramatiq.templates.dramatiq_helpers import (
    _broker_urls,
    _server_urls,
    make_broker,
    retry_policy,
)

if TYPE_CHECKING:
    from pathlib import Path

DRAMATIQS = ["AgeLimit", "TimeLimit", "ShutdownNotifications", "Callbacks", "Pipelines", "Retries"]
WITH_RESULTS = [
    *choices("_MIDDLEWARE").values(),  # where they are needed
    *DRAMATIQS[:-1],
    *("CeleryRetries", "CurrentMessage"),
    *choices("_LAST_MIDDLEWARE").values(),
    "Results",
]


def names(broker: dramatiq.Broker) -> list[str]:
    return [type(each).__name__ for each in broker.middleware]


def only(broker: dramatiq.Broker, kind: type) -> Any:
    (found,) = (each for each in broker.middleware if isinstance(each, kind))
    return found


def test_the_middleware() -> None:
    assert names(make_broker("memory://", "cache+memory://")) == WITH_RESULTS
    assert names(make_broker("memory://")) == WITH_RESULTS[:-1]
    defaults = [each.__name__ for each in default_middleware]
    assert defaults == DRAMATIQS


def test_group_callbacks_can_come_before_the_results() -> None:
    broker = make_broker("memory://", "cache+memory://")
    broker.add_middleware(GroupCallbacks(StubRateLimits()), before=Results)
    assert names(broker) == [*WITH_RESULTS[:-1], "GroupCallbacks", "Results"]


def test_celerys_defaults() -> None:
    broker = make_broker("memory://", "cache+memory://")
    assert only(broker, Retries).max_retries == 0
    assert only(broker, TimeLimit).time_limit == float("inf")
    results = only(broker, Results)
    assert (results.store_results, results.result_ttl) == (True, 24 * 60 * 60 * 1000)


def test_other_values() -> None:
    broker = make_broker(
        "memory://",
        "cache+memory://",
        result_expires=0.005,
        task_ignore_result=True,
        max_retries=20,
        task_time_limit=7,
    )
    assert only(broker, Retries).max_retries == 20
    assert only(broker, TimeLimit).time_limit == 7000
    results = only(broker, Results)
    assert (results.store_results, results.result_ttl) == (False, 5)


def test_a_time_may_be_a_timedelta() -> None:
    hour = timedelta(hours=1)
    results = only(make_broker("memory://", "cache+memory://", result_expires=hour), Results)
    assert results.result_ttl == 3_600_000


@pytest.mark.parametrize(("soft", "limit"), [(3, 3000), (0, 7000), (None, 7000)])
def test_the_soft_time_limit_wins(soft: int | None, limit: int) -> None:
    broker = make_broker("memory://", task_time_limit=7, task_soft_time_limit=soft)
    assert only(broker, TimeLimit).time_limit == limit


@pytest.mark.parametrize("expires", [None, 0, timedelta()])
def test_results_without_an_end(expires: int | timedelta | None) -> None:
    broker = make_broker("memory://", "cache+memory://", result_expires=expires)
    results = only(broker, Results)
    assert results.result_ttl > 10 * 365 * 24 * 60 * 60 * 1000


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://", RedisBroker),
        ("rediss://host", RedisBroker),
        ("redis+socket:///tmp/r", RedisBroker),
        ("unix:///tmp/r", RedisBroker),
        ("amqp://", RabbitmqBroker),
        ("amqps://host", RabbitmqBroker),
        ("pyamqp://", RabbitmqBroker),
        ("librabbitmq://", RabbitmqBroker),
        ("memory://", StubBroker),
        ("memory://localhost/", StubBroker),
    ],
)
def test_the_scheme_decides(url: str, kind: type) -> None:
    # Each takes the options of the others: one call serves every environment.
    assert type(make_broker(url, namespace="app", max_priority=9)) is kind


def test_options_of_one_broker() -> None:
    redis_broker: Any = make_broker("redis://", namespace="app")
    assert redis_broker.namespace == "app"
    rabbitmq_broker: Any = make_broker("amqp://", max_priority=9)
    assert rabbitmq_broker.max_priority == 9


@pytest.mark.parametrize(
    ("url", "results", "needs"),
    [
        ("memory://", "cache+memory://", set()),
        ("amqp://", None, {"pika"}),
        (None, None, {"pika"}),
        ("redis://", None, {"redis"}),
        ("amqp://", "redis://", {"pika", "redis"}),
    ],
)
def test_only_the_library_of_that_broker_is_imported(
    tmp_path: Path, url: str | None, results: str | None, needs: set[str]
) -> None:
    (tmp_path / "helpers_of_a_project.py").write_text(compose(["make_broker"]))
    code = (
        "import sys\n"
        "from helpers_of_a_project import make_broker\n"
        f"make_broker({url!r}, {results!r})\n"
        "print(*{'pika', 'redis', 'celery'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == needs


@pytest.mark.parametrize("max_retries", [0, 2])
def test_how_often_a_message_is_tried_again(redis_url: str, max_retries: int) -> None:
    """An actor with a policy has its own limit, as `retry_policy` says."""
    namespace = str(uuid.uuid4())
    broker = make_broker(redis_url, redis_url, max_retries=max_retries, namespace=namespace)
    backend = broker.get_results_backend()
    runs: list[str] = []

    @dramatiq.actor(broker=broker, min_backoff=1, max_backoff=2)
    def plain() -> None:
        runs.append("plain")
        raise ValueError

    @dramatiq.actor(broker=broker, min_backoff=1, max_backoff=2, max_retries=1)
    def own() -> None:
        runs.append("own")
        raise ValueError

    @dramatiq.actor(broker=broker, min_backoff=1, max_backoff=2, retry_when=retry_policy())
    def policy() -> None:
        runs.append("policy")
        raise ValueError

    worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
    worker.start()
    try:
        for actor in (plain, own, policy):
            with pytest.raises(ResultFailure):
                actor.send().get_result(backend=backend, block=True, timeout=5000)
    finally:
        worker.stop()
        broker.close()
    assert runs == ["plain"] * (max_retries + 1) + ["own"] * 2 + ["policy"]


NAMES = ["BROKER_URL", "BROKER_READ_URL", "BROKER_WRITE_URL"]


@pytest.mark.parametrize("configured", [None, "redis://conf/1", ["amqp://one", "amqp://two"]])
@pytest.mark.parametrize("values", [*itertools.product([None, "", "a", "b"], repeat=3)], ids=str)
def test_the_brokers_url_is_that_of_celerys_settings(
    monkeypatch: pytest.MonkeyPatch, configured: Any, values: tuple[str | None, ...]
) -> None:
    for name, value in zip(NAMES, values, strict=True):
        if value is not None:
            monkeypatch.setenv(f"CELERY_{name}", value and f"redis://{value}/1")
    conf = celery.Celery(broker=configured, set_as_current=False).conf
    if conf.broker_read_url == conf.broker_write_url:
        assert _broker_urls(configured) == _server_urls(conf.broker_read_url)
    else:
        with pytest.raises(ValueError, match="set neither CELERY_BROKER_READ_URL nor"):
            make_broker(configured)


def test_a_url_that_is_none_of_celerys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(f"CELERY_{name}", f"amqp://{name}")
    broker: Any = make_broker("redis://other/3", own_url=True)
    assert broker.client.connection_pool.connection_kwargs["host"] == "other"


def test_the_broker_and_the_results_are_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://broker/1")
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "redis://results/2")
    app = celery.Celery(broker="amqp://", backend="rpc://", set_as_current=False)
    broker: Any = make_broker("amqp://", "rpc://")
    assert app.connection_for_write().hostname == "broker"
    assert app.backend.as_uri() == "redis://results/2"
    clients = broker.client, broker.get_results_backend().client
    found = [client.connection_pool.connection_kwargs for client in clients]
    assert [(each["host"], each["db"]) for each in found] == [("broker", 1), ("results", 2)]


@pytest.mark.parametrize("configured", [None, "cache+memory://"])
@pytest.mark.parametrize("value", [None, "", "disabled://", "cache+memory://"])
def test_the_result_backend_is_that_of_celerys_settings(
    monkeypatch: pytest.MonkeyPatch, configured: str | None, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("CELERY_RESULT_BACKEND", value)
    app = celery.Celery(broker="memory://", backend=configured, set_as_current=False)
    with_results = app.backend.as_uri() != "disabled://"
    assert ("Results" in names(make_broker("memory://", configured))) == with_results


def test_a_result_goes_through_redis(broker: dramatiq.Broker, redis_url: str) -> None:
    @dramatiq.actor(store_results=True)
    def plus_one(x: int) -> int:
        return x + 1

    worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
    worker.start()
    try:
        message = plus_one.send(1)
        assert message.get_result(block=True, timeout=5000) == 2
    finally:
        worker.stop()
    backend: Any = broker.get_results_backend()
    assert 86_000_000 < backend.client.pttl(backend.build_message_key(message)) <= 86_400_000


def test_a_socket_of_redis(redis_socket: Path) -> None:
    broker: Any = make_broker(f"redis+socket://{redis_socket}?virtual_host=3")
    broker.client.set("c2d", "here")
    try:
        assert broker.client.get("c2d") == b"here"
        assert broker.client.connection_pool.connection_kwargs["db"] == 3
    finally:
        broker.client.flushdb()


def test_coroutines_run_where_that_is_wished() -> None:
    broker = make_broker("memory://", run_coroutines=True)
    assert set(names(broker)) == {*WITH_RESULTS[:-1], "AsyncIO"}


@pytest.mark.parametrize(
    ("name", "prefix", "queues"),
    [
        ("blue", "", {"blue", "own"}),
        ("blue", "dramatiq_", {"dramatiq_blue", "own"}),
        ("celery", "dramatiq_", {"default", "own"}),
        (None, "dramatiq_", {"default", "own"}),
        ("", "", {"default", "own"}),
    ],
)
def test_the_default_queue(name: str | None, prefix: str, queues: set[str]) -> None:
    broker = make_broker("memory://", task_default_queue=name, queue_prefix=prefix)
    dramatiq.actor(actor_name="plain", broker=broker)(names)
    dramatiq.actor(actor_name="named", queue_name="own", broker=broker)(names)
    assert {name for name in broker.get_declared_queues() if name[-3:] != ".DQ"} == queues
    assert broker.get_actor("plain").message().queue_name in queues - {"own"}


def test_a_default_queue_that_dramatiq_refuses() -> None:
    with pytest.raises(ValueError, match="'1st' cannot be the name of a queue"):
        make_broker("memory://", task_default_queue="1st")
