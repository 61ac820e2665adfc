"""What the bench calls a difference, without running anything."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench.case import Case, Differs, Gap, load
from bench.compare import differences, unannounced, unsound
from bench.outcome import Event, Outcome, Waiting, celery_given_up
from bench.tree import redirect

CASE = Case(name="case", project=Path(), expect=2)


def outcome(system: str, *events: Event, given_up: tuple[str, ...] = ()) -> Outcome:
    return Outcome(system, events, given_up=given_up)


def event(name: str, time: float = 0, **fields: object) -> Event:
    return Event(name, time, fields)


def test_same_events_in_another_order_are_no_difference() -> None:
    celery = outcome("celery", event("a", 1), event("b", 2, x=1))
    dramatiq = outcome("dramatiq", event("b", 1, x=1), event("a", 2))
    assert differences(CASE, celery, dramatiq) == []


def test_a_field_and_a_count_make_a_difference() -> None:
    celery = outcome("celery", event("a", x=1), event("a", x=1))
    dramatiq = outcome("dramatiq", event("a", x="1"))
    assert differences(CASE, celery, dramatiq) == [
        "event only under Celery: a x=1 (2 times)",
        "event only under Dramatiq: a x='1'",
    ]


def test_ignored_fields_make_none() -> None:
    celery, dramatiq = outcome("celery", event("a", id=1)), outcome("dramatiq", event("a", id=2))
    assert differences(replace(CASE, ignore=("id",)), celery, dramatiq) == []


def test_defined_order() -> None:
    case = replace(CASE, order=(("a", "b"),))
    wrong = outcome("dramatiq", event("a", 2), event("b", 1))
    assert unsound(case, wrong) == ["under Dramatiq 'b' came before 'a'"]
    assert unsound(case, outcome("dramatiq", event("a", 1), event("b", 2))) == []


@pytest.mark.parametrize(
    ("passed", "says"),
    [(2.7, "under Dramatiq 2.7 s from 'a 1' to 'a 2', expected 2.8 to 6.0 s"), (3.1, "")],
)
def test_gap(passed: float, says: str) -> None:
    case = replace(CASE, gap=(Gap("a 1", "a 2", 3),))
    found = unsound(case, outcome("dramatiq", event("a", 0), event("a", passed)))
    assert "\n".join(found) == says


def test_gap_without_its_events() -> None:
    case = replace(CASE, gap=(Gap("a 1", "a 2", 3),))
    found = unsound(case, outcome("dramatiq", event("a")))
    assert found == ["under Dramatiq there is no event 'a 2' to measure"]


def test_announced_difference_must_be_there_and_be_announced() -> None:
    announced = Differs("B runs, A does not.", "C2D1", ({"event": "a"},), ({"event": "b", "x": 1},))
    case = replace(CASE, differs=announced)
    celery, dramatiq = outcome("celery", event("a")), outcome("dramatiq", event("b", x=1))
    assert differences(case, celery, dramatiq) == []
    assert differences(case, celery, celery) == [
        "event only under Celery: b x=1",
        "event only under Dramatiq: a",
    ]
    assert unannounced(case, [{"code": "C2D1", "action": "REVIEW"}]) == []
    assert unannounced(case, [{"code": "C2D1", "action": "REWRITE"}]) == [
        "no REVIEW finding with C2D1 announces: B runs, A does not."
    ]


def test_messages_that_are_announced_to_stay() -> None:
    case = replace(CASE, differs=Differs("B waits.", left_dramatiq=("b",)))
    left = replace(outcome("dramatiq"), waiting=(Waiting("t", "a"), Waiting("t", "b")))
    assert unsound(case, left) == ["left waiting under Dramatiq: t in a"]
    assert unsound(case, outcome("dramatiq")) == ["nothing was left in b under Dramatiq"]


def test_tasks_that_stay() -> None:
    case = replace(CASE, stays=("t.stays",))
    celery = outcome("celery")
    moved = replace(outcome("dramatiq"), on_celery=frozenset({"t.moved", "celery.starmap"}))
    assert differences(case, celery, moved) == [
        "t.moved still runs on Celery",
        "t.stays should still run on Celery, and did not",
    ]


def test_given_up_in_the_log_of_a_worker() -> None:
    log = """
    [...: ERROR/ForkPoolWorker-1] Task t.bad[e57a-0a] raised unexpected: ValueError('x')
    [...: INFO/ForkPoolWorker-1] Task t.thrown[d2b5-0b] raised expected: KeyError('x')
    [...: INFO/MainProcess] Discarding revoked task: t.late[a662-0c]
    [...: INFO/ForkPoolWorker-1] Task t.again[e57a-0a] retry: Retry in 1s: ValueError('x')
    [...: ERROR/MainProcess] Hard time limit (1s) exceeded for t.hang[ad1d-0d]
    [...: WARNING/ForkPoolWorker-1] Task t.poison[ad1d-0e] reject requeue=False: poisoned
    """
    assert sorted(celery_given_up(log)) == ["t.bad", "t.hang", "t.late", "t.poison", "t.thrown"]


def test_usual_addresses_become_those_of_the_private_servers() -> None:
    ports = {"redis": 1, "rabbitmq": 2}
    assert redirect("'redis://localhost:6379/0'", ports) == "'redis://localhost:1/0'"
    assert redirect("pyamqp://guest@localhost//", ports) == "pyamqp://guest@127.0.0.1:2//"
    assert redirect("amqp://u:p@localhost:5672/%2F", ports) == "amqp://u:p@127.0.0.1:2/%2F"


def test_unknown_key_in_a_case(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text("expect = 1\nexpects = 2\n")
    with pytest.raises(ValueError, match="expects"):
        load(tmp_path)
