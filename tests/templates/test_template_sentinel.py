"""`make_broker` with Redis behind Sentinels, and with results in Memcached."""

# mypy: allow-untyped-calls

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import types
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
import redis
from celery import Celery  # type: ignore[import-untyped]
from kombu.connection import Connection
from redis.sentinel import Sentinel

from celery2dramatiq.templates import dramatiq_helpers as helpers
from tests.templates.conftest import _free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS = {"master_name": "main"}


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[int]:
    """The port of a Sentinel that watches the tests' Redis server."""
    folder, port = tmp_path_factory.mktemp("sentinel"), _free_port()
    server = redis_url.rpartition(":")[2].partition("/")[0]
    lines = [f"port {port}", "bind 127.0.0.1", f"sentinel monitor main 127.0.0.1 {server} 1"]
    (folder / "sentinel.conf").write_text("\n".join(lines) + "\n")
    command = [str(shutil.which("redis-server")), "sentinel.conf", "--sentinel"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as running:
        try:
            _wait_for_sentinel(port)
            yield port
        finally:
            running.terminate()


def _wait_for_sentinel(port: int) -> None:
    end = time.monotonic() + 10
    while not _knows_master(port):
        assert time.monotonic() < end
        time.sleep(0.05)


def _knows_master(port: int) -> bool:
    try:
        return bool(Sentinel([("127.0.0.1", port)]).discover_master("main"))
    except redis.ConnectionError:
        return False


def test_a_message_and_its_result_go_through_sentinels(sentinel: int) -> None:
    url = f"sentinel://127.0.0.1:{sentinel}/3;sentinel://127.0.0.1:1/3"
    broker: Any = helpers.make_broker(
        url,
        url,
        broker_transport_options=OPTIONS,
        result_backend_transport_options=OPTIONS,
    )
    add_one: Any = lambda x: x + 1  # noqa: E731
    plus_one = dramatiq.actor(broker=broker, actor_name="plus_one")(add_one)
    worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
    worker.start()
    try:
        message = plus_one.send(1)
        backend = broker.get_results_backend()
        assert message.get_result(backend=backend, block=True, timeout=5000) == 2
    finally:
        worker.stop()
        broker.client.flushdb()
    assert broker.client.connection_pool.connection_kwargs["db"] == 3


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://h",
        "sentinel://h:1/2",
        "sentinel://user:se%2Fcret@one:1/2;sentinel://two",
        "sentinel://:secret@one;sentinel://two:3",
    ],
)
@pytest.mark.parametrize(
    ("options", "use_ssl"),
    [
        ({}, None),
        ({"min_other_sentinels": 1, "sentinel_kwargs": {"password": "s"}}, None),
        ({"socket_timeout": 3}, {"ssl_cert_reqs": "none"}),
    ],
)
def test_it_is_what_kombu_asks_for(url: str, options: dict[str, Any], use_ssl: Any) -> None:
    options = {**OPTIONS, **options}
    ours = helpers._sentinel_client(url.split(";"), options, use_ssl).connection_pool
    client = Connection(url, transport_options=options, ssl=use_ssl)
    channel = object.__new__(client.get_transport_cls().Channel)
    channel.connection = types.SimpleNamespace(client=client, default_port=26379)
    for name, value in options.items():
        setattr(channel, name, value)
    theirs = channel._sentinel_managed_pool()
    assert asked(ours) == asked(theirs)


def asked(pool: Any) -> dict[str, Any]:
    """What a pool asks the Sentinels for, and how."""
    given = pool.connection_kwargs
    manager = pool.sentinel_manager
    addresses = [each.connection_pool.connection_kwargs for each in manager.sentinels]
    return {
        "service": pool.service_name,
        "sentinels": [(each["host"], each["port"], each.get("password")) for each in addresses],
        "others": manager.min_other_sentinels,
        "tls": issubclass(pool.connection_class, redis.SSLConnection),
        "db": given.get("db") or 0,
        **{name: given.get(name) for name in ("username", "password", "ssl_cert_reqs")},
    }


def test_results_are_where_celery_has_them() -> None:
    url = "sentinel://:secret@one:1/2;sentinel://two:3/2"
    ours = helpers._result_backend(url, OPTIONS).client.connection_pool
    app = Celery(backend=url, set_as_current=False)
    app.conf.result_backend_transport_options = OPTIONS
    theirs = app.backend._create_client(**app.backend.connparams).connection_pool
    assert asked(ours) == asked(theirs)
    assert ours.connection_kwargs["socket_timeout"] is None


def test_a_master_needs_a_name() -> None:
    with pytest.raises(ValueError, match="needs the option master_name"):
        helpers.make_broker("sentinel://KEY@h")


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("cache+memcached://h:11211/", ["h:11211"]),
        ("cache+pylibmc://h:1;i:2/", ["h:1", "i:2"]),
    ],
)
def test_memcached(monkeypatch: pytest.MonkeyPatch, url: str, servers: list[str]) -> None:
    """pylibmc needs a library of the system's, so what it is asked for has to be enough."""
    asked: list[Any] = []
    fake: Any = types.ModuleType("pylibmc")
    fake.Client = lambda **arguments: asked.append(arguments)
    fake.ClientPool = lambda client, size: None
    monkeypatch.setitem(sys.modules, "pylibmc", fake)
    monkeypatch.delitem(sys.modules, "dramatiq.results.backends.memcached", raising=False)
    broker = helpers.make_broker("memory://", url)
    assert type(broker.get_results_backend()).__name__ == "MemcachedBackend"
    assert asked == [{"servers": servers}]
    assert url.partition("://")[2].rstrip("/").split(";") == servers


def test_results_in_the_broker_are_in_its_redis(redis_url: str) -> None:
    broker: Any = helpers.make_broker(redis_url, "rpc://")
    ours = broker.get_results_backend().client.connection_pool.connection_kwargs
    assert ours["port"] == broker.client.connection_pool.connection_kwargs["port"]
