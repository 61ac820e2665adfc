"""After `apply --dev-only` production is what it was, without Dramatiq installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.sample import call, write

APP = '''\
from celery import Celery, Task, signals
from celery.exceptions import Ignore, MaxRetriesExceededError, SoftTimeLimitExceeded

app = Celery("shop", broker="memory://", backend="cache+memory://")
app.conf.task_routes = {"shop.mail": {"queue": "mail"}}


@app.task(bind=True, max_retries=5, name="shop.mail")
def mail(self, to):
    """Send one."""
    if self.request.retries:
        return self.name
    try:
        raise self.retry(countdown=7)
    except MaxRetriesExceededError:
        return None


@app.task(soft_time_limit=3, ignore_result=True, expires=90)
def add(x, y):
    return x + y


@app.task(autoretry_for=(KeyError,), retry_backoff=True, queue="slow", priority=4)
def slow(key="a"):
    raise KeyError(key)


@app.task
def skip():
    raise Ignore()
'''
SENDS = """\
from datetime import datetime, timezone

from celery import chain, chord, group
from tasks import add, app, mail, skip, slow

WHEN = datetime(2090, 1, 2, tzinfo=timezone.utc)


def send(seconds, queue):
    results = [
        mail.delay("a"),
        add.delay(1, y=2),
        add.apply_async((1, 2)),
        add.apply_async([1], {"y": 2}, countdown=3),
        add.apply_async(args=(1, 2), countdown=seconds),
        add.apply_async((1, 2), countdown=0),
        add.apply_async((1, 2), eta=WHEN, expires=60),
        add.apply_async((1, 2), expires=WHEN),
        add.apply_async((1, 2), expires=None),
        add.apply_async((1, 2), queue=queue),
        add.apply_async((1, 2), queue="other", retry=False, soft_time_limit=9, shadow="sum"),
        add.apply_async((1, 2), headers={"h": 1}, ignore_result=False),
        add.apply_async((1, 2), task_id="my-own", link=add.s(3)),
        slow.apply_async(),
        slow.apply_async(kwargs={"key": "b"}),
        app.send_task("tasks.add", (1, 2), countdown=4),
        (add.s(1, 2) | add.s(3)).apply_async(countdown=2),
        chain(add.s(1, 2), add.si(3, 4), add.s(y=5))(),
        group(add.s(1, 2), add.s(3, 4)).apply_async(),
        chord([add.s(1, 2), add.s(3, 4)])(mail.s()),
        add.signature((1, 2), countdown=5).delay(),
        skip.delay(),
    ]
    return [results[0].id, results[0].state, results[1].ready()]
"""
# Dramatiq cannot be imported, as if it was not installed.
LOOK = """\
import json, re, sys, time
from datetime import datetime, timezone
sys.modules["dramatiq"] = None
from celery import signals
from celery.local import Proxy
import tasks
from tasks import add, app, mail
assert issubclass(type(add), Proxy)
assert not app.finalized, "importing has made the tasks"

seen = []

@signals.before_task_publish.connect
def note(sender, body, headers, properties, routing_key, exchange, **_):
    hidden = ("id", "root_id", "origin", "correlation_id", "reply_to", "delivery_tag", "parent_id")
    headers = {k: v for k, v in headers.items() if k not in hidden}
    properties = {k: v for k, v in properties.items() if k not in hidden}
    if left := properties.get("expiration"):
        properties["expiration"] = round(left if left < 1e6 else left + time.time())
    for name in ("eta", "expires"):
        when = headers.get(name) and datetime.fromisoformat(headers[name].replace("Z", "+00:00"))
        if when and when.year < 2080:
            headers[name] = round((when - datetime.now(timezone.utc)).total_seconds())
    seen.append([sender, body, headers, properties, routing_key, exchange])

named = []
@signals.task_prerun.connect(sender=add)
def ran(sender, **_):
    named.append(sender.name)

import sends
answers = sends.send(2.5, "dynamic")[1:]
traced = []
calls = {"shop.mail": ("a",), "tasks.add": (1, 2), "tasks.slow": (), "tasks.skip": ()}
for name, args in calls.items():
    task = app.tasks[name]
    done = task.apply(args, throw=False, task_id="one")
    traced.append([name, done.state, repr(done.result), str(done.traceback).split("\\n")[-2:]])
attributes = {
    name: {
        k: repr(v)
        for k, v in sorted({**vars(type(task)), **vars(task)}.items())
        if "at 0x" not in repr(v)
    }
    for name, task in sorted(app.tasks.items())
}
actors = (add, mail, tasks.slow)
looks = [[one.__name__, one.__doc__, one.__module__, repr(one)[:20]] for one in actors]
conf = {k: repr(v) for k, v in app.conf.table(with_defaults=True).items() if "at 0x" not in repr(v)}
text = json.dumps([attributes, conf, seen, answers, traced, looks, named, add(1, 2)],
                  default=repr, sort_keys=True)
print(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", re.sub(r"line \\d+", "line", text)))
"""


def look(root: Path) -> Any:
    command = [sys.executable, "-c", LOOK]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def bridged(root: Path) -> None:
    answer = call("apply", "--dev-only", "--allow-no-vcs", "--root", root)
    assert answer.exit_code == 0, answer.output


def test_the_same_without_dramatiq(root: Path) -> None:
    write(root, {"tasks.py": APP, "sends.py": SENDS})
    before = look(root)
    bridged(root)
    after = look(root)
    tasks, sent = before[0], before[2]
    assert len(sent) > 22
    for name in tasks:
        for both in (tasks[name], after[0][name]):
            both.pop("__header__", None)  # without self
            both.pop("__v2_compat__", None)
        assert after[0][name] == tasks[name]
    for number, message in enumerate(sent):
        assert after[2][number] == message
    assert after[4] == before[4]
    assert after == before


def test_nothing_of_the_project_stays_on_celery_alone(root: Path) -> None:
    write(root, {"tasks.py": APP, "sends.py": SENDS})
    bridged(root)
    text = (root / "tasks.py").read_text() + (root / "sends.py").read_text()
    assert text.count("@dramatiq.actor(") == 4
    assert "delay(1" not in text


@pytest.mark.parametrize("value", ["", "0", "1"])
def test_the_switch_is_what_loads_dramatiq(root: Path, value: str) -> None:
    write(root, {"tasks.py": APP})
    bridged(root)
    code = "import sys, tasks; print('dramatiq' in sys.modules)"
    env = {**os.environ, "DRAMATIQ_BRIDGE": value}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, env=env
    )
    assert done.stdout.strip() == str(value == "1")


def test_a_worker_that_is_switched_off_says_so_and_ends(root: Path) -> None:
    write(root, {"tasks.py": APP})
    bridged(root)
    command = [sys.executable, "-m", "dramatiq", "dramatiq_bridge:broker", "tasks"]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "Dramatiq is switched off" in done.stderr
