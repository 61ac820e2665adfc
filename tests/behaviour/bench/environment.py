"""The environment that a project's programs run in."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.processes import INHERITED
from bench.redis_server import TRACE_DB
from bench.tree import redirect

# What would measure the programs, tell them that they are tested, or configure them from outside.
_PREFIXES = ("COV", "PYTEST_", "CELERY", "DRAMATIQ", "dramatiq_")
_NAMES = ("APP", "BROKER_URL", "RESULT_BACKEND", "LOADER", "CONFIG_MODULE", "PYTHONPATH")

_EVERYWHERE = {
    "PYTHONUNBUFFERED": "1",
    # Options of `celery worker` that change nothing but its log and the time it takes to start.
    "CELERY_WORKER_LOGLEVEL": "INFO",
    "CELERY_WORKER_WITHOUT_GOSSIP": "1",
    "CELERY_WORKER_WITHOUT_MINGLE": "1",
    "CELERY_WORKER_WITHOUT_HEARTBEAT": "1",
}


def environment(given: Mapping[str, str], ports: Mapping[str, int]) -> dict[str, str]:
    """This process's environment without what is not the project's, and with what is given."""
    env = {
        name: value
        for name, value in INHERITED.items()
        if name not in _NAMES and not name.startswith(_PREFIXES)
    }
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env["TRACE_URL"] = f"redis://localhost:{ports['redis']}/{TRACE_DB}"
    return env | _EVERYWHERE | {name: redirect(value, ports) for name, value in given.items()}
