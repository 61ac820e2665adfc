"""Each thing that `verify` finds, in a project that has it; and one that has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verify.checking import ACTORS, AFTER, APP, BEFORE, BROKER, COUNT, SEND, TASKS, verified


def test_agrees(root: Path) -> None:
    found = verified(root)
    assert (found.code, found.findings, found.data["notes"]) == (0, [], [])
    assert found.status() == {"news.tasks.send": "agrees", "news.tasks.count": "agrees"}
    assert found.data["worker"].startswith("dramatiq news.app news.tasks")
    assert found.data["broker"]["class"] == "dramatiq.brokers.redis.RedisBroker"
    assert "dramatiq.middleware.retries.Retries" in found.data["broker"]["middleware"]


# -- modules


@pytest.mark.parametrize(
    ("code", "says", "way_out"),
    [
        ("import nonesuch", "No module named 'nonesuch'", "install what provides nonesuch"),
        ("print 1", "SyntaxError", "mend the error"),
        ("1 / 0", "ZeroDivisionError: division by zero", "mend the error"),
        ("import sys; sys.exit(3)", "SystemExit: 3", "do not exit while importing"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", "mend the error"),
        (
            "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\nraise Odd",
            "Odd",
            "mend the error",
        ),
        (
            "import socket; socket.create_connection(('127.0.0.1', 9))",
            "verify opens no connection: 127.0.0.1:9",
            "as here to 127.0.0.1:9: connect where it is needed",
        ),
        (
            "import dramatiq\n@dramatiq.actor(store_results=True)\ndef f(): pass",
            "options are undefined: store_results",
            "add the middleware",
        ),
    ],
)
def test_module_that_cannot_be_imported(root: Path, code: str, says: str, way_out: str) -> None:
    found = verified(root, {**AFTER, "news/tasks.py": f"from news.app import broker\n{code}\n"})
    assert (found.code, found.codes) == (1, ["not-importable"])
    finding = found.one("not-importable")
    assert finding["text"].startswith("news.tasks cannot be imported: ")
    assert says in finding["text"]
    assert way_out in finding["next"]
    assert finding["path"] == "news/tasks.py"
    assert finding["line"] >= 2
    assert says.split(":")[0] in finding["trace"][-1]
    assert finding["tasks"] == ["news.tasks.send", "news.tasks.count"]


def test_the_same_reason_is_said_once(root: Path) -> None:
    found = verified(root, {**AFTER, "news/app.py": "import nonesuch\n"})
    assert found.codes == ["not-importable"]
    assert found.one("not-importable")["text"].startswith("news.app, news.tasks cannot be")
    assert found.one("not-importable")["path"] == "news/app.py"


def test_failure_outside_the_project_has_no_place(root: Path) -> None:
    found = verified(root, AFTER, "--worker", "dramatiq nonesuch.app news.tasks")
    finding = found.one("not-importable")
    assert (finding["path"], finding["line"]) == ("", None)
    assert "folder in the worker's --path" in finding["next"]


def test_entry_module_that_imports_nothing(root: Path) -> None:
    files = {**AFTER, "news/worker.py": "import news.app\n"}
    found = verified(root, files, "--worker", "dramatiq news.worker")
    assert found.codes == ["idle-entry", "not-imported"]
    assert "the worker imports news.worker, and no actor" in found.one("idle-entry")["text"]
    assert found.one("idle-entry")["path"] == "news/worker.py"


def test_task_module_that_the_worker_does_not_import(root: Path) -> None:
    before = {**BEFORE, "news/more.py": TASKS}
    files = {**AFTER, "news/more.py": ACTORS.replace("news.tasks.", "news.more.")}
    found = verified(root, files, "--worker", "dramatiq news.app news.tasks", before=before)
    assert (found.code, found.codes) == (1, ["not-imported"])
    finding = found.one("not-imported")
    assert finding["tasks"] == ["news.more.send", "news.more.count"]
    assert finding["next"].startswith("name news.more in the worker's command")
    assert found.status()["news.tasks.send"] == "agrees"


def test_task_module_that_nobody_imports_and_that_is_broken(root: Path) -> None:
    files = {**AFTER, "news/tasks.py": "1 / 0\n", "news/other.py": ACTORS.replace("tasks", "other")}
    found = verified(root, files, "--worker", "dramatiq news.app news.other")
    assert found.codes == ["not-importable"]
    assert found.data["notes"] == [
        "new since then, so not compared: news.other.count, news.other.send"
    ]


def test_task_that_no_actor_serves(root: Path) -> None:
    files = {**AFTER, "news/tasks.py": ACTORS.replace("news.tasks.send", "send")}
    found = verified(root, files)
    assert found.codes == ["no-actor"]
    assert found.one("no-actor")["tasks"] == ["news.tasks.send"]
    assert found.one("no-actor")["path"] == "news/tasks.py"
    assert found.data["notes"] == ["new since then, so not compared: send"]


def test_module_under_two_names(root: Path) -> None:
    files = {**AFTER, "news/views.py": "import tasks\n"}
    command = "dramatiq news.app news.tasks news.views --path . news"
    found = verified(root, files, "--worker", command)
    assert found.codes == ["two-names"]
    finding = found.one("two-names")
    assert "imported under two names, news.tasks and tasks," in finding["text"]
    assert (finding["path"], finding["line"]) == ("news/tasks.py", 6)


def test_two_actors_of_one_name(root: Path) -> None:
    second = '@dramatiq.actor(actor_name="news.tasks.send")\ndef again(): pass\n'
    found = verified(root, {**AFTER, "news/tasks.py": ACTORS + second})
    assert found.codes == ["name-taken"]
    finding = found.one("name-taken")
    assert "news.tasks.send: the other one is at news/tasks.py:6" in finding["text"]
    assert found.status() == {"news.tasks.send": "differs", "news.tasks.count": "differs"}


def test_error_that_only_sounds_like_a_taken_name(root: Path) -> None:
    code = "raise ValueError('a plugin is already registered')\n"
    assert verified(root, {**AFTER, "news/tasks.py": code}).codes == ["not-importable"]


def test_actor_that_is_wrapped(root: Path) -> None:
    wrapped = (
        "import functools\n\n\ndef loud(f):\n    @functools.wraps(f)\n"
        "    def inner(*a):\n        return f(*a)\n    return inner\n\n\n"
    )
    tasks = ACTORS.replace(SEND, wrapped + SEND.replace("def send", "@loud\ndef send"))
    found = verified(root, {**AFTER, "news/tasks.py": tasks.replace('"slow"', '"slower"')})
    assert found.codes == ["queue"]
    tasks = tasks.replace('tasks.send")', 'tasks.send", max_retries=1)')
    found = verified(root, {**AFTER, "news/tasks.py": tasks})
    assert (found.one("option")["path"], found.one("option")["line"]) == ("news/tasks.py", 16)


# -- brokers


def test_actors_declared_before_the_broker_is_set(root: Path) -> None:
    late = ACTORS.replace("from news.app import broker  # noqa: F401\n", "")
    found = verified(
        root, {**AFTER, "news/__init__.py": "import news.tasks\n", "news/tasks.py": late}
    )
    assert found.codes[0] == "late-broker"
    finding = found.one("late-broker")
    assert "belong to Dramatiq's own default (RabbitmqBroker on this machine)" in finding["text"]
    assert (finding["path"], finding["line"]) == ("news/tasks.py", 5)
    assert finding["tasks"] == ["news.tasks.send", "news.tasks.count"]


def test_no_broker_is_set(root: Path) -> None:
    files = {"news/__init__.py": "", "news/app.py": "", "news/tasks.py": "import dramatiq\n" + SEND}
    found = verified(root, files)
    assert "no-broker" in found.codes
    assert "Dramatiq's own default (RabbitmqBroker" in found.one("no-broker")["text"]


def test_no_broker_can_be_made(root: Path) -> None:
    hide = "import sys\nsys.modules['pika'] = sys.modules['redis'] = None\n"
    files = {"news/__init__.py": "", "news/app.py": hide, "news/tasks.py": ""}
    found = verified(root, files)
    assert found.one("no-broker")["text"] == "the worker has no broker"


def test_actors_of_another_broker(root: Path) -> None:
    other = "from dramatiq.brokers.stub import StubBroker\n\nother = StubBroker()\n"
    actor = SEND.replace(")\ndef", ", broker=other)\ndef")
    files = {**AFTER, "news/tasks.py": f"import dramatiq\nimport news.app\n{other}{actor}{COUNT}"}
    found = verified(root, files)
    assert found.codes[0] == "other-broker"
    assert found.one("other-broker")["tasks"] == ["news.tasks.send"]


def test_broker_given_by_name(root: Path) -> None:
    own = BROKER.replace("dramatiq.set_broker(broker)\n", "")
    actors = ACTORS.replace('")\n', '", broker=broker)\n').replace(
        '"slow")', '"slow", broker=broker)'
    )
    files = {**AFTER, "news/app.py": own, "news/tasks.py": actors}
    assert verified(root, files, "--worker", "dramatiq news.app:broker news.tasks").findings == []


def test_broker_given_by_function(root: Path) -> None:
    files = {**AFTER, "news/app.py": BROKER + "def setup():\n    print('noise')\n"}
    assert verified(root, files, "--worker", "dramatiq news.app:setup news.tasks").findings == []


def test_broker_that_is_not_there(root: Path) -> None:
    found = verified(root, AFTER, "--worker", "dramatiq news.app:nonesuch news.tasks")
    assert "no attribute 'nonesuch'" in found.one("not-importable")["text"]


# -- queues and options


def test_queue_differs(root: Path) -> None:
    found = verified(root, {**AFTER, "news/tasks.py": ACTORS.replace('"slow"', '"slower"')})
    assert found.codes == ["queue"]
    assert "with Celery slow, with Dramatiq slower" in found.one("queue")["text"]
    assert found.one("queue")["next"] == 'declare it with queue_name="slow"'


def test_queue_that_no_worker_consumes(root: Path) -> None:
    found = verified(root, AFTER, "--worker", "dramatiq news.app news.tasks --queues default")
    assert found.codes == ["not-consumed"]
    assert "nobody reads the queue slow of news.tasks.count" in found.one("not-consumed")["text"]


def test_defaults_of_dramatiq(root: Path) -> None:
    defaults = (
        "import dramatiq\nfrom dramatiq.brokers.redis import RedisBroker\n\n"
        "broker = RedisBroker()\ndramatiq.set_broker(broker)\n"
    )
    files = {**AFTER, "news/app.py": defaults}
    found = verified(root, files)
    assert found.codes == ["option", "option"]
    texts = [finding["text"] for finding in found.findings]
    assert "it is retried 20 times, for any exception" in texts[0]
    assert "with Celery no limit, with Dramatiq 600000 ms" in texts[1]
    assert found.findings[0]["tasks"] == ["news.tasks.send", "news.tasks.count"]


def test_defaults_of_dramatiq_as_chosen(root: Path) -> None:
    defaults = "import dramatiq\nfrom dramatiq.brokers.redis import RedisBroker\n"
    defaults += "broker = RedisBroker()\ndramatiq.set_broker(broker)\n"
    chosen = ["--retries", "dramatiq", "--time-limit", "dramatiq"]
    assert verified(root, {**AFTER, "news/app.py": defaults}, scan=chosen).findings == []


# -- half-moved


STAYS = f"{APP}\n{BROKER}"
HALF = (
    "import dramatiq\nfrom news.app import app, broker\n\n\n"
    "@app.task\ndef send(reader):\n    print(reader)\n\n\n" + COUNT
)
HELD = {**BEFORE, "news/hooks.py": "from news.tasks import send\n\nregister(send)\n"}


def test_tasks_that_stay_are_accounted_for(root: Path) -> None:
    files = {
        **AFTER,
        "news/app.py": STAYS,
        "news/tasks.py": HALF,
        "celeryconfig.py": "imports = ['news.tasks']\n",
    }
    files["news/app.py"] += "app.config_from_object('celeryconfig')\n"
    found = verified(root, files, before=HELD)
    assert found.findings == []
    assert found.status() == {"news.tasks.send": "celery", "news.tasks.count": "agrees"}


def test_task_that_stays_and_that_celery_does_not_import(root: Path) -> None:
    files = {**AFTER, "news/app.py": STAYS, "news/tasks.py": HALF}
    found = verified(root, files, before=HELD)
    assert found.codes == ["celery-task"]
    assert found.one("celery-task")["tasks"] == ["news.tasks.send"]


def test_celery_worker_in_another_folder(root: Path) -> None:
    held = {f"src/{path}": text for path, text in HELD.items()}
    app = STAYS.replace("'redis://localhost')", "'redis://localhost', include=['news.tasks'])")
    files = {**AFTER, "news/app.py": app, "news/tasks.py": HALF}
    found = verified(root, {f"src/{path}": text for path, text in files.items()}, before=held)
    assert found.findings == []
    assert found.status()["news.tasks.send"] == "celery"


def test_celery_worker_that_would_not_start(root: Path) -> None:
    broken = STAYS.replace("'redis://localhost')", "'redis://localhost', include=['nonesuch'])")
    files = {**AFTER, "news/app.py": broken, "news/tasks.py": HALF}
    found = verified(root, files, before=HELD)
    assert found.codes == ["celery"]
    assert "No module named 'nonesuch'" in found.one("celery")["text"]


def test_nothing_has_moved(root: Path) -> None:
    found = verified(root, BEFORE)
    assert (found.code, found.codes[0]) == (1, "not-moved")
    assert found.data["interpreter"]["python"] == ""


def test_actor_and_task_of_one_name(root: Path) -> None:
    twice = HALF + SEND.replace("def send", "def send_too")
    files = {**AFTER, "news/app.py": STAYS, "news/tasks.py": twice}
    found = verified(root, files, before=HELD)
    assert found.one("twice")["tasks"] == ["news.tasks.send"]


# -- what is worth knowing


def test_message_sent_while_importing(root: Path) -> None:
    found = verified(root, {**AFTER, "news/tasks.py": ACTORS + "\nsend.send('you')\n"})
    assert found.findings == []
    assert found.data["notes"] == [
        "importing the project sends a message to news.tasks.send (news/tasks.py:15)"
    ]
