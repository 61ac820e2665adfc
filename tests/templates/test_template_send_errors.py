"""`SEND_ERRORS`: what a send raises when there is no broker."""

from __future__ import annotations

import sys

import dramatiq
import pytest

from celery2dramatiq.templates import dramatiq_helpers
from celery2dramatiq.templates.dramatiq_helpers import SEND_ERRORS, make_broker

NOBODY = "127.0.0.1:9"  # no program listens there


@pytest.mark.parametrize("url", [f"redis://{NOBODY}/0", f"amqp://{NOBODY}//"])
def test_a_send_without_a_broker(url: str) -> None:
    broker = make_broker(url)
    with pytest.raises(SEND_ERRORS):
        dramatiq.actor(actor_name="ping", broker=broker)(repr).send(1)


def test_a_send_without_sqs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(SEND_ERRORS):
        dramatiq.actor(actor_name="ping", broker=make_broker(f"sqs://k:s@{NOBODY}"))(repr).send(1)


def test_libraries_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.exceptions", None)
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    names = [error.__name__ for error in dramatiq_helpers._send_errors()]
    assert names == ["ConnectionClosed", "ConnectionFailed"]
