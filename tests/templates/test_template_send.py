"""`send_to`, `send_task` and `delay_until`."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any
from unittest import mock

import celery  # type: ignore[import-untyped]
import dramatiq
import pytest
from celery.worker.request import Request  # type: ignore[import-untyped]
from dramatiq.errors import QueueNotFound
from dramatiq.results import ResultFailure

from celery2dramatiq.templates.dramatiq_helpers import (
    delay_until,
    max_age,
    milliseconds,
    send_task,
    send_to,
)


def echo(*args: Any, **kwargs: Any) -> list[Any]:
    return [list(args), kwargs]


def result(message: dramatiq.Message[Any]) -> Any:
    return message.get_result(block=True, timeout=5000)


def test_to_another_queue(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    actor = dramatiq.actor(echo)
    broker.declare_queue("slow")
    message = send_to("slow", actor, (1,), {"b": 2})
    assert (message.queue_name, message.actor_name) == ("slow", "echo")
    assert result(message) == [[1], {"b": 2}]


def test_to_a_queue_that_nobody_declared(broker: dramatiq.Broker) -> None:
    actor = dramatiq.actor(echo)
    with pytest.raises(QueueNotFound, match=r"declare_queue\('slow'\)"):
        send_to("slow", actor)


def test_with_a_chosen_id(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    actor = dramatiq.actor(echo)
    message = send_to("default", actor, [1], message_id="chosen")
    assert message.message_id == "chosen"
    assert result(message) == [[1], {}]
    other = send_to("default", actor)
    assert len(other.message_id) == 36
    assert result(other) == [[], {}]


def test_to_the_broker_of_the_actor(broker: dramatiq.Broker) -> None:
    elsewhere: Any = mock.Mock(spec=broker)
    elsewhere.actor_options, elsewhere.actors = set(), {}
    elsewhere.get_declared_queues.return_value = {"slow"}
    actor = dramatiq.actor(broker=elsewhere)(echo)
    send_to("slow", actor, None, None, delay=5)
    (message,), options = elsewhere.enqueue.call_args
    assert (message.args, message.kwargs, options) == ((), {}, {"delay": 5})


def test_with_options_and_later(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    actor = dramatiq.actor(echo)
    start = time.monotonic()
    message = send_to("default", actor, delay=300, store_results=True, on_success=actor)
    assert result(message) == [[], {}]
    assert time.monotonic() - start >= 0.3
    assert message.options["on_success"] == "echo"


def test_an_actor_by_name(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    dramatiq.actor(actor_name="app.tasks.echo", queue_name="slow")(echo)
    message = send_task("app.tasks.echo", [1], {"b": 2}, queue_name="slow")
    assert result(message) == [[1], {"b": 2}]
    later = send_task("app.tasks.echo", None, queue_name="slow", delay=10, message_id="by name")
    assert (later.message_id, later.options.get("delay")) == ("by name", None)
    assert result(later) == [[], {}]


def test_options_of_a_message_by_name(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    dramatiq.actor(echo)
    message = send_task("echo", max_age=1)
    assert message.options["max_age"] == 1
    late = send_task("echo", max_age=1, delay=50)
    with pytest.raises(ResultFailure, match="expired"):
        result(late)


@pytest.mark.parametrize("by_name", [False, True])
def test_both_take_every_option_of_a_message(
    broker: dramatiq.Broker, worker: dramatiq.Worker, by_name: bool
) -> None:
    """What `send_with_options` takes, and as in Celery an id, a queue and no arguments at all."""
    actor = dramatiq.actor(queue_name="slow")(echo)
    options: dict[str, Any] = {
        "max_age": 60_000,
        "time_limit": 5000,
        "store_results": True,
        "headers": {"when": datetime(2020, 1, 1)},
        "on_success": "echo",
    }

    def send(**options: Any) -> dramatiq.Message[Any]:
        if by_name:
            return send_task("echo", [1], {"b": 2}, queue_name="slow", **options)
        return send_to("slow", actor, [1], {"b": 2}, **options)

    message = send(message_id=f"chosen {by_name}", delay=50.0, **options)
    plain = actor.send_with_options(args=(1,), kwargs={"b": 2}, delay=50, **options)
    assert (message.message_id, message.args) == (f"chosen {by_name}", (1,))
    assert {name: message.options[name] for name in options} == options
    assert message.options.keys() == plain.options.keys()
    assert result(message) == result(plain) == [[1], {"b": 2}]
    with pytest.raises(ResultFailure, match="expired"):
        result(send(max_age=1, delay=50))


class Hours(tzinfo):
    """A zone whose offset may be unknown; such a time is naive."""

    def __init__(self, hours: int | None) -> None:
        self.hours = hours

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        return None if self.hours is None else timedelta(hours=self.hours)

    def tzname(self, when: datetime | None) -> str:
        return "hours"

    def dst(self, when: datetime | None) -> timedelta | None:
        return None


@pytest.mark.parametrize("zone", [None, timezone.utc, Hours(9), Hours(-7), Hours(None)])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"timezone": "Asia/Tokyo"},
        {"enable_utc": False},
        {"enable_utc": False, "timezone": "America/New_York"},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["eta", "expires"])
def test_delay_until_is_celerys_eta_and_expires(
    monkeypatch: pytest.MonkeyPatch, name: str, settings: dict[str, Any], zone: tzinfo | None
) -> None:
    """Above all, a time without a zone is UTC to Celery's worker, whatever the settings say."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        app = celery.Celery(set_as_current=False, **settings)
        when = datetime(2099, 7, 1, 12, tzinfo=zone)
        message: Any = app.amqp.as_task_v2("the-id", "task", **{name: when})
        task = app.task(echo, shared=False, name="task")
        request = Request(
            mock.Mock(headers=message.headers, body=message.body, payload=message.body),
            app=app,
            task=task,
            decoded=True,
            headers=dict(message.headers),
            utc=app.uses_utc_timezone(),
        )
        expected = getattr(request, name).timestamp() - time.time()
        assert (delay_until(when) or 0) / 1000 == pytest.approx(expected, abs=1)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_no_moment_and_no_countdown_are_no_delay() -> None:
    assert delay_until(None) is None
    assert milliseconds(None) is None
    assert (milliseconds(0), milliseconds(1.5), milliseconds(2)) == (0, 1500, 2000)


def test_delay_until_is_never_early_and_never_zero() -> None:
    now = datetime.now(timezone.utc)
    assert delay_until(now) == delay_until(now - timedelta(days=1)) == 1
    soon = now + timedelta(seconds=60, microseconds=1)
    before = datetime.now(timezone.utc)
    delay = delay_until(soon)
    assert isinstance(delay, int)
    assert timedelta(milliseconds=delay) >= soon - datetime.now(timezone.utc)
    assert timedelta(milliseconds=delay - 1) < soon - before


def test_max_age_of_a_number_is_never_zero_which_would_be_no_limit() -> None:
    assert [max_age(seconds) for seconds in (1.5, 60, 0, -3)] == [1500, 60_000, -1, -1]


def test_max_age_of_a_moment_or_its_text() -> None:
    soon = datetime.now(timezone.utc) + timedelta(seconds=30)
    assert max_age(soon) == pytest.approx(30_000, abs=1000)
    assert max_age(soon.isoformat()) == pytest.approx(30_000, abs=1000)
    assert max_age(soon.replace(tzinfo=None)) == pytest.approx(30_000, abs=1000)
    assert max_age(soon - timedelta(days=1)) == -1


def test_max_age_of_none_is_no_limit_whatever_the_actors_is() -> None:
    assert max_age(None) == float("inf")
