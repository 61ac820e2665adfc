"""Imports what the Celery worker of the tasks that stay imports (celery/bin/celery.py)."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from .events import Events
from .failure import failure


def run(job: dict[str, Any], note: Events) -> None:
    """Say which tasks the Celery worker would know. It would look in the current folder first."""
    if job["workdir"]:
        os.chdir(job["workdir"])
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    sys.argv = ["celery", *job["args"]]
    note("importing", module=job["app"])
    try:
        utils: Any = importlib.import_module("celery.app.utils")
        app = utils.find_app(job["app"])
        app.loader.import_default_modules()
        app.finalize()
        note("celery", tasks=sorted(app.tasks))
    except BaseException as error:  # noqa: BLE001 - said, whatever it is
        note("celery-failed", failure=failure(error))
