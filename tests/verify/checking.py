"""Small projects before and after a migration, and `verify` run on them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.sample import call, tree, write

APP = "from celery import Celery\n\napp = Celery('news', broker='redis://localhost')\n"
TASKS = (
    "from news.app import app\n\n\n@app.task\ndef send(reader):\n    print(reader)\n\n\n"
    "@app.task(queue='slow')\ndef count(readers):\n    print(readers)\n"
)
BEFORE = {"news/__init__.py": "", "news/app.py": APP, "news/tasks.py": TASKS}

BROKER = """\
import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, TimeLimit

broker = RedisBroker(url="redis://localhost:1", middleware=[
    AgeLimit(), TimeLimit(time_limit=float("inf")), Callbacks(), Pipelines(),
    Retries(max_retries=0),
])
dramatiq.set_broker(broker)
"""
SEND = '@dramatiq.actor(actor_name="news.tasks.send")\ndef send(reader):\n    print(reader)\n\n\n'
COUNT = (
    '@dramatiq.actor(actor_name="news.tasks.count", queue_name="slow")\n'
    "def count(readers):\n    print(readers)\n"
)
ACTORS = f"import dramatiq\n\nfrom news.app import broker  # noqa: F401\n\n\n{SEND}{COUNT}"
AFTER = {"news/__init__.py": "", "news/app.py": BROKER, "news/tasks.py": ACTORS}


@dataclass(frozen=True)
class Verified:
    """What `verify` said. data: its JSON; empty if there is none."""

    code: int
    data: dict[str, Any]
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.data["findings"]
        return found

    @property
    def codes(self) -> list[str]:
        return [finding["code"] for finding in self.findings]

    def one(self, code: str) -> dict[str, Any]:
        (found,) = (finding for finding in self.findings if finding["code"] == code)
        return found

    def status(self) -> dict[str, str]:
        return {task["name"]: task["status"] for task in self.data["tasks"]}


def inventory(root: Path, before: Mapping[str, str] = BEFORE, *scan: str) -> Path:
    """Scan a project, and return the report's path. The project is gone then."""
    write(root, before)
    report = root.with_name("celery.json")
    result = call("scan", "--format", "json", "--output", report, "--root", root, *scan)
    assert result.exit_code == 0, result.output
    shutil.rmtree(root)
    root.mkdir()
    return report


def verified(
    root: Path,
    after: Mapping[str, str] = AFTER,
    *arguments: str,
    before: Mapping[str, str] = BEFORE,
    scan: Sequence[str] = (),
) -> Verified:
    """Scan the project before, and verify the one after. Nothing may be written into it."""
    report = inventory(root, before, *scan)
    write(root, after)
    files = tree(root)
    result = call("verify", report, "--root", root, "--format", "json", *arguments)
    assert tree(root) == files
    return Verified(
        result.exit_code, json.loads(result.stdout) if result.stdout else {}, result.stderr
    )
