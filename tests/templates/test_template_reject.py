"""`reject` does what raising celery.exceptions.Reject does in a task with acks_late."""

from __future__ import annotations

from typing import Any

import dramatiq
import pytest
from dramatiq.middleware import SkipMessage
from dramatiq.results import ResultFailure

from celery2dramatiq.templates.dramatiq_helpers import reject

Runs = list[tuple[int, int]]


def _actor(broker: dramatiq.Broker, runs: Runs, times: int) -> dramatiq.Actor[Any, Any]:
    """Make an actor that puts its message back some times, and then gives it up."""

    @dramatiq.actor(broker=broker, max_retries=3)
    def poison(n: int) -> None:
        runs.append((n, len(runs)))
        raise reject("no", requeue=len(runs) <= times)

    return poison


def _result(message: dramatiq.Message[Any]) -> str:
    with pytest.raises(ResultFailure) as caught:
        message.get_result(block=True, timeout=5000)
    return str(caught.value)


@pytest.mark.parametrize("times", [0, 2])
def test_a_rejected_message_is_dead_at_once_or_runs_again(
    times: int, broker: dramatiq.Broker, request: pytest.FixtureRequest
) -> None:
    runs: Runs = []
    poison = _actor(broker, runs, times)
    request.getfixturevalue("worker")
    message = poison.send(7)
    assert "no" in _result(message)
    assert runs == [(7, run) for run in range(times + 1)]


@pytest.mark.parametrize("times", [0, 1])
def test_a_direct_call_raises(times: int, broker: dramatiq.Broker) -> None:
    with pytest.raises(SkipMessage, match="no"):
        _actor(broker, [], times)(1)
