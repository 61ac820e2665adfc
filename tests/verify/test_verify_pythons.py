"""The child runs on every Python from 3.7 on, and with Dramatiq from 1.16 on."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from celery2dramatiq.verify import process
from tests.cli.sample import call, write
from tests.verify.checking import AFTER, inventory

VERSIONS = ("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
SQS = """\
import dramatiq
from dramatiq.middleware import Retries, TimeLimit
from dramatiq_sqs import SQSBroker

broker = SQSBroker(
    namespace="news", endpoint_url="http://localhost:1", region_name="eu-west-1",
    middleware=[TimeLimit(time_limit=float("inf")), Retries(max_retries=0)],
)
dramatiq.set_broker(broker)
"""


@functools.cache
def python(version: str) -> str:
    """Return an interpreter of that version, as pyenv or the system has it; skip without one."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(pyenv.glob(f"{version}.*/bin/python"))
    path = str(found[-1]) if found else shutil.which(f"python{version}")
    if path is None or subprocess.run([path, "-c", ""], check=False).returncode:
        pytest.skip(f"Python {version} is not installed")
    return path


@pytest.mark.parametrize("version", VERSIONS)
def test_child_runs_on(version: str, tmp_path: Path) -> None:
    write(tmp_path, {"dramatiq.py": "__version__ = '0'\nraise ImportError('none here')\n"})
    path = {"PYTHONPATH": str(tmp_path)}
    job = {"stage": "worker", "network": False}
    told = process.run(python(version), tmp_path, job, path, 60)
    assert told.end == "end", told.output
    assert [event["event"] for event in told.events] == ["start", "no-dramatiq", "end"]
    assert told.events[0]["python"].startswith(version)
    assert told.events[1]["failure"]["message"] == "none here"


@pytest.mark.network
@pytest.mark.parametrize(
    ("version", "packages", "dramatiq"),
    [
        ("3.7", ("dramatiq[redis]==1.16.0", "dramatiq_sqs==0.2.0"), "1.16.0"),
        ("3.9", ("dramatiq[redis]==1.17.1", "dramatiq_sqs==0.2.0"), "1.17.1"),
    ],
)
def test_old_dramatiq(root: Path, version: str, packages: tuple[str, ...], dramatiq: str) -> None:
    report = inventory(root)
    folder = root.with_name("environment")
    own = str(folder / "bin" / "python")
    subprocess.run([python(version), "-m", "venv", str(folder)], check=True)
    subprocess.run([own, "-m", "pip", "install", "-q", *packages], check=True)
    for files in (AFTER, {**AFTER, "news/app.py": SQS, "news/tasks.py": _prefixed()}):
        write(root, files)
        result = call("verify", report, "--root", root, "--python", own, "--format", "json")
        found = json.loads(result.stdout)
        assert found["findings"] == []
        assert found["interpreter"]["dramatiq"] == dramatiq
        assert found["interpreter"]["python"].startswith(version)
        assert [task["status"] for task in found["tasks"]] == ["agrees", "agrees"]
    assert found["broker"]["class"] == "dramatiq_sqs.broker.SQSBroker"


def _prefixed() -> str:
    return AFTER["news/tasks.py"].replace('"slow"', '"dramatiq_slow"')
