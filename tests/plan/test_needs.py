"""Which packages a migrated project needs."""

from __future__ import annotations

import pytest

from celery2dramatiq.plan import Need, settled
from tests.projects import planned

APP = """\
import os
from celery import Celery
app = Celery("app", {})

@app.task
def ping():
    print("pong")
"""


def needs(arguments: str, *required: str) -> list[tuple[str, tuple[str, ...]]]:
    plan = planned({"app.py": APP.format(arguments)})
    found = settled(plan.needs, {"celery", *required})
    assert all(need.reason and not need.evidence and not need.choice for need in found)
    return [(need.package, need.extras) for need in found]


@pytest.mark.parametrize(
    ("arguments", "extras"),
    [
        ("broker='redis://localhost/0'", ["redis"]),
        ("broker='rediss://localhost/0'", ["redis"]),
        ("broker='redis+socket:///r'", ["redis"]),
        ("broker='amqp://'", ["rabbitmq"]),
        ("broker='pyamqp://', backend='redis://'", ["rabbitmq", "redis"]),
        ("", ["rabbitmq"]),
        ("broker=None", ["rabbitmq"]),
        ("broker='memory://'", []),
        ("broker='redis://', backend=None", ["redis"]),
    ],
)
def test_the_extra_of_a_url(arguments: str, extras: list[str]) -> None:
    assert needs(arguments) == [("dramatiq", tuple(extras))]


@pytest.mark.parametrize(
    ("required", "extras"),
    [
        ([], ["rabbitmq"]),
        (["redis"], ["redis"]),
        (["celery[redis]"], ["redis"]),
        (["redis", "librabbitmq"], ["rabbitmq", "redis"]),
        (["redis", "amqp"], ["rabbitmq", "redis"]),
        (["redis", "amqp", "billiard", "kombu", "vine"], ["redis"]),
        (["amqp", "billiard", "kombu", "vine"], ["rabbitmq"]),
    ],
)
def test_the_requirements_speak_for_a_computed_url(required: list[str], extras: list[str]) -> None:
    assert needs("broker=os.environ['BROKER']", *required) == [("dramatiq", tuple(extras))]


def test_nothing_is_needed_where_nothing_moves() -> None:
    assert planned({"app.py": APP.format("broker='kafka://'")}).needs == ()


def test_reasons_are_said_once() -> None:
    one = Need("a", "it is", ("x",))
    other = Need("a", "it was", ("y",))
    test = Need("a", "it is", group="test")
    assert settled([one, other, one, test], ()) == (
        Need("a", "it is; it was", ("x", "y")),
        test,
    )
