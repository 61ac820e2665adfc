"""`Signature`, `Chain`, `Group` and `Chord` do what Celery's do; the bench compares the two."""

# mypy: allow-untyped-calls, disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import dramatiq
import pytest
from dramatiq.errors import QueueNotFound
from dramatiq.middleware import Middleware
from dramatiq.results import ResultTimeout

from celery2dramatiq.templates import dramatiq_helpers
from celery2dramatiq.templates.dramatiq_helpers import (
    Chain,
    Chord,
    ChordError,
    Group,
    GroupResult,
    Signature,
    TaskResult,
    TaskRevokedError,
    apply_async,
    immutable_signature,
    signature,
)


@pytest.fixture
def show(broker: dramatiq.Broker) -> Any:
    return dramatiq.actor(actor_name="show", broker=broker)(lambda *a, **k: [*a, *sorted(k)])


@pytest.fixture
def fails(broker: dramatiq.Broker) -> Any:
    def raises(*_: Any) -> None:
        raise KeyError("x")

    return dramatiq.actor(actor_name="fails", broker=broker)(raises)


def test_signatures(show: Any, worker: dramatiq.Worker) -> None:
    one = signature(show, 1, k=2)
    assert (one.task, one.name, one.args, one.kwargs) == ("show", "show", (1,), {"k": 2})
    assert one.delay(0).get(5) == [0, 1, "k"]
    assert one(5) == [5, 1, "k"]
    assert immutable_signature(show, 1).delay(2).get(5) == [1]
    assert Signature("show", (1,)).clone((0,), {"z": 1}).delay().get(5) == [0, 1, "z"]
    assert one.clone(countdown=None).options == {}
    assert one.set(immutable=True, countdown=0).delay(7).get(5) == [1, "k"]
    assert apply_async(show, (1,), None, "chosen one").id == "chosen one"


def test_chains(show: Any, worker: dramatiq.Worker) -> None:
    s = signature
    assert Chain(s(show, 1), s(show, 2)).delay().get(5) == [[1], 2]
    assert Chain([s(show, 1), s(show, 2)])().get(5) == [[1], 2]
    assert (s(show, 1) | s(show) | s(show, 3)).apply_async((0,)).get(5) == [[[0, 1]], 3]
    assert (s(show, 1) | Chain(s(show), s(show, 2))).delay().get(5) == [[[1]], 2]
    assert (Chain(s(show, 1)) | Chain(s(show, 2)) | Group()).delay().get(5) == [[1], 2]
    assert Chain(Chain(s(show, 1)), s(show, 2), Group()).delay().get(5) == [[1], 2]
    assert Chain().delay() is None
    assert (Chain() | s(show, 1)).delay().get(5) == [1]
    assert (Chain() | Group(s(show, 1), s(show, 2))).delay().get(5) == [[1], [2]]
    linked = Chain(s(show, 1))
    assert linked.link(s(show, "linked")) == linked.options["link"][0]
    linked.link(linked.options["link"][0])
    assert (linked | s(show, 2)).delay().get(5) == [[1], 2]


def test_groups(show: Any, worker: dramatiq.Worker) -> None:
    s = signature
    result = Group(s(show, n) for n in range(2)).delay(7)
    assert result.join(5) == [[7, 0], [7, 1]]
    states = result.ready(), result.successful(), result.failed(), result.waiting()
    assert states == (True, True, False, False)
    assert (len(result), result.completed_count(), str(result)) == (2, 2, result.id)
    assert [each.get() for each in result] == [result[0].get(), result[1].get()]
    assert result.children == result.results
    result.forget()
    assert not result.ready()
    nested = Group(Group(s(show, 1), s(show, 2)), Chain(), Chain(s(show, 3), s(show)))
    assert nested().get(5) == [[1], [2], [[3]]]
    assert len(Group(Group(s(show)))) == len(Group(s(show))) == 1
    inner = Group(Chain(s(show, 1), Group(s(show), s(show, 2)))).delay()
    assert inner.get(5) == [[[1]], [[1], 2]]
    with pytest.raises(TypeError, match="chord"):
        Group(s(show)).apply_async(link=s(show))
    assert Group(s(show, 1)).link(s(show)).immutable
    empty = Group([]).delay()
    assert empty.get() == []


def test_chords(show: Any, worker: dramatiq.Worker) -> None:
    s = signature
    header = [s(show, 1), s(show, 2)]
    assert Chord(header)(s(show, 3)).get(5) == [[[1], [2]], 3]
    assert Chord(header, s(show)).clone().apply_async((0,)).get(5) == [[[0, 1], [0, 2]]]
    assert (Group(header) | s(show)).delay().get(5) == [[[1], [2]]]
    assert (Group(header) | Group()).delay().get(5) == [[1], [2]]
    assert (s(show, 1) | Group(s(show), s(show)) | s(show)).delay().get(5) == [[[[1]], [[1]]]]
    assert Chord([], s(show)).delay().get(5) == [[]]
    assert (Chord(header, s(show)) | s(show, 3)).delay().get(5) == [[[[1], [2]]], 3]
    assert (Chord(header, s(show)) | Chain(s(show, 3))).delay().get(5) == [[[[1], [2]]], 3]
    chain = Chain(Chord(header, s(show))) | Group(s(show, 1), s(show, 2))
    assert chain.delay().get(5) == [[[[[1], [2]]], 1], [[[[1], [2]]], 2]]
    chain = Chain(Chord(header, s(show)), Group(s(show), s(show))) | s(show)
    assert chain.delay().get(5) == [[[[[[1], [2]]]], [[[[1], [2]]]]]]
    assert (Chain(Chord(header, s(show))) | s(show)).delay().get(5) == [[[[1], [2]]]]
    assert Chord(header, s(show))().get(5) == [[[1], [2]]]
    linked = Chord(header, s(show))
    linked.link(s(show))
    assert linked.apply_async().get(5) == [[[1], [2]]]
    queue = show.queue_name
    assert Chord(header, s(show), queue=queue).apply_async(countdown=0).get(5) == [[[1], [2]]]


def test_what_is_no_canvas(show: Any) -> None:
    for canvas in (
        signature(show),
        Chain(signature(show)),
        Group(signature(show)),
        Chord([], signature(show)),
    ):
        with pytest.raises(TypeError):
            canvas | 1


def test_failures(show: Any, fails: Any, worker: dramatiq.Worker) -> None:
    s = signature
    result = Chain(s(show), s(fails), s(show), Group(s(show), s(show))).delay()
    with pytest.raises(KeyError):
        result.parent.get(5)
    assert (result.parent.state, result.parent.parent.state) == ("FAILURE", "FAILURE")
    with pytest.raises(ResultTimeout):
        result.get(0.1)
    chord = Chord([s(show), s(fails)], s(show)).delay()
    with pytest.raises(ChordError, match="KeyError"):
        chord.get(5, follow_parents=False)
    with pytest.raises(KeyError):
        chord.get(5)
    group = Group(s(show), s(fails)).delay()
    with pytest.raises(KeyError):
        group.get(5)
    assert repr(group.get(5, propagate=False)[1]) == "KeyError('x')"
    assert group.failed()
    with pytest.raises(KeyError):
        group.maybe_throw()
    assert Group(s(show)).delay().maybe_throw() is None


def test_options(broker: dramatiq.Broker, show: Any, worker: dramatiq.Worker) -> None:
    soon = datetime.now(timezone.utc) + timedelta(seconds=0.05)
    minute = datetime.now(timezone.utc) + timedelta(minutes=1)
    one = Signature(show, (1,), options={"eta": soon}, expires=minute, retry=False)
    assert one.apply_async(headers={"a": 1}, soft_time_limit=5, countdown=0.01).get(5) == [1]
    assert one.apply_async(ignore_result=True).get() is None
    assert one.clone(queue="default").delay().get(5) == [1]
    with pytest.raises(QueueNotFound):
        one.apply_async(queue="nowhere")
    broker.declare_queue("somewhere")
    assert one.apply_async(queue="somewhere").get(5) == [1]
    dramatiq.actor(actor_name="there", broker=broker, other_queues=["dramatiq_there"])(print)
    assert one.apply_async(queue="there").get(5) == [1]
    with pytest.raises(TypeError, match="priority"):
        one.apply_async(priority=3)
    chain = Chain(signature(show, 1), signature(show)).apply_async(task_id="last of all")
    assert chain.id == "last of all"
    assert dramatiq_helpers._listed(None) == []
    linked = Chain(signature(show, 1)).apply_async(link=signature(show, "linked"))
    assert linked.get(5) == [1]
    linked = Chain(signature(show, 1)).apply_async(link=[signature(show, "linked")])
    assert linked.get(5) == [1]


def test_what_expires(broker: dramatiq.Broker, show: Any, worker: dramatiq.Worker) -> None:
    late = signature(show).set(expires=0.001, countdown=0.05)
    chain = Chain(late.clone(), signature(show)).delay()
    with pytest.raises(TaskRevokedError):
        chain.parent.get(5)
    assert chain.state == "PENDING"
    chord = Chord([late.clone(), signature(show)], signature(show)).delay()
    with pytest.raises(ChordError):
        chord.get(5, follow_parents=False)


def test_an_ignored_result(broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
    dramatiq.actor(actor_name="silent", broker=broker, store_results=False)(lambda: 1)
    assert Signature("silent").delay().get() is None
    step = {"actor": "unknown", "id": "x", "options": {}}
    assert not dramatiq_helpers._is_ignored(step)


def test_a_broker_without_it(memory_broker: dramatiq.Broker) -> None:
    show = dramatiq.actor(actor_name="show", broker=memory_broker)(lambda *a: a)
    memory_broker.middleware[:] = [
        each
        for each in memory_broker.middleware
        if not isinstance(each, dramatiq_helpers._CanvasMiddleware)
    ]
    with pytest.raises(RuntimeError, match="make_broker"):
        Chain(signature(show), signature(show)).delay()


def test_parts_in_this_process(memory_broker: dramatiq.Broker) -> None:
    join = {"join": "some-id", "index": 0, "size": 2}
    kept = dramatiq_helpers._kept_parts
    assert kept(join, {"value": 1}) is None
    assert kept(join, {"value": 1}) is None  # the same again
    assert kept({**join, "index": 1}, {"value": 2}) == [{"value": 1}, {"value": 2}]


def test_each_part_counts_once(broker: dramatiq.Broker) -> None:
    join = {"join": "some-id", "index": 0, "size": 1}
    assert dramatiq_helpers._kept_parts(join, {"value": 1}) == [{"value": 1}]
    assert dramatiq_helpers._kept_parts(join, {"value": 1}) is None


def test_a_queue_with_a_prefix(broker: dramatiq.Broker) -> None:
    step = {"queue": "dramatiq_mail"}
    assert dramatiq_helpers._queue_of(step, "mail") == "dramatiq_mail"


def test_no_backend_for_failures(broker: dramatiq.Broker, show: Any) -> None:
    broker.middleware[:] = [each for each in broker.middleware if type(each).__name__ != "Results"]
    step = {"id": "x", "actor": "show", "queue": "default"}
    dramatiq_helpers._fail(KeyError(), [{"step": step}], "id")
    assert isinstance(broker.middleware[0], Middleware)


def test_results_of_groups(broker: dramatiq.Broker) -> None:
    result = GroupResult("an-id", [TaskResult("nothing")])
    with pytest.raises(ResultTimeout):
        result.get(0.05)


def test_a_group_of_one_behind_something_is_the_one(show: Any) -> None:
    one = signature(show, 1)
    assert [task.args for task in (one | Group([signature(show, 2)])).tasks] == [(1,), (2,)]
