"""`LateBroker` and `AppContextMiddleware`: what an application factory starts."""

# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from dramatiq import Worker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ActorNotFound
from dramatiq.middleware import SkipMessage
from flask import Flask, current_app, g, has_app_context

from celery2dramatiq.templates.dramatiq_helpers import (
    AppContextMiddleware,
    LateBroker,
    make_broker,
    retry_policy,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def late_actor(function: Callable[..., Any], **options: Any) -> tuple[LateBroker, Any]:
    broker: Any = LateBroker()
    return broker, dramatiq.actor(broker=broker, **options)(function)


def run(broker: Any, actor: Any, *args: Any) -> None:
    worker = Worker(broker, worker_timeout=10)
    worker.start()
    try:
        actor.send(*args)
        broker.join(actor.queue_name, fail_fast=False, timeout=5_000)
        worker.join()
    finally:
        worker.stop()


def test_nothing_can_be_sent_before() -> None:
    _, actor = late_actor(print, actor_name="shop.show")
    with pytest.raises(RuntimeError, match=r"cannot send shop\.show: the application"):
        actor.send()


def test_an_unknown_option_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="undefined: rubbish"):
        late_actor(print, rubbish=1)


def test_options_of_results_and_retries_are_known() -> None:
    broker, actor = late_actor(
        print, actor_name="p", store_results=True, retry_when=retry_policy(), time_limit=5
    )
    broker.start(make_broker("memory://", "cache+memory://"))
    assert broker.get_actor("p") is actor


def test_actors_work_on_the_broker_that_is_started() -> None:
    seen: list[int] = []
    broker, actor = late_actor(seen.append, actor_name="add")
    with pytest.raises(ActorNotFound):
        broker.get_actor("x")
    broker.start(make_broker("memory://"))
    assert actor.broker is broker
    run(broker, actor, 1)
    assert seen == [1]


def test_the_last_application_counts() -> None:
    broker, actor = late_actor(print, actor_name="p")
    first, second = StubBroker(), StubBroker()
    broker.start(first)
    broker.start(second)
    actor.send()
    assert (first.queues["default"].qsize(), second.queues["default"].qsize()) == (0, 1)


def test_each_message_has_a_context_of_its_own() -> None:
    seen: list[object] = []

    def work(n: int) -> None:
        seen.append((current_app.name, g.get("n")))
        g.n = n
        if n == 2:
            raise ValueError(n)

    app = Flask("shop")
    app.teardown_appcontext(lambda error: seen.append(type(error).__name__))
    broker, actor = late_actor(work, actor_name="work")
    broker.start(make_broker("memory://"), AppContextMiddleware(app))
    for n in (1, 2, 3):
        run(broker, actor, n)
    assert seen == [
        ("shop", None), "NoneType", ("shop", None), "ValueError", ("shop", None), "NoneType",
    ]  # fmt: skip
    assert not has_app_context()


def test_a_skipped_message_leaves_no_context() -> None:
    class Skips(dramatiq.Middleware):
        def before_process_message(self, broker: dramatiq.Broker, message: Any) -> None:
            raise SkipMessage

    closed: list[bool] = []
    app = Flask("shop")
    app.teardown_appcontext(lambda error: closed.append(True))
    broker, actor = late_actor(print, actor_name="p")
    broker.start(make_broker("memory://"), AppContextMiddleware(app), Skips())
    run(broker, actor)
    assert closed == [True]


def test_a_message_that_is_skipped_first_needs_none() -> None:
    middleware = AppContextMiddleware(Flask("shop"))
    middleware.after_skip_message(StubBroker(), None)
    assert not has_app_context()
