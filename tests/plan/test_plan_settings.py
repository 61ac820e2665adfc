"""Every setting of Celery's has a rule, and what becomes of it is seen where it works."""

from __future__ import annotations

import pytest
from celery.app import defaults  # type: ignore[import-untyped]

from celery2dramatiq import codemod
from celery2dramatiq.plan import Plan
from tests.projects import planned

RULES = codemod.load()


def test_every_setting_has_a_rule() -> None:
    assert set(defaults.SETTING_KEYS) <= set(RULES.settings)


def decided(settings: str, task: str = "@app.task", broker: str = "redis://") -> Plan:
    """Plan a project with one task, and settings in a module."""
    app = (
        "from celery import Celery\n"
        f"app = Celery('app', broker='{broker}', backend='redis://')\n"
        f"app.config_from_object('conf')\n{task}\ndef ping(): ...\n"
    )
    return planned({"app.py": app, "conf.py": f"{settings}\n"})


def codes(plan: Plan) -> set[str]:
    """Return the codes of the answers about settings."""
    return {one.row.code for one in plan.findings if one.place.path == "conf.py"} - {"C2D239"}


@pytest.mark.parametrize("name", sorted(defaults.SETTING_KEYS))
@pytest.mark.parametrize("old", [False, True])
def test_every_setting_is_known_in_both_spellings(name: str, old: bool) -> None:
    written = defaults._TO_OLD_KEY[name] if old else name
    if name in ("broker_url", "result_backend"):
        app = "from celery import Celery\napp = Celery('app')\napp.config_from_object('conf')\n"
        plan = planned(
            {"app.py": f"{app}@app.task\ndef ping(): ...\n", "conf.py": f"{written} = f()"}
        )
    else:
        plan = decided(f"{written} = object()")
    own = {one.row.code for one in plan.findings}
    assert not own & {"C2D633", "C2D634", "C2D901"}
    assert plan.index.configurations[plan.apps[0].app.id].of(name)


def test_a_typo_is_inert() -> None:
    plan = decided("taks_routes = {'app.pang': 'slow'}")
    assert codes(plan) == {"C2D633"}
    assert plan.tasks[0].moves


@pytest.mark.parametrize(
    ("settings", "queue"),
    [
        ("task_routes = {'app.ping': 'slow'}", "slow"),
        ("task_routes = {'app.*': {'queue': 'slow'}}", "slow"),
        ("task_routes = {'app.*': 'slow', 'app.ping': 'quick'}", "quick"),
        ("task_routes = ({'other.*': 'x'}, {'app.*': 'slow'}, {'app.ping': 'late'})", "slow"),
        ("task_routes = ([('app.*', {'queue': 'slow'}), ('app.ping', 'z')],)", "z"),
        ("task_routes = {'other.ping': 'slow'}", ""),
        ("task_routes = {'app.pin?': 'slow'}", ""),
        ("task_routes = {'other': 'slow'}\ntask_default_queue = 'own'", "own"),
        ("task_routes = None", ""),
    ],
)
def test_routes(settings: str, queue: str) -> None:
    plan = decided(settings)
    (edit,) = [one for one in plan.edits if one.path == "app.py"]
    options = [dict(spec.options) for spec in edit.specs if hasattr(spec, "options")]
    given = options[0].get("queue_name")
    assert (given.code if given is not None else "") == (f"'{queue}'" if queue else "")


@pytest.mark.parametrize(
    "settings",
    [
        "task_routes = route",
        "task_routes = {'app.ping': {'exchange': 'x', 'routing_key': 'y'}}",
        "task_routes = {'app.ping': {'queue': 'x', 'priority': 3}}",
        "task_routes = [('app.ping', {'queue': 'x'})]",
        "task_routes = 'router:Router'",
    ],
)
def test_routers_hold_back(settings: str) -> None:
    plan = decided(settings)
    assert codes(plan) == {"C2D659"}
    assert not plan.tasks[0].moves


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("None", "C2D648"),
        ("[Queue('a'), Queue('b', Exchange('b', type='direct'), routing_key='b')]", "C2D648"),
        ("{'a': {'exchange': 'a', 'routing_key': 'a'}}", "C2D648"),
        ("[Queue('a', Exchange('a', type='topic'))]", "C2D649"),
        ("[Queue('a', queue_arguments={'x-max-priority': 3})]", "C2D649"),
        ("[Queue(*names)]", "C2D649"),
        ("[Broadcast('a')]", "C2D649"),
        ("queues", "C2D649"),
        ("{'a': table}", "C2D649"),
        ("make()", "C2D649"),
        ("[*queues]", "C2D649"),
    ],
)
def test_queues(given: str, code: str) -> None:
    app = (
        "from celery import Celery\nfrom kombu import Exchange, Queue\n"
        f"app = Celery('app', broker='redis://')\napp.conf.task_queues = {given}\n"
        "@app.task\ndef ping(): ...\n"
    )
    plan = planned({"app.py": app})
    found = {one.row.code for one in plan.findings}
    assert found & {"C2D648", "C2D649"} >= {code}
    assert plan.tasks[0].moves is (code == "C2D648")


def test_queues_that_are_declared_where_they_stay() -> None:
    plan = decided("from kombu import Queue\ntask_queues = [Queue('a')]")
    assert "C2D649" in codes(plan)
    assert not plan.tasks[0].moves


def test_annotations_are_options() -> None:
    plan = decided(
        "task_annotations = [{'*': {'ignore_result': True, 'time_limit': 5}}, "
        "{'app.ping': {'time_limit': 7}, 'other': {'rate_limit': '1/m'}}]"
    )
    (edit,) = [one for one in plan.edits if one.path == "app.py"]
    (options,) = [dict(spec.options) for spec in edit.specs if hasattr(spec, "options")]
    assert {name: code.code for name, code in options.items()} == {
        "actor_name": "'app.ping'",
        "store_results": "False",
        "time_limit": "5000",  # what is for all tasks is set last
    }


@pytest.mark.parametrize("given", ["[Annotate()]", "{'*': {'on_failure': hook}}", "annotate"])
def test_annotations_that_hold_back(given: str) -> None:
    assert codes(decided(f"task_annotations = {given}")) == {"C2D639"}


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        ("worker_concurrency = 3", "dramatiq app --processes 3 --threads 1"),
        ("worker_concurrency = 0", "dramatiq app --threads 1"),
        ("worker_concurrency = number()", "dramatiq app --threads 1"),
        ("worker_pool = 'solo'", "dramatiq app --processes 1 --threads 1"),
        ("worker_pool = 'threads'", "dramatiq app --processes 1 --threads 8"),
        ("worker_pool = 'threads'\nworker_concurrency = 4",
         "dramatiq app --processes 1 --threads 4"),
        ("worker_pool_start_method = 'spawn'", "dramatiq app --use-spawn --threads 1"),
    ],
)  # fmt: skip
def test_the_workers_command(settings: str, command: str) -> None:
    plan = decided(settings)
    assert codes(plan) == {"C2D655"}
    assert plan.worker is not None
    assert plan.worker.command == command


@pytest.mark.parametrize(
    ("settings", "code", "moves"),
    [
        ("worker_pool = 'gevent'", "C2D656", False),
        ("worker_prefetch_multiplier = 1", "C2D657", True),
        ("beat_schedule = {}", "C2D708", True),
        ("beat_schedule = {'a': {'task': 'app.ping', 'schedule': 5}}", "C2D702", True),
        ("beat_schedule = {'a': {'task': 'other', 'schedule': 5}}", "C2D706", True),
        ("beat_schedule = {'a': {'schedule': 5}}", "C2D703", False),
        ("beat_schedule = {'a': entry}", "C2D703", False),
        ("beat_schedule = entries()", "C2D709", False),
        ("beat_scheduler = 'redbeat.RedBeatScheduler'", "C2D637", False),
        ("beat_scheduler = 'celery.beat:PersistentScheduler'", None, True),
        ("redis_host = 'r'", "C2D650", False),
        ("broker_login_method = 'PLAIN'", "C2D654", True),
        ("broker_login_method = 'EXTERNAL'", "C2D650", False),
        ("task_default_rate_limit = '1/m'", "C2D651", False),
        ("task_default_exchange = 'x'", "C2D654", True),
        ("task_always_eager = True", "C2D652", False),
        ("task_always_eager = False", "C2D654", True),
        ("task_queue_max_priority = 5", "C2D654", True),
        ("broker_connection_retry_on_startup = True", "C2D646", True),
        ("broker_connection_retry = False", "C2D641", True),
        ("task_acks_late = True", "C2D646", True),
        ("task_acks_on_failure_or_timeout = False", "C2D642", True),
        ("task_compression = 'gzip'", "C2D643", True),
        ("worker_log_format = '%(message)s'", "C2D644", True),
        ("worker_lost_wait = 3", "C2D645", True),
        ("worker_max_tasks_per_child = 1", "C2D647", True),
        ("s3_bucket = 'x'", "C2D640", True),
    ],
)
def test_what_becomes_of_a_setting(settings: str, code: str | None, moves: bool) -> None:
    plan = decided(settings)
    scheduled = {"C2D708"} if code != "C2D708" else set()
    assert codes(plan) - scheduled == set((code or "").split())
    assert plan.tasks[0].moves is moves


def test_what_only_rabbitmq_knows() -> None:
    assert codes(decided("task_queue_max_priority = 5", broker="amqp://")) == {"C2D653"}
    assert codes(decided("task_default_exchange = 'x'", broker="amqp://")) == {"C2D651"}
    assert codes(decided("if x:\n    task_queue_max_priority = 5", broker="amqp://")) == {"C2D653"}


def test_eager_in_some_environments_only() -> None:
    app = (
        "import os\nfrom celery import Celery\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.prod')\n"
        "app = Celery('app')\napp.config_from_object('django.conf:settings', namespace='CELERY')\n"
        "@app.task\ndef ping(): ...\n"
    )
    plan = planned(
        {
            "app.py": app,
            "conf/base.py": "CELERY_BROKER_URL = 'redis://'\n",
            "conf/prod.py": "from .base import *\n",
            "conf/dev.py": "from .base import *\nCELERY_TASK_ALWAYS_EAGER = True\n",
        }
    )
    (eager,) = [one for one in plan.findings if one.row.code == "C2D652"]
    assert (eager.place.path, eager.note) == ("conf/dev.py", "in `conf.dev`")
    assert plan.tasks[0].moves


def test_what_is_inert_is_said_also_where_nothing_moves() -> None:
    plan = decided("CELERY_BEAT_SCHEDULE = {}\ntask_default_rate_limit = '1/m'")
    assert not plan.tasks[0].moves
    assert "C2D633" in codes(plan)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("app.config_from_object(conf())", "C2D628"),
        ("prepare()\napp.conf.result_expires = clock()", "C2D628"),
        ("app.add_defaults({**given})", "C2D628"),
        ("app.conf['timezone'] = 'UTC'", "C2D620"),
        ("def f():\n    app.conf.update(timezone='UTC')", "C2D631"),
        ("def f():\n    app.add_defaults({'timezone': 'UTC'})", "C2D631"),
        ("def f():\n    app.config_from_object('conf')", "C2D631"),
        ("prepare()\napp.conf.task_queue_max_priority = clock()", "C2D651"),
    ],
)
def test_statements(statement: str, code: str) -> None:
    app = (
        "from celery import Celery\n"
        f"app = Celery('app', broker='amqp://', backend='redis://')\n{statement}\n"
        "@app.task\ndef ping(): ...\n"
    )
    plan = planned({"app.py": app, "conf.py": "broker_url = 'x'\n"})
    assert code in {one.row.code for one in plan.findings}
    assert plan.tasks[0].moves is (code == "C2D620")
