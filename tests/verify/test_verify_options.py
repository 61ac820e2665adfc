"""Every option of a task against an actor that keeps it, and one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.sample import PACKAGE
from tests.projects import migrated
from tests.verify.checking import AFTER, BROKER, Verified, verified

BEFORE = {"news/__init__.py": "", "news/settings.py": "LIMIT = int(input())\n"}
APP = "from celery import Celery\n\napp = Celery('news', broker='redis://localhost'{settings})\n"
TASK = "from news.app import app\nfrom news import settings\n\n\n@app.task({options})\n{body}\n"
PLAIN = "def send(reader):\n    print(reader)\n"
ASKS = "def send(self, reader):\n    raise self.retry(countdown=3)\n"
ACTOR = (
    "import dramatiq\n\nfrom news.app import broker  # noqa: F401\n\n\n"
    "class Policy:\n"
    "    def __init__(self, max_retries):\n        self.max_retries = max_retries\n"
    "    def __call__(self, retries, error):\n        return False\n\n\n"
    '@dramatiq.actor(actor_name="news.tasks.send", {options})\n' + PLAIN
)
RESULTS = BROKER.replace(
    "Retries(max_retries=0),",
    "Retries(max_retries=0), Results(backend=StubBackend(), store_results=True),",
).replace(
    "import dramatiq\n",
    "import dramatiq\nfrom dramatiq.results import Results\n"
    "from dramatiq.results.backends import StubBackend\n",
)


def against(
    root: Path,
    options: str,
    actor: str,
    *,
    body: str = PLAIN,
    settings: str = "",
    broker: str = BROKER,
) -> Verified:
    """Verify an actor with these options against a task with those."""
    before = {
        **BEFORE,
        "news/app.py": APP.format(settings=settings),
        "news/tasks.py": TASK.format(options=options, body=body),
    }
    after = {**AFTER, "news/app.py": broker, "news/tasks.py": ACTOR.format(options=actor)}
    worker = "dramatiq news.app news.tasks"
    return verified(root, after, "--worker", worker, before=before)


def differs(found: Verified) -> tuple[str, str]:
    """Return the one difference: which option, and what is said of it."""
    (finding,) = found.findings
    assert finding["code"] in ("option", "queue")
    assert finding["tasks"] == ["news.tasks.send"]
    text = finding["text"].removeprefix("news.tasks.send: ")
    name, _, said = text.partition(" differs: ")
    return name, said


@pytest.mark.parametrize(
    ("options", "actor"),
    [
        ("queue='slow'", "queue_name='slow'"),
        ("queue='slow'", "queue_name='dramatiq_slow'"),
        ("queue='celery'", "queue_name='celery'"),
        ("soft_time_limit=30", "time_limit=30000"),
        ("time_limit=30", "time_limit=30000"),
        ("time_limit=60, soft_time_limit=1.5", "time_limit=1500"),
        ("time_limit=None", "time_limit=float('inf')"),
        ("expires=5", "max_age=5000"),
        ("priority=3", "priority=3"),
        ("throws=(KeyError, ValueError)", "throws=(KeyError, ValueError)"),
        ("throws=KeyError", "throws=KeyError"),
        ("autoretry_for=(OSError,)", "retry_when=Policy(3)"),
        ("autoretry_for=(OSError,), max_retries=5", "retry_when=Policy(5)"),
        ("autoretry_for=(OSError,), max_retries=None", "retry_when=Policy(None)"),
        ("autoretry_for=(OSError,), retry_kwargs={'max_retries': 7}", "retry_when=Policy(7)"),
        ("autoretry_for=(OSError,)", "retry_when=lambda n, e: n < 3"),
        ("max_retries=5", ""),
        ("ignore_result=True", ""),
    ],
)
def test_agrees(root: Path, options: str, actor: str) -> None:
    found = against(root, options, actor)
    assert (found.findings, found.data["notes"]) == ([], [])


@pytest.mark.parametrize(
    ("options", "actor", "name", "said"),
    [
        ("", "queue_name='slow'", "queue_name", "with Celery celery, with Dramatiq slow"),
        ("queue='slow'", "", "queue_name", "with Celery slow, with Dramatiq default"),
        ("", "time_limit=600000", "time_limit", "with Celery no limit, with Dramatiq 600000 ms"),
        ("soft_time_limit=30", "time_limit=30", "time_limit",
         "with Celery 30000 ms, with Dramatiq 30 ms"),
        ("time_limit=30", "", "time_limit", "with Celery 30000 ms, with Dramatiq no limit"),
        ("expires=5", "max_age=5", "max_age", "with Celery 5000 ms, with Dramatiq 5 ms"),
        ("", "max_age=5", "max_age", "with Celery no limit, with Dramatiq 5 ms"),
        ("priority=3", "", "priority", "with Celery 3, with Dramatiq 0"),
        ("throws=(KeyError,)", "throws=(KeyError, OSError)", "throws",
         "with Celery KeyError, with Dramatiq KeyError, OSError"),
        ("", "throws=KeyError", "throws", "with Celery none, with Dramatiq KeyError"),
        ("", "max_retries=3", "max_retries",
         "with Celery it is never retried, with Dramatiq it is retried 3 times, for any exception"),
        ("", "max_retries=None", "max_retries",
         "with Celery it is never retried, with Dramatiq it is retried for ever, for any "
         "exception"),
        ("autoretry_for=(OSError,)", "", "retry_when",
         "with Celery it asks for retries, with Dramatiq it is never retried"),
        ("autoretry_for=(OSError,)", "max_retries=3", "retry_when",
         "with Celery it is retried where it asks for it, with Dramatiq it is retried for any "
         "exception"),
        ("autoretry_for=(OSError,)", "retry_when=Policy(4)", "max_retries",
         "with Celery at most 3, with Dramatiq at most 4"),
        ("autoretry_for=(OSError,)", "retry_when=Policy(None)", "max_retries",
         "with Celery at most 3, with Dramatiq without a limit"),
    ],
)  # fmt: skip
def test_differs(root: Path, options: str, actor: str, name: str, said: str) -> None:
    assert differs(against(root, options, actor)) == (name, said)


def test_retry_in_the_body(root: Path) -> None:
    found = against(root, "bind=True", "", body=ASKS)
    assert differs(found)[0] == "retry_when"


@pytest.mark.parametrize(
    ("settings", "actor", "name"),
    [
        (", task_time_limit=9", "time_limit=9000", ""),
        (", task_time_limit=9, task_soft_time_limit=3", "time_limit=3000", ""),
        (", task_time_limit=9", "", "time_limit"),
        (", task_default_queue='all'", "queue_name='all'", ""),
        (", task_default_queue='all'", "", "queue_name"),
        (", task_routes={'news.*': {'queue': 'new'}}", "queue_name='new'", ""),
        (", task_routes={'news.tasks.send': 'new', '*': 'old'}", "queue_name='new'", ""),
        (", task_routes={'*': {'queue': 'new'}}", "", "queue_name"),
        (", task_routes={'old.*': 'old'}", "", ""),
        (", task_routes={'*': {'priority': 1}}", "", ""),
    ],
)
def test_settings(root: Path, settings: str, actor: str, name: str) -> None:
    found = against(root, "", actor, settings=settings)
    assert (differs(found)[0] if name else found.findings) == (name or [])


def test_option_of_none_leaves_it_to_the_setting(root: Path) -> None:
    found = against(root, "time_limit=None", "time_limit=9000", settings=", task_time_limit=9")
    assert found.findings == []


def test_option_wins_over_setting(root: Path) -> None:
    settings = ", task_soft_time_limit=9, task_routes={'*': 'new'}, task_ignore_result=True"
    options = "soft_time_limit=3, queue='own', ignore_result=False"
    found = against(root, options, "time_limit=3000, queue_name='own'", settings=settings)
    assert found.findings == []


@pytest.mark.parametrize(
    ("options", "settings", "broker", "said"),
    [
        ("", ", backend='redis://localhost'", RESULTS, ""),
        ("ignore_result=True", ", backend='redis://localhost'", RESULTS,
         "with Celery its result is ignored, with Dramatiq its result is stored"),
        ("", ", backend='redis://localhost', task_ignore_result=True", RESULTS,
         "with Celery its result is ignored, with Dramatiq its result is stored"),
        ("", ", backend='redis://localhost'", BROKER,
         "with Celery its result is stored, with Dramatiq its result is thrown away"),
        ("", ", backend='disabled://'", BROKER, ""),
        ("", "", BROKER, ""),
    ],
)  # fmt: skip
def test_results(root: Path, options: str, settings: str, broker: str, said: str) -> None:
    found = against(root, options, "", settings=settings, broker=broker)
    assert (differs(found)[1] if said else found.findings) == (said or [])


@pytest.mark.parametrize(
    ("options", "settings", "broker", "note"),
    [
        ("time_limit=settings.LIMIT", "", BROKER, "time_limit (`settings.LIMIT`)"),
        ("queue=settings.QUEUE", "", BROKER, "queue_name (`settings.QUEUE`)"),
        ("", ", task_routes=route", BROKER, "queue_name (`route`)"),
        ("", ", task_time_limit=limit", BROKER, "time_limit (`limit`)"),
        ("ignore_result=True", ", backend=url()", RESULTS, "store_results (`result_backend`)"),
        ("name='news.tasks.send', **settings.OPTIONS", "", BROKER,
         "queue_name (`settings.OPTIONS`), retries (`settings.OPTIONS`), time_limit "
         "(`settings.OPTIONS`), max_age (`settings.OPTIONS`), store_results "
         "(`settings.OPTIONS`), throws (`settings.OPTIONS`), priority (`settings.OPTIONS`)"),
    ],
)  # fmt: skip
def test_what_is_computed_is_not_compared(
    root: Path, options: str, settings: str, broker: str, note: str
) -> None:
    found = against(root, options, "", settings=settings, broker=broker)
    assert found.findings == []
    assert found.data["notes"] == [f"news.tasks.send: not compared, as it is computed: {note}"]


def test_task_whose_name_is_computed(root: Path) -> None:
    found = against(root, "name=settings.NAME", "")
    assert found.status() == {"send": "unknown"}
    assert found.findings == []
    assert found.data["notes"] == [
        "new since then, so not compared: news.tasks.send",
        "not looked for, as their names are computed: news.tasks.send",
    ]


SOURCE = "app.config_from_object('{source}')\n"


@pytest.mark.parametrize(
    ("source", "config", "actor", "note"),
    [
        ("news.conf", "task_time_limit = 9\n", "time_limit=9000", ""),
        ("news.conf", "CELERYD_TASK_TIME_LIMIT = 9\n", "time_limit=9000", ""),
        ("news.conf", "TASK_TIME_LIMIT = 9\n", "", ""),
        ("news.conf", "task_routes = {'*': {'queue': 'new'}}\n", "queue_name='new'", ""),
        ("news.conf", "task_routes = ['*']\n", "", "queue_name (`task_routes`)"),
        ("nonesuch", "", "", "queue_name (`config_from_object(...)`), "
         "time_limit (`config_from_object(...)`), store_results (`config_from_object(...)`)"),
    ],
)  # fmt: skip
def test_configuration(root: Path, source: str, config: str, actor: str, note: str) -> None:
    before = {
        **BEFORE,
        "news/app.py": APP.format(settings="") + SOURCE.format(source=source),
        "news/conf.py": config,
        "news/tasks.py": TASK.format(options="", body=PLAIN),
    }
    after = {**AFTER, "news/tasks.py": ACTOR.format(options=actor)}
    found = verified(root, after, "--worker", "dramatiq news.app news.tasks", before=before)
    assert found.findings == []
    said = f"news.tasks.send: not compared, as it is computed: {note}"
    assert found.data["notes"] == ([said] if note else [])


def test_apps_that_differ(root: Path) -> None:
    before = {
        **BEFORE,
        "news/app.py": APP.format(settings=", task_time_limit=9"),
        "news/other.py": APP.format(settings=""),
        "news/tasks.py": TASK.format(options="", body=PLAIN),
    }
    after = {**AFTER, "news/tasks.py": ACTOR.format(options="")}
    found = verified(root, after, "--worker", "dramatiq news.app news.tasks", before=before)
    assert found.data["notes"][0].endswith("as it is computed: time_limit (`9`)")


RABBITMQ = (
    BROKER.replace("redis", "rabbitmq")
    .replace("Redis", "Rabbitmq")
    .replace("rabbitmq://", "amqp://")
)


@pytest.mark.parametrize(
    ("options", "actor", "said"),
    [
        ("", "", ""),
        ("queue='slow'", "queue_name='dramatiq_slow'", ""),
        ("queue='slow'", "queue_name='slow'", "with Celery slow, with Dramatiq slow"),
        ("priority=3", "", ""),
    ],
)
def test_rabbitmq(root: Path, options: str, actor: str, said: str) -> None:
    found = against(root, options, actor, broker=RABBITMQ)
    assert (differs(found)[1] if said else found.findings) == (said or [])


def test_broker_that_asks_its_server_for_queues(root: Path) -> None:
    broker = BROKER + (
        "\n\nclass Eager(dramatiq.Broker):\n"
        "    def declare_queue(self, queue_name):\n        raise OSError('no server')\n"
        "    def enqueue(self, message, *, delay=None):\n        raise OSError('no server')\n\n\n"
        "class Own(Eager):\n    pass\n\n\n"
        "broker = Own(middleware=broker.middleware)\ndramatiq.set_broker(broker)\n"
        "broker.declare_queue('default')\nbroker.declare_queue('default')\n"
    )
    assert against(root, "", "", broker=broker).findings == []


def test_what_apply_writes_agrees(root: Path) -> None:
    found = verified(root, migrated(PACKAGE), before=PACKAGE)
    assert found.findings == []
    assert found.status() == {"shop.tasks.add": "agrees", "shop.mail": "agrees"}
