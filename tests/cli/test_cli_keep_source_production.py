"""After `apply --dev-only --keep-source` production is what it was, without Dramatiq installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.sample import call, write

APP = '''\
from celery import Celery

app = Celery("shop", broker="memory://", backend="cache+memory://")
app.conf.task_routes = {"shop.mail": {"queue": "mail"}}


@app.task(bind=True, max_retries=5, name="shop.mail")
def mail(self, to):
    """Send one."""


@app.task(soft_time_limit=3, ignore_result=True)
def add(x, y):
    return x + y
'''
# Dramatiq cannot be imported, as if it was not installed.
LOOK = """\
import json, sys
sys.modules["dramatiq"] = None
from celery import signals
from tasks import add, app, mail

sent = []

@signals.before_task_publish.connect
def note(sender, body, headers, properties, routing_key, **_):
    hidden = ("id", "root_id", "origin", "correlation_id", "reply_to", "delivery_tag")
    headers = {k: v for k, v in headers.items() if k not in hidden}
    properties = {k: v for k, v in properties.items() if k not in hidden}
    sent.append([sender, body, headers, properties, routing_key])

mail.delay("a")
(add.s(1, 2) | add.s(3)).apply_async(priority=2, headers={"h": 1})
attributes = {
    name: {k: repr(v) for k, v in sorted(vars(type(task)).items()) if "at 0x" not in repr(v)}
    for name, task in sorted(app.tasks.items())
}
loaded = [name for name in sys.modules if "celery_over" in name]
conf = {k: repr(v) for k, v in app.conf.table(with_defaults=True).items() if "at 0x" not in repr(v)}
sender = type(app.amqp).__module__ + "." + type(app.amqp).__qualname__
text = json.dumps([attributes, conf, sent, sender, loaded], default=repr, sort_keys=True)
import re
print(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text))
"""


def look(root: Path) -> Any:
    command = [sys.executable, "-c", LOOK]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_same_without_dramatiq(root: Path) -> None:
    write(root, {"tasks.py": APP})
    before = look(root)
    answer = call("apply", "--dev-only", "--keep-source", "--allow-no-vcs", "--root", root)
    assert answer.exit_code == 0, answer.output
    assert look(root) == before
    assert len(before[2]) == 2
    assert before[3:] == ["celery.app.amqp.AMQP", []]


def test_the_switch_is_what_loads_dramatiq(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"tasks.py": APP})
    call("apply", "--dev-only", "--keep-source", "--allow-no-vcs", "--root", root)
    monkeypatch.setenv("DRAMATIQ_CARRIES_CELERY", "1")
    with pytest.raises(AssertionError, match="import of dramatiq halted"):
        look(root)


@pytest.mark.parametrize(("value", "code"), [("0", 1), ("1", 0)])
def test_a_worker_that_is_switched_off_says_so_and_ends(
    root: Path, monkeypatch: pytest.MonkeyPatch, value: str, code: int
) -> None:
    write(root, {"tasks.py": APP})
    call("apply", "--dev-only", "--keep-source", "--allow-no-vcs", "--root", root)
    monkeypatch.setenv("DRAMATIQ_CARRIES_CELERY", value)
    command = [sys.executable, "-c", "import celery_over_dramatiq.worker"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert ("Dramatiq is switched off" in done.stderr) == (value == "0")
