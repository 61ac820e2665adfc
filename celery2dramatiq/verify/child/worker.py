"""Imports what Dramatiq's worker imports, in its order (dramatiq/cli.py: worker_process)."""

from __future__ import annotations

import functools
import importlib
import os
import sys
from typing import Any

from .actors import described
from .events import Events
from .failure import failure
from .stubs import Seen


def run(job: dict[str, Any], note: Events, seen: Seen) -> None:
    """Import the worker's modules, say which actors there are, then look for those that miss."""
    given = _arguments(job["args"], note)
    if given is None:
        return
    sys.argv = ["dramatiq", *job["args"]]
    for path in given.path:
        sys.path.insert(0, path)
    broker = _entry(given.broker, note, seen)
    for module in given.modules:
        _import(module, note, seen)
    note("worker", **described(seen, broker), queues=given.queues)
    names = [given.broker.partition(":")[0], *given.modules]
    _late(job["tasks"], {name for name in names if name not in sys.modules}, note, seen)


def _arguments(words: list[str], note: Events) -> Any:
    """Read the command line with the parser of the Dramatiq that is installed."""
    cli: Any = importlib.import_module("dramatiq.cli")
    try:
        return cli.make_argument_parser().parse_args(words)
    except SystemExit:  # it has said why, on stderr
        note("usage")
        return None


def _entry(name: str, note: Events, seen: Seen) -> Any:
    """Import the first module, and return the broker that the worker consumes from."""
    import dramatiq

    module_name, _, variable = name.partition(":")
    module = _import(module_name, note, seen)
    if variable and module is not None:
        try:
            found = functools.reduce(getattr, variable.split("."), module)
            if not callable(found):
                return found
            found()
        except BaseException as error:  # noqa: BLE001 - said, whatever it is
            note("failed", module=name, failure=failure(error))
            return None
    try:
        return dramatiq.get_broker()
    except ImportError:  # no broker was set, and Dramatiq's own needs a package
        return None


def _import(name: str, note: Events, seen: Seen) -> Any:
    note("importing", module=name)
    before = seen.count
    try:
        module = importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - said, whatever it is
        note("failed", module=name, failure=failure(error))
        return None
    note("imported", module=name, path=_path(module), actors=seen.count - before)
    return module


def _late(tasks: list[dict[str, str]], failed: set[str], note: Events, seen: Seen) -> None:
    """Import the modules of tasks that have no actor, to learn whether they would have one."""
    names = {name for broker in seen.brokers for name in broker.actors}
    missing = [task for task in tasks if task["name"] not in names]
    loaded = {_path(module) for module in list(sys.modules.values())}
    for name, path in sorted({(task["module"], task["path"]) for task in missing}):
        if name in sys.modules or name in failed or os.path.abspath(path) in loaded:  # noqa: PTH100
            continue
        note("late", module=name)
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - said, whatever it is
            note("late-failed", module=name, failure=failure(error))
    found = {name for broker in seen.brokers for name in broker.actors}
    note("late-actors", names=sorted(found - names))


def _path(module: Any) -> str:
    try:
        return str(os.path.abspath(module.__file__))  # noqa: PTH100 - compared as text
    except Exception:  # noqa: BLE001 - the project may put anything into sys.modules
        return ""
