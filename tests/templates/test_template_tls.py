"""TLS as Celery's settings ask for it: the same servers are trusted, and the same refused."""

# mypy: allow-untyped-calls

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import types
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import amqp.transport  # type: ignore[import-untyped]
import dramatiq
import kombu.transport.redis
import pytest
import redis
from kombu.connection import Connection

from celery2dramatiq.templates import dramatiq_helpers as helpers
from tests.templates import certificates
from tests.templates.conftest import _free_port, _wait_for
from tests.templates.test_template_urls import on_redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificates.write(tmp_path_factory.mktemp("certificates"))


# -- Redis


@pytest.fixture(scope="module")
def tls_port(
    tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path], redis_socket: Path
) -> Iterator[int]:
    """The port of a Redis server that speaks TLS only."""
    folder, port = tmp_path_factory.mktemp("tls"), _free_port()
    file, key = certificate
    options = f"--port 0 --tls-port {port} --tls-cert-file {file} --tls-key-file {key}"
    options += f" --tls-ca-cert-file {file} --tls-auth-clients no --bind 127.0.0.1 --save"
    command = [str(shutil.which("redis-server")), *options.split()]
    path = folder / "redis.sock"
    with subprocess.Popen([*command, "--unixsocket", str(path), "--dir", str(folder)]) as server:
        try:
            _wait_for(path)
            yield port
        finally:
            server.terminate()


def reaches(url: str, **arguments: Any) -> bool:
    """Whether the broker and the results get to the server."""
    use_ssl = arguments or None
    broker: Any = helpers.make_broker(
        url, url, broker_use_ssl=use_ssl, redis_backend_use_ssl=use_ssl
    )
    clients = [broker.client, broker.get_results_backend().client]
    try:
        return all(client.ping() for client in clients)
    except redis.ConnectionError:
        return False


def test_a_certificate_that_is_its_own(tls_port: int, certificate: tuple[Path, Path]) -> None:
    file = str(certificate[0])
    plain, tls = f"redis://localhost:{tls_port}", f"rediss://localhost:{tls_port}"
    assert not reaches(plain)
    assert reaches(tls)
    assert reaches(f"{tls}?ssl_cert_reqs=CERT_NONE")
    assert not reaches(f"{tls}?ssl_cert_reqs=CERT_REQUIRED")
    assert reaches(f"{tls}?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs={file}")
    assert reaches(plain, ssl_cert_reqs=ssl.CERT_NONE)
    assert not reaches(plain, ssl_cert_reqs=ssl.CERT_REQUIRED)
    assert reaches(plain, ssl_cert_reqs=ssl.CERT_REQUIRED, ssl_ca_certs=file)
    assert reaches(tls, ssl_cert_reqs="required", ssl_ca_certs=file)


@pytest.mark.parametrize("url", ["redis://h", "rediss://h", "rediss://h/3?ssl_cert_reqs=CERT_NONE"])
@pytest.mark.parametrize(
    "use_ssl",
    [
        None,
        False,
        True,
        {},
        {"ssl_cert_reqs": ssl.CERT_NONE},
        {"ssl_cert_reqs": ssl.CERT_OPTIONAL, "ssl_ca_certs": "/c a", "ssl_keyfile": "/k"},
        {"ssl_cert_reqs": "required", "ssl_check_hostname": False},
    ],
    ids=str,
)
def test_what_is_trusted_is_what_kombu_trusts(url: str, use_ssl: Any) -> None:
    channel = object.__new__(kombu.transport.redis.Channel)
    client = Connection(url, ssl=use_ssl)
    channel.connection = types.SimpleNamespace(client=client, default_port=6379)
    theirs = on_redis(redis.ConnectionPool(**channel._connparams()))
    assert on_redis(redis.ConnectionPool.from_url(helpers._redis_url(url, {}, use_ssl))) == theirs


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("socket_timeout", 7, 7),
        ("socket_connect_timeout", 3.5, 3.5),
        ("socket_keepalive", True, True),
        ("retry_on_timeout", False, False),
        ("health_check_interval", 30, 30),
        ("client_name", "a b", "a b"),
        ("socket_timeout", None, 9),
    ],
)
def test_options_of_the_connection(name: str, value: Any, expected: Any) -> None:
    url = helpers._redis_url(
        "redis://h?socket_timeout=9" if value is None else "redis://h", {name: value}
    )
    assert redis.ConnectionPool.from_url(url).connection_kwargs[name] == expected


def test_a_prefix_of_all_keys() -> None:
    options = {"global_keyprefix": "crm:"}
    broker: Any = helpers.make_broker(
        "redis://",
        "redis://",
        broker_transport_options=options,
        result_backend_transport_options=options,
    )
    assert broker.namespace == "crm:dramatiq"
    message: dramatiq.Message[Any] = dramatiq.Message("default", "any", (), {}, {})
    key = broker.get_results_backend().build_message_key(message)
    assert key == f"crm:dramatiq-results:{message.message_id}"


# -- RabbitMQ


@pytest.fixture(scope="module")
def tls_server(certificate: tuple[Path, Path]) -> Iterator[int]:
    """The port of a server that shakes hands and says no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_shake_hands, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]


def _shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):  # until the listener is closed
        while True:
            connection, _ = listener.accept()
            with suppress(OSError), context.wrap_socket(connection, server_side=True) as server:
                server.recv(1)


@pytest.mark.parametrize("scheme", ["amqp", "amqps"])
@pytest.mark.parametrize(
    "use_ssl",
    [
        True,
        {},
        {"cert_reqs": ssl.CERT_NONE},
        {"cert_reqs": ssl.CERT_REQUIRED},
        {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": "@"},
        {"ca_certs": "@"},
        {"ca_certs": "@", "certfile": "@", "keyfile": "@key"},
        {"ca_certs": "@", "server_hostname": None},
        {"ca_certs": "@", "server_hostname": "localhost"},
        {"ca_certs": "@", "server_hostname": "other.example"},
    ],
    ids=str,
)
def test_rabbitmq_is_trusted_as_by_amqp(
    tls_server: int, certificate: tuple[Path, Path], scheme: str, use_ssl: Any
) -> None:
    if isinstance(use_ssl, dict):
        files = {"@": str(certificate[0]), "@key": str(certificate[1])}
        use_ssl = {name: files.get(value, value) for name, value in use_ssl.items()}
    url = f"{scheme}://localhost:{tls_server}"
    broker: Any = helpers.make_broker(url, broker_use_ssl=use_ssl)
    (ours,) = broker.parameters
    theirs = Connection(url, ssl=use_ssl)
    if not theirs.get_transport_cls().__name__.startswith("SSL") and not use_ssl:
        assert ours.ssl_options is None
        return
    options = theirs.info()["ssl"]
    if isinstance(options, dict) and options.get("server_hostname", "") is None:
        options["server_hostname"] = "localhost"  # kombu.transport.pyamqp
    assert trusted_by_pika(tls_server, ours) == trusted_by_amqp(tls_server, options)


def trusted_by_pika(port: int, parameters: Any) -> bool:
    options = parameters.ssl_options
    return _shakes(
        port,
        lambda plain: options.context.wrap_socket(plain, server_hostname=options.server_hostname),
    )


def trusted_by_amqp(port: int, options: Any) -> bool:
    transport = amqp.transport.SSLTransport(f"localhost:{port}", ssl=options)

    def wrap(plain: socket.socket) -> Any:
        wrapped = transport._wrap_socket(plain, **transport.sslopts)
        wrapped.do_handshake()
        return wrapped

    return _shakes(port, wrap)


def _shakes(port: int, wrap: Any) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port)) as plain, wrap(plain):
            return True
    except ssl.SSLError:
        return False


def test_an_unknown_option_of_tls() -> None:
    with pytest.raises(ValueError, match=r"not known to make_broker\(\): context"):
        helpers.make_broker("amqp://h", broker_use_ssl={"context": {}})


@pytest.mark.parametrize(("options", "confirms"), [({}, False), ({"confirm_publish": True}, True)])
def test_whether_rabbitmq_confirms(options: dict[str, Any], confirms: bool) -> None:
    broker: Any = helpers.make_broker("amqp://", broker_transport_options=options)
    assert broker.confirm_delivery is confirms
