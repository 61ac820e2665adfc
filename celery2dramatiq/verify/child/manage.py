"""Runs the project's own `rundramatiq`, up to where it would start the workers."""

from __future__ import annotations

import importlib
import os
import runpy
import sys
from typing import Any

from .events import Events
from .failure import failure


class Started(BaseException):
    """What `rundramatiq` was about to start."""


def run(job: dict[str, Any], note: Events) -> None:
    """Say with which arguments and variables it would start `dramatiq`, or why it does not."""
    before = dict(os.environ)
    os.execvp = _execvp  # type: ignore[assignment]
    note("importing", module=job["program"])
    try:
        _program(job)
    except Started as started:
        changed = {name: text for name, text in os.environ.items() if before.get(name) != text}
        note("command", args=list(started.args[0]), env=changed)
    except BaseException as error:  # noqa: BLE001 - said, whatever it is
        note("manage-failed", failure=failure(error))
    else:
        note("manage-failed", failure=None)


def _execvp(file: str, args: Any) -> None:  # noqa: ARG001 - as in `os`
    raise Started([str(word) for word in args[1:]])


def _program(job: dict[str, Any]) -> None:
    """Run `manage.py rundramatiq ...`, or the same of Django's own program."""
    program = job["program"]
    sys.argv = [program, *job["args"]]
    if program.endswith(".py"):
        path = os.path.abspath(program)  # noqa: PTH100
        sys.path.insert(0, os.path.dirname(path))  # noqa: PTH120
        runpy.run_path(path, run_name="__main__")
    else:
        if program == "django":  # `python -m django`, which has the current folder
            sys.path.insert(0, os.getcwd())  # noqa: PTH109
        management: Any = importlib.import_module("django.core.management")
        management.execute_from_command_line(sys.argv)
