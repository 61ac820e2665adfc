"""A Redis server of our own, and a Dramatiq worker in this process."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import time
import uuid
from typing import TYPE_CHECKING

import dramatiq
import kombu.pools
import pytest
import redis
from dramatiq import broker as dramatiq_broker

from celery2dramatiq.templates.dramatiq_helpers import make_broker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", autouse=True)
def _connections() -> None:
    """kombu keeps connections for the whole process: none that another module's worker closed."""
    kombu.pools.reset()  # type: ignore[no-untyped-call]


@pytest.fixture(autouse=True)
def _root_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Celery worker that a module's tests share silences what is less than critical."""
    monkeypatch.setattr(logging.root, "level", logging.WARNING)
    logging.root.manager._clear_cache()  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def _environment() -> Iterator[None]:
    """Whoever runs the tests may have set what Celery and `make_broker` read."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("BROKER_URL", "BROKER_READ_URL", "BROKER_WRITE_URL", "RESULT_BACKEND"):
            environment.delenv(f"CELERY_{name}", raising=False)
        yield


@pytest.fixture(autouse=True)
def _encoder() -> Iterator[None]:
    """`make_broker` sets it for the whole process."""
    before = dramatiq.get_encoder()
    yield
    dramatiq.set_encoder(before)


@pytest.fixture(scope="session")
def redis_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a server that listens on `redis_port(socket)` too."""
    program = shutil.which("redis-server")
    if program is None:
        message = "no redis-server on this machine (Debian: apt install redis-server)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("redis")
    path = folder / "redis.sock"
    options = f"--port {_free_port()} --bind 127.0.0.1 --save --appendonly no --dir {folder}"
    with subprocess.Popen([program, *options.split(), "--unixsocket", str(path)]) as server:
        try:
            _wait_for(path)
            yield path
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert isinstance(port, int)
        return port


def _wait_for(path: Path) -> None:
    end = time.monotonic() + 5
    while not _answers(redis.Redis(unix_socket_path=str(path))):
        if time.monotonic() > end:
            pytest.fail("redis-server does not answer")
        time.sleep(0.05)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(scope="session")
def redis_url(redis_socket: Path) -> str:
    port = redis.Redis(unix_socket_path=str(redis_socket)).config_get("port")["port"]
    return f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def broker(redis_url: str) -> Iterator[dramatiq.Broker]:
    """A fresh broker on Redis, the global one; add actors, then ask for `worker`."""
    yield from _global(make_broker(redis_url, redis_url, namespace=str(uuid.uuid4())))


@pytest.fixture
def memory_broker() -> Iterator[dramatiq.Broker]:
    """A broker without a server, the global one."""
    yield from _global(make_broker("memory://", "cache+memory://"))


def _global(broker: dramatiq.Broker) -> Iterator[dramatiq.Broker]:
    before = dramatiq_broker.global_broker
    dramatiq.set_broker(broker)
    yield broker
    broker.close()
    dramatiq_broker.global_broker = before


@pytest.fixture
def worker(broker: dramatiq.Broker) -> Iterator[dramatiq.Worker]:
    """A worker of the broker; queues that are declared later are read as well."""
    worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=4)
    worker.start()
    yield worker
    worker.stop()
