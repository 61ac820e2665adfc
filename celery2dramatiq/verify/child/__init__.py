"""Runs in the project's own interpreter: Python 3.7 or newer, the standard library only.

It is loaded by its folder, as `celery2dramatiq.verify.child` without the packages around it, which
need not be installed there. What it finds out goes to a file, an event a line, because the
project's code may print, exit or hang.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

# `from . import` would look for the packages around this one.
from .celery_worker import run as celery_worker
from .events import Events
from .failure import failure
from .manage import run as manage
from .network import block
from .schedule import run as schedule
from .stubs import install
from .worker import run as worker


def main(path: str) -> None:
    """Do the job that a file describes, and end this process at once.

    What the project does at its end (`atexit`, threads that go on) is not waited for.
    """
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as short as it gets
        job = json.load(file)
    note = Events(job["events"])
    try:
        do(job, note)
        note("end")
    except BaseException:  # noqa: BLE001 - said, whatever it is
        note("bug", trace=traceback.format_exc())
    os._exit(0)


def do(job: dict[str, Any], note: Events) -> None:
    """Do one job. stage: `manage`, `worker`, `schedule` or `celery`."""
    note("start", python=sys.version.split()[0], executable=sys.executable)
    # `python -c` puts the current folder first; Dramatiq's script does not.
    sys.path[:1] = [path for path in sys.path[:1] if path]
    if not job["network"]:
        block(note)
    if job["stage"] == "celery":
        celery_worker(job, note)
    elif _has_dramatiq(note):
        _dramatiq(job, note)


def _has_dramatiq(note: Events) -> bool:
    try:
        import dramatiq
    except BaseException as error:  # noqa: BLE001 - said, whatever it is
        note("no-dramatiq", failure=failure(error))
        return False
    note("dramatiq", version=str(dramatiq.__version__))
    return True


def _dramatiq(job: dict[str, Any], note: Events) -> None:
    seen = install(note)
    if job["stage"] == "manage":
        manage(job, note)
    elif job["stage"] == "schedule":
        schedule(job, note)
    else:
        worker(job, note, seen)
