"""Which broker and result backend a project gets, and what that asks of its helper module."""

from __future__ import annotations

import pytest

from celery2dramatiq.codemod import Codemod, Outcome, combine, load, on_use
from celery2dramatiq.mapping import LOST_RESULT, Action, Row
from celery2dramatiq.templates import choices, compose
from tests.projects import parts_of, planned

APP = """\
import os
from celery import Celery
app = Celery("app", {})

@app.task
def ping():
    return "pong"

def go(x):
    {}
"""
RESULTS = sorted(set(choices("_RESULT_BACKENDS").values()))


def plan(arguments: str, line: str = "ping.delay()") -> tuple[list[str], dict[str, list[str]]]:
    """Return the parts of `make_broker` that are written, and why each task stays."""
    decided = planned({"app.py": APP.format(arguments, line)})
    held = {
        str(task.task.name): [finding.row.code for finding in task.held_by]
        for task in decided.tasks
        if not task.moves
    }
    return sorted(parts_of(decided, "dramatiq_helpers.py")), held


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ("broker='redis://'", ["_redis_broker"]),
        ("broker='rediss://h'", ["_redis_broker"]),
        ("broker='sentinel://h;sentinel://i'", ["_sentinel_broker"]),
        ("broker='amqp://', backend='redis'", ["_rabbitmq_broker", "_redis_results"]),
        ("broker=['amqp://a', 'amqp://b']", ["_rabbitmq_broker"]),
        ("broker='amqp://a;amqp://b'", ["_rabbitmq_broker"]),
        ("", ["_rabbitmq_broker"]),
        ("broker=''", ["_rabbitmq_broker"]),
        ("broker='sqs://', backend='cache+memcached://h'", ["_memcached_results", "_sqs_broker"]),
        ("broker='memory://', backend='cache+memory://'", ["_memory_broker", "_memory_results"]),
        ("broker=f'sqs://{os.environ[\"KEY\"]}@'", ["_sqs_broker"]),
        ("broker='redis://' + os.environ['HOST'] + ':6379'", ["_redis_broker"]),
        ("broker='redis://', backend=os.environ['R']", sorted(["_redis_broker", *RESULTS])),
        # the environment decides, so there is everything
        ("broker=os.environ['B']", []),
        ("broker=os.environ.get('B', 'redis://')", []),
        ("broker=f'{os.environ[\"S\"]}://h'", []),
        ("broker=os.environ['B'] + '/0'", []),
        ("broker=os.environ['B'], backend='redis://'", []),
    ],
)
def test_the_parts_of_make_broker(arguments: str, parts: list[str]) -> None:
    assert plan(arguments) == (parts, {})


def test_every_choice_is_a_part_that_can_be_written() -> None:
    for table in ("_BROKERS", "_RESULT_BACKENDS"):
        for part in set(choices(table).values()):
            assert f"def {part}(" in compose(["make_broker", part])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("broker='kafka://'", "C2D602"),
        ("broker='redis://a;redis://b'", "C2D602"),
        ("broker=['redis://a', 'redis://b']", "C2D602"),
        ("broker='sqs://', broker_transport_options={'predefined_queues': {}}", "C2D662"),
        ("broker='redis://', broker_transport_options={'priority_steps': [0]}", "C2D663"),
    ],
)
def test_what_holds_everything_back(arguments: str, code: str) -> None:
    assert plan(arguments) == ([], {"app.ping": [code]})


@pytest.mark.parametrize(
    "backend",
    ["db+sqlite:///r", "django-db", "mongodb://h", "rpc://", "file:///r", "amqp"],
)
def test_results_that_nobody_reads_are_dropped(backend: str) -> None:
    parts, held = plan(f"broker='amqp://', backend='{backend}'")
    assert (parts, held) == (["_rabbitmq_broker"], {})
    decided = planned({"app.py": APP.format(f"broker='amqp://', backend='{backend}'", "pass")})
    assert "C2D665" in {finding.row.code for finding in decided.findings}


@pytest.mark.parametrize("line", ["return ping.delay().get()", "r = ping.delay(); return r.result"])
@pytest.mark.parametrize("backend", ["db+sqlite:///r", "rpc://"])
def test_results_that_are_read_hold_their_task_back(line: str, backend: str) -> None:
    _, held = plan(f"broker='amqp://', backend='{backend}'", line)
    assert list(held) == ["app.ping"]


def test_results_in_the_brokers_redis() -> None:
    decided = planned({"app.py": APP.format("broker='redis://', backend='rpc://'", "pass")})
    assert "C2D664" in {finding.row.code for finding in decided.findings}
    assert parts_of(decided, "dramatiq_helpers.py") == ["_redis_broker", "_redis_results"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("os.environ.get('B', 'amqp://')", "C2D665"),
        ("config('B', default='pyamqp://guest@h')", "C2D665"),
        ("os.environ.get('B', 'redis://')", "C2D664"),
        ("os.environ['B']", "C2D664"),
    ],
)
def test_rpc_beside_a_computed_broker(url: str, code: str) -> None:
    arguments = f"broker={url}, backend='rpc://'"
    decided = planned({"app.py": APP.format(arguments, "pass")})
    (found,) = [f for f in decided.findings if f.row.code in ("C2D664", "C2D665")]
    assert found.row.code == code
    assert ("refuses it at start" in found.note) == (code == "C2D664")
    assert decided.tasks[0].moves
    _, held = plan(arguments, "return ping.delay().get()")
    assert held == ({"app.ping": ["C2D920"]} if code == "C2D665" else {})


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ("{'visibility_timeout': 3600}", False),
        ("{'max_retries': 3}", False),
        ("{'visibility_timeout': 3600, 'global_keyprefix': 'a'}", True),
        ("{'socket_timeout': os.environ['T']}", True),
        ("OPTIONS", True),
        ("{**OPTIONS}", True),
        ("None", False),
        ("{}", False),
    ],
)
def test_transport_options_are_passed_on_where_they_matter(options: str, printed: bool) -> None:
    arguments = f"broker='redis://', broker_transport_options={options}"
    decided = planned({"app.py": "OPTIONS = make()\n" + APP.format(arguments, "pass")})
    (edit,) = decided.edits
    assert ("broker_transport_options" in repr(edit.specs)) == printed


@pytest.mark.parametrize("name", ["broker_use_ssl", "redis_backend_use_ssl"])
@pytest.mark.parametrize(("value", "printed"), [("True", True), ("False", False), ("TLS", True)])
def test_tls_is_passed_on(name: str, value: str, printed: bool) -> None:
    arguments = f"broker='redis://', {name}={value}"
    decided = planned({"app.py": "TLS = {}\n" + APP.format(arguments, "pass")})
    (edit,) = decided.edits
    assert (name in repr(edit.specs)) == printed


def test_options_that_are_computed_elsewhere_hold_back() -> None:
    late = "prepare()\napp.conf.broker_transport_options = dict(os.environ)\n"
    decided = planned({"app.py": APP.format("broker='redis://'", "pass") + late})
    (task,) = decided.tasks
    assert [finding.row.code for finding in task.held_by] == ["C2D603"]


READ = Row("C2D599", "a result that is read", "the same", Action.REWRITE)


@pytest.mark.parametrize(("backend", "moves"), [("db+sqlite:///r", False), ("redis://", True)])
def test_what_may_be_read_is_read_only_where_there_is_a_backend(backend: str, moves: bool) -> None:
    """Whatever rule says how a result is read: without a backend the task stays."""
    get = on_use("sent", ".get()")(lambda use, steps, context: Outcome(READ))
    codemods = [one for one in load().codemods if one.name != "results"]
    rules = combine([*codemods, Codemod("reading", "", (READ,), (get,))])
    other = "\n@app.task\ndef pong():\n    pass\n"
    text = APP.format(f"broker='amqp://', backend='{backend}'", "ping.delay().get()") + other
    first, second = planned({"app.py": text}, rules=rules).tasks
    assert (first.moves, second.moves) == (moves, True)
    assert {finding.row for finding in first.held_by} == (set() if moves else {LOST_RESULT})


@pytest.mark.parametrize("queue", ["orders.fifo", "orders"])
def test_a_fifo_queue(queue: str) -> None:
    text = APP.format("broker='sqs://'", "pass").replace("app.task", f"app.task(queue='{queue}')")
    (task,) = planned({"app.py": text}).tasks
    assert task.moves == (queue == "orders")


def test_settings_that_differ_are_left_to_the_run() -> None:
    """One of two values, which of them is known only then."""
    settings = """\
import os
class Config:
    if os.environ.get("SQS"):
        broker_url = "sqs://"
        broker_transport_options = {"visibility_timeout": 60}
    else:
        broker_url = "redis://"
        broker_transport_options = {"global_keyprefix": "a"}
"""
    text = APP.format("", "pass") + "app.config_from_object('config:Config')\n"
    decided = planned({"app.py": text, "config.py": settings})
    assert parts_of(decided, "dramatiq_helpers.py") == []


@pytest.mark.parametrize("name", ["broker_url", "result_backend"])
@pytest.mark.parametrize(
    "late",
    [
        "def configure():\n    app.conf.{} = os.environ['R']\n",
        "if go:\n    app.conf.{} = 'redis://'\n",
    ],
)
def test_a_url_that_is_given_elsewhere_holds_back(name: str, late: str) -> None:
    (task,) = planned({"app.py": APP.format("", "pass") + late.format(name)}).tasks
    assert not task.moves
