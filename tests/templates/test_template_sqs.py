"""`make_broker` on Amazon SQS: as kombu connects to it, and no message is lost or run twice."""

# mypy: allow-untyped-calls

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from botocore.exceptions import EndpointConnectionError  # type: ignore[import-untyped]
from dramatiq.errors import QueueNotFound
from kombu.connection import Connection
from moto.server import ThreadedMotoServer

from celery2dramatiq.templates import dramatiq_helpers as helpers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK = {"wait_time_seconds": 1, "region": "us-east-1"}


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A server like SQS: `host:port`."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"{host}:{port}"
    running.stop()


@pytest.fixture
def make(server: str) -> Iterator[Callable[..., Any]]:
    """Make a broker with queues of its own."""
    made: list[Any] = []

    def make(**options: Any) -> Any:
        prefix = f"{uuid.uuid4().hex[:8]}-"
        options = {"queue_name_prefix": prefix, **QUICK, **options}
        made.append(
            helpers.make_broker(f"sqs://key:secret@{server}", broker_transport_options=options)
        )
        return made[-1]

    yield make
    for broker in made:
        broker.close()


def work(broker: Any, until: Callable[[], bool], seconds: float = 15) -> None:
    """Run a worker until something is true."""
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=2)
    worker.start()
    end = time.monotonic() + seconds
    try:
        while not until():
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        worker.stop()


def count(broker: Any, queue: str = "default") -> int:
    """The messages in a queue: to be read, delayed, and taken."""
    broker._ensure_queue(queue)
    return counted(broker.queues[queue])


def counted(queue: Any) -> int:
    queue.load()
    names = ["", "Delayed", "NotVisible"]
    return sum(int(queue.attributes[f"ApproximateNumberOfMessages{name}"]) for name in names)


def delays(broker: Any) -> list[int]:
    """The seconds with which SQS is asked to delay messages from now on."""
    asked: list[int] = []
    broker.sqs.meta.client.meta.events.register(
        "before-parameter-build.sqs.SendMessage",
        lambda params, **_: asked.append(params["DelaySeconds"]),
    )
    return asked


# -- the address


@pytest.mark.parametrize(
    "url",
    [
        "sqs://",
        "sqs://KEY:SECRET@",
        "sqs://KEY:se%2Fc%2Bret%3D@",
        "sqs://localhost:9324",
        "sqs://KEY:SECRET@localhost:9324//",
        "sqs://KEY:SECRET@queues.example",
    ],
)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"region": "eu-west-1"},
        {"is_secure": True},
        {"is_secure": False},
        {"client-config": {"connect_timeout": 7}},
    ],
    ids=str,
)
def test_the_address_is_that_of_kombu(
    monkeypatch: pytest.MonkeyPatch, url: str, options: dict[str, Any]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "from-the-environment")
    broker: Any = helpers.make_broker(url, broker_transport_options=options)
    channel_class = Connection("sqs://").get_transport_cls().Channel
    channel = object.__new__(channel_class)
    channel.connection = type("", (), {"client": Connection(url, transport_options=options)})
    theirs = channel.new_sqs_client(
        region=channel.region,
        access_key_id=channel.conninfo.userid,
        secret_access_key=channel.conninfo.password,
    )
    assert address(broker.sqs.meta.client) == address(theirs)
    assert broker.visibility_timeout == channel.visibility_timeout


def address(client: Any) -> tuple[Any, ...]:
    credentials = client._request_signer._credentials
    return (
        client.meta.endpoint_url,
        client.meta.region_name,
        credentials.access_key,
        credentials.secret_key,
        client.meta.config.connect_timeout,
    )


def test_the_region_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    broker: Any = helpers.make_broker("sqs://")
    assert broker.sqs.meta.client.meta.region_name == "ap-south-1"


@pytest.mark.parametrize("name", ["predefined_queues", "sts_role_arn", "predefined_exchanges"])
def test_what_cannot_be_kept_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match=f"not with Dramatiq on SQS: {name}"):
        helpers.make_broker("sqs://", broker_transport_options={name: {"a": "b"}})


# -- queues


def test_nothing_is_asked_before_something_is_sent() -> None:
    broker: Any = helpers.make_broker("sqs://k:s@127.0.0.1:1", broker_transport_options=QUICK)
    actor = dramatiq.actor(broker=broker, actor_name="any")(print)
    assert broker.get_declared_queues() == {"default"}
    with pytest.raises(EndpointConnectionError):
        actor.send()


def test_the_names_of_queues(make: Callable[..., Any]) -> None:
    broker = make(queue_name_prefix="shop.", queue_tags={"team": "a"})
    for name in ("default", "dramatiq_mail", "reports.daily"):
        broker.declare_queue(name)
        broker.declare_queue(name)
        broker._ensure_queue(name)
    names = [queue.url.rpartition("/")[2] for queue in broker.queues.values()]
    assert names == ["shop-dramatiq_default", "shop-dramatiq_mail", "shop-dramatiq_reports-daily"]
    tags = broker.sqs.meta.client.list_queue_tags(QueueUrl=broker.queues["default"].url)
    assert tags["Tags"] == {"team": "a"}
    dead = broker.dead_letter_queues["default"]
    assert dead.attributes["MessageRetentionPeriod"] == str(7 * 24 * 60 * 60)


def test_attributes_of_new_queues(make: Callable[..., Any]) -> None:
    broker = make(**{"sqs-creation-attributes": {"KmsMasterKeyId": "alias/aws/sqs"}})
    broker.declare_queue("default")
    broker._ensure_queue("default")
    assert broker.queues["default"].attributes["KmsMasterKeyId"] == "alias/aws/sqs"
    broker.queues.clear()
    broker._ensure_queue("default")  # found this time


def test_a_fifo_queue_is_an_error(make: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"no FIFO queue on Dramatiq: orders\.fifo"):
        make().declare_queue("orders.fifo")


def test_an_unknown_queue(make: Callable[..., Any]) -> None:
    with pytest.raises(QueueNotFound):
        make().consume("nobody's")


# -- messages


def test_messages_are_worked_on_once(make: Callable[..., Any]) -> None:
    broker = make()
    seen: list[int] = []
    actor = dramatiq.actor(broker=broker, actor_name="note")(seen.append)
    for number in range(5):
        actor.send(number)
    work(broker, lambda: len(seen) == 5)
    assert sorted(seen) == [0, 1, 2, 3, 4]
    assert count(broker) == 0
    assert broker.running == {"default": {}}


def test_a_failed_message_is_kept(make: Callable[..., Any]) -> None:
    broker = make()
    actor: Any = dramatiq.actor(broker=broker, actor_name="fail")(divmod)
    actor.send(1, 0)
    work(broker, lambda: count(broker) == 0)
    assert counted(broker.dead_letter_queues["default"]) == 1


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [(None, 0), (0, 0), (1, 1), (1000, 1), (1001, 2), (900_000, 900), (900_001, 900)],
)
def test_a_delay_is_never_too_short(
    make: Callable[..., Any], delay: int | None, seconds: int
) -> None:
    broker = make()
    asked = delays(broker)
    dramatiq.actor(broker=broker, actor_name="any")(print).send_with_options(delay=delay)
    assert asked == [seconds]


def test_a_message_comes_back_until_it_is_due(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers, "_SQS_LONGEST_DELAY", 1000)
    broker = make()
    asked = delays(broker)
    seen: list[float] = []
    actor = dramatiq.actor(broker=broker, actor_name="note")(lambda: seen.append(time.time()))
    start = time.time()
    message = actor.send_with_options(delay=2500)
    assert isinstance(message.options["eta"], int)
    work(broker, lambda: bool(seen))
    assert 2.5 <= seen[0] - start < 6
    assert asked == [1, 1, 1]
    assert count(broker) == 0


def test_a_retry_may_be_a_day_away(make: Callable[..., Any]) -> None:
    broker = make()
    asked = delays(broker)

    @dramatiq.actor(broker=broker, retry_when=helpers.retry_policy(max_retries=1))
    def later() -> None:
        raise helpers.retry(later, countdown=86_400)

    later.send()
    work(broker, lambda: asked == [0, 900])
    assert count(broker) == 1


def test_a_message_stays_hidden_while_its_task_runs(make: Callable[..., Any]) -> None:
    broker = make(visibility_timeout=2)
    seen: list[str] = []

    @dramatiq.actor(broker=broker)
    def long() -> None:
        seen.append("begun")
        time.sleep(5)
        seen.append("done")

    long.send()
    work(broker, lambda: "done" in seen)
    assert seen == ["begun", "done"]
    assert count(broker) == 0


def test_that_it_cannot_be_hidden_any_longer_is_no_error(make: Callable[..., Any]) -> None:
    broker = make(visibility_timeout=0)
    broker.declare_queue("default")
    consumer = broker.consume("default", prefetch=2)
    dramatiq.actor(broker=broker, actor_name="any")(print).send()
    message = next(consumer)
    message._sqs_message.delete()
    assert next(consumer) is None
    consumer.running[id(message)][1] = 0
    consumer._hide_running()
    assert consumer.running[id(message)][1] > 0


def test_what_nobody_has_begun_is_given_back(make: Callable[..., Any]) -> None:
    broker = make()
    actor = dramatiq.actor(broker=broker, actor_name="any")(print)
    actor.send()
    consumer = broker.consume("default")
    message = next(consumer)
    assert len(broker.running["default"]) == 1
    consumer.requeue([message])
    assert broker.running["default"] == {}
    assert next(consumer).message_id == message.message_id
