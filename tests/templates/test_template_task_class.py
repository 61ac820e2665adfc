"""`TaskClass` and its middleware do what Celery does with `base=`; the bench compares the two."""

# mypy: allow-untyped-calls, disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import logging
from typing import Any

import dramatiq
import pytest

from celery2dramatiq.templates.dramatiq_helpers import (
    ExceptionInfo,
    LateBroker,
    TaskClass,
    retry,
    retry_policy,
    task_of,
)

HOOKS = ("before_start", "on_success", "on_failure", "on_retry", "after_return")


class Noted(TaskClass):
    """Notes which hooks are called, with what, and with which request."""

    def __init__(self) -> None:
        self.notes: list[Any] = []
        for name in HOOKS:
            setattr(self, name, self._noting(name))

    def _noting(self, name: str) -> Any:
        def note(*args: Any) -> None:
            self.notes.append((name, self.request.retries, *args[:2]))
            getattr(TaskClass, name)(self, *args)
            if args[:1] == ("break",):
                raise RuntimeError("a hook")

        return note


def _names(actor: Any) -> list[str]:
    return [note[0] for note in task_of(actor).notes]


def _done(broker: dramatiq.Broker, worker: dramatiq.Worker, actor: Any) -> None:
    broker.join(actor.queue_name)
    worker.join()


def test_success(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    actor: Any = dramatiq.actor(actor_name="add", base=Noted)(lambda x: x + 1)
    message = actor.send(1)
    _done(broker, worker, actor)
    assert task_of(actor).notes == [
        ("before_start", 0, message.message_id, [1]),
        ("on_success", 0, 2, message.message_id),
        ("after_return", 0, "SUCCESS", 2),
    ]
    assert task_of(actor).name == "add"


def test_what_a_hook_raises_is_logged(
    broker: dramatiq.Broker, worker: dramatiq.Worker, caplog: pytest.LogCaptureFixture
) -> None:
    actor: Any = dramatiq.actor(actor_name="breaks", base=Noted)(lambda: "break")
    with caplog.at_level(logging.ERROR):
        actor.send()
        _done(broker, worker, actor)
    assert _names(actor) == ["before_start", "on_success", "after_return"]
    assert "raised" in caplog.text


def test_failure_and_retries(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    policy = retry_policy(ValueError, max_retries=1, countdown=0)

    def raises() -> None:
        raise ValueError("v")

    def asks() -> None:
        raise retry(asked, countdown=0)

    failing: Any = dramatiq.actor(actor_name="fails", base=Noted, retry_when=policy)(raises)
    asked: Any = dramatiq.actor(
        actor_name="asks", base=Noted, retry_when=retry_policy(max_retries=1)
    )(asks)
    for actor in (failing, asked):
        actor.send()
        _done(broker, worker, actor)
        assert _names(actor) == [
            *("before_start", "on_retry"),
            *("before_start", "on_failure", "after_return"),
        ]
        assert [note[1] for note in task_of(actor).notes] == [0, 0, 1, 1, 1]
    assert task_of(asked).notes[1][2] is None
    assert repr(task_of(failing).notes[1][2]) == "ValueError('v')"


def test_a_direct_call_has_no_hooks(memory_broker: dramatiq.Broker) -> None:
    class Doubled(TaskClass):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return super().__call__(*args, **kwargs) * 2

    actor: Any = dramatiq.actor(actor_name="twice", base=Doubled)(lambda x: x)
    assert actor(2) == 4
    assert task_of(actor).run(2) == 2
    assert task_of(actor).request.called_directly


def test_inside_of_another_actor_it_is_a_direct_call(
    broker: dramatiq.Broker, worker: dramatiq.Worker
) -> None:
    seen: list[bool] = []

    class Seeing(TaskClass):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            seen.append(self.request.called_directly)

    inner: Any = dramatiq.actor(actor_name="inner", base=Seeing)(lambda: None)
    outer: Any = dramatiq.actor(actor_name="outer")(inner)
    outer.send()
    inner.send()
    _done(broker, worker, outer)
    assert sorted(seen) == [False, True]


def test_an_actor_that_is_declared_twice_has_one_instance(memory_broker: dramatiq.Broker) -> None:
    late = LateBroker()
    actor: Any = dramatiq.actor(actor_name="late", broker=late, base=Noted)(lambda: 1)
    task = task_of(actor)
    late.start(memory_broker)
    assert task_of(actor) is task
    assert actor() == 1


def test_exception_info() -> None:
    with pytest.raises(KeyError) as raised:
        raise KeyError("k")
    error = raised.value
    info = ExceptionInfo(error)
    assert info.exc_info == (KeyError, error, error.__traceback__)
    assert str(info).endswith("KeyError: 'k'\n")
    assert repr(info) == "<ExceptionInfo: KeyError('k')>"
