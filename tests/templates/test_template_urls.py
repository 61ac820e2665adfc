"""The URLs that `make_broker` understands are those of kombu and Celery, and mean the same."""

# mypy: allow-untyped-calls

from __future__ import annotations

import types
from typing import Any

import celery  # type: ignore[import-untyped]
import kombu.transport.redis
import pika  # type: ignore[import-untyped]
import pytest
import redis
from kombu.connection import Connection
from kombu.utils.url import parse_url

from celery2dramatiq.templates import dramatiq_helpers as helpers

AMQP = [
    "amqp://",
    "amqp://host",
    "amqp://host/",
    "amqp://host//",
    "amqp://host/%2F",
    "amqp://host/%2f",
    "amqp://host:5673/app",
    "amqp:///app",
    "amqp://host//app",
    "amqp://host/%2Fapp",
    "amqp://host/a/b",
    "amqp://host/a%20b",
    "amqp://user@host",
    "amqp://user:@host",
    "amqp://:secret@host",
    "amqp://@host",
    "amqp://user:secret@host//",
    "amqp://us%40er:se%2Fc%3Aret%25@host/app",
    "amqp://user:se+cret@host",
    "amqp://Host.Example/App",
    "amqp://[::1]/app",
    "amqp://[::1]:5673/app",
    "amqp://host?heartbeat=10",
    "amqp://host//?heartbeat=10.0&connect_timeout=3",
    "amqps://user:secret@host",
    "amqps://user:secret@host:5679//",
    "pyamqp://guest@localhost//",
    "pyamqp://",
]


def kombu_on_rabbitmq(info: dict[str, Any]) -> dict[str, Any]:
    return {
        "host": info["hostname"],
        "port": info["port"],
        "user": info["userid"],
        "password": info["password"],
        "virtual_host": info["virtual_host"],
        "tls": bool(info["ssl"]),
    }


def pika_on_rabbitmq(found: pika.ConnectionParameters | pika.URLParameters) -> dict[str, Any]:
    credentials = found.credentials
    assert isinstance(credentials, pika.PlainCredentials)
    return {
        "host": found.host,
        "port": found.port,
        "user": credentials.username,
        "password": credentials.password,
        "virtual_host": found.virtual_host,
        "tls": found.ssl_options is not None,
    }


@pytest.mark.parametrize("url", AMQP)
def test_rabbitmq(url: str) -> None:
    ours = pika.URLParameters(helpers._amqp_url(url))
    assert pika_on_rabbitmq(ours) == kombu_on_rabbitmq(Connection(url).info())


def test_librabbitmq_is_only_another_name() -> None:
    url = "librabbitmq://user@host//"
    parts = parse_url(url)
    assert (parts["hostname"], parts["userid"], parts["virtual_host"]) == ("host", "user", "/")
    assert helpers._amqp_url(url) == "amqp://user:guest@host/%2F"


def test_options_of_rabbitmq() -> None:
    ours = pika.URLParameters(helpers._amqp_url("amqp://h?heartbeat=10.0&connect_timeout=3"))
    theirs = Connection("amqp://h?heartbeat=10.0&connect_timeout=3")
    assert ours.heartbeat == theirs.heartbeat
    assert ours.socket_timeout == float(theirs.connect_timeout)


def test_an_unknown_option_is_refused_by_both() -> None:
    with pytest.raises(TypeError):
        Connection("amqp://host?colour=red")
    with pytest.raises(ValueError, match="colour"):
        helpers.make_broker("amqp://host?colour=red")


@pytest.mark.parametrize(
    "url",
    [
        "amqp://user:secret@one;amqp://two//",
        ["amqp://one/app", "pyamqp://user@two:5673/app"],
        ("amqps://one", "amqps://two", "amqps://three"),
        "amqp://one;",
        None,
        [],
    ],
)
def test_several_servers_or_none(url: Any) -> None:
    broker: Any = helpers.make_broker(url)
    theirs = Connection(list(url) if isinstance(url, tuple) else url)
    expected = [kombu_on_rabbitmq(theirs.info())]
    for other in theirs.alt[1:]:
        if other:
            theirs.switch(other)
            expected.append(kombu_on_rabbitmq(theirs.info()))
    assert [pika_on_rabbitmq(each) for each in broker.parameters] == expected


REDIS = [
    "redis://",
    "redis://host",
    "redis://host/",
    "redis://host/3",
    "redis://host//3",
    "redis://host/%2F3",
    "redis:///3",
    "redis://host:6380/3",
    "redis://:secret@host:6380/3",
    "redis://user:se%2Fc%3Aret%25@host/3",
    "redis://user@host",
    "redis://[::1]:6380/3",
    "rediss://host",
    "rediss://host/3",
    "rediss://:secret@host:6380/3?ssl_cert_reqs=CERT_NONE",
    "rediss://host?ssl_cert_reqs=CERT_OPTIONAL",
    "rediss://host?ssl_cert_reqs=CERT_REQUIRED",
    "rediss://host?ssl_cert_reqs=none",
    "rediss://host?ssl_cert_reqs=optional",
    "rediss://host?ssl_cert_reqs=required",
    "rediss://host?ssl_ca_certs=/etc/a%20b.pem",
    "rediss://host?ssl_ca_certs=/c&ssl_certfile=/d&ssl_keyfile=/e&ssl_cert_reqs=CERT_REQUIRED",
    "rediss://host?ssl_check_hostname=false",
    "rediss://host?ssl_check_hostname=true&ssl_cert_reqs=required",
    "redis://host?ssl_cert_reqs=CERT_NONE",
    "redis+socket:///tmp/redis.sock",
    "redis+socket:///tmp/redis.sock?virtual_host=3",
    "redis+socket:///tmp/redis.sock?virtual_host=/3",
    "redis+socket:///tmp/redis.sock?virtual_host=/",
    "redis+socket://:secret@/tmp/redis.sock?virtual_host=3",
    "redis+socket:///tmp/a%20b.sock",
]


def on_redis(pool: redis.ConnectionPool) -> dict[str, Any]:
    """What a connection of the pool would connect to, and how."""
    connection = pool.make_connection()
    names = ["host", "port", "path", "db", "username", "password"]
    tls = ["cert_reqs", "check_hostname", "ca_certs", "certfile", "keyfile"]
    found = {name: getattr(connection, name, None) for name in [*names, *tls]}
    if found["host"] == "127.0.0.1":
        found["host"] = "localhost"
    return {**found, "class": type(connection)}


def kombu_on_redis(url: str) -> dict[str, Any]:
    """What kombu's transport connects to; `_connparams` needs no connection."""
    channel = object.__new__(kombu.transport.redis.Channel)
    client = Connection(url)
    channel.connection = types.SimpleNamespace(client=client, default_port=6379)
    return on_redis(redis.ConnectionPool(**channel._connparams()))


@pytest.mark.parametrize("url", REDIS)
def test_redis(url: str) -> None:
    ours = on_redis(redis.ConnectionPool.from_url(helpers._redis_url(url)))
    assert ours == kombu_on_redis(url)


@pytest.mark.parametrize("url", REDIS)
def test_redis_for_results(url: str) -> None:
    pool = helpers._result_backend(url).client.connection_pool
    assert pool.connection_kwargs["socket_timeout"] is None
    if ("ssl_cert_reqs" in url) != url.startswith("rediss:"):
        # Celery insists on ssl_cert_reqs here, and on rediss:// for it; kombu does not.
        with pytest.raises(ValueError, match=r"ssl_cert_reqs|SSL"):
            _ = celery.Celery(backend=url).backend
    elif not url.endswith("?virtual_host=/"):  # the same
        theirs = celery.Celery(backend=url).backend.connparams
        theirs.pop("driver_info", None)
        assert on_redis(pool) == on_redis(redis.ConnectionPool(**theirs))


@pytest.mark.parametrize("url", ["redis://host/app", "redis://host/1/2", "redis://host/-1"])
def test_a_redis_database_is_a_number(url: str) -> None:
    if "-" not in url:
        with pytest.raises(ValueError, match="Database is int"):
            kombu_on_redis(url)
    with pytest.raises(ValueError, match="is a number"):
        helpers.make_broker(url)


def test_redis_pys_own_urls_are_left_alone() -> None:
    assert helpers._redis_url("unix:///tmp/redis.sock?db=3") == "unix:///tmp/redis.sock?db=3"
    assert helpers._redis_url("redis://host/1?db=3") == "redis://host/1?db=3"


def test_what_a_redis_url_says_of_the_socket_wins() -> None:
    client = helpers._result_backend("redis://host?socket_timeout=7").client
    assert client.connection_pool.connection_kwargs["socket_timeout"] == 7


@pytest.mark.parametrize(
    "url", ["kafka://KEY:SECRET@", "redis-cluster://KEY:SECRET@h", "KEY:SECRET@host"]
)
def test_an_unknown_broker_is_an_error_without_secrets(url: str) -> None:
    with pytest.raises(ValueError, match=r"no broker for this URL \([\w-]+( scheme)?\)") as caught:
        helpers.make_broker(url)
    assert "SECRET" not in str(caught.value)


def test_several_redis_servers_are_an_error() -> None:
    with pytest.raises(ValueError, match="one server"):
        helpers.make_broker("redis://one;redis://two")


@pytest.mark.parametrize("url", ["rpc://", "rpc", "amqp://"])
def test_results_in_the_broker_are_an_error_that_says_what_to_use(url: str) -> None:
    with pytest.raises(ValueError, match="URL of a Redis server"):
        helpers.make_broker("amqp://", url)


@pytest.mark.parametrize("url", ["db+sqlite:///KEY.db", "mongodb://u:KEY@host", "django-db"])
def test_an_unknown_result_backend_is_an_error_without_secrets(url: str) -> None:
    with pytest.raises(ValueError, match=r"no result backend for this URL \([\w+-]+\)") as caught:
        helpers.make_broker("redis://", url)
    assert "KEY" not in str(caught.value)


@pytest.mark.parametrize("url", [None, "", "disabled", "disabled://"])
def test_no_results(url: str | None) -> None:
    assert helpers._result_backend(url) is None
    assert celery.Celery(backend=url or "disabled").backend.as_uri() == "disabled://"


def test_the_name_of_a_backend_is_enough() -> None:
    backend = helpers._result_backend("redis")
    theirs = celery.Celery(backend="redis").backend.connparams
    ours = on_redis(backend.client.connection_pool)
    assert (ours["host"], ours["port"], ours["db"]) == (
        theirs["host"],
        theirs["port"],
        theirs["db"],
    )
