"""What the tasks are to Celery, in its own terms: what `verify` compares the actors with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from celery2dramatiq.index import MISSING, Arg, Index, Task

if TYPE_CHECKING:
    from celery2dramatiq.plan import Plan

# The settings that hold for all tasks (celery/app/defaults.py), under their old names as well.
# Never a URL: it may hold a password.
SETTINGS = {
    "task_default_queue": "CELERY_DEFAULT_QUEUE",
    "task_ignore_result": "CELERY_IGNORE_RESULT",
    "task_soft_time_limit": "CELERYD_TASK_SOFT_TIME_LIMIT",
    "task_time_limit": "CELERYD_TASK_TIME_LIMIT",
}
_ROUTES = ("task_routes", "CELERY_ROUTES", "celery_routes")
_BACKENDS = ("result_backend", "CELERY_RESULT_BACKEND", "backend")
DEFAULT_QUEUE = "celery"

Json = dict[str, Any]


def of_task(task: Task, plan: Plan) -> Json:
    """Return one task. retries: it asks for being retried, by an option or in its body."""
    return {
        "named": task.name is not None,
        "module": task.module,
        "function": task.function,
        "test": task.test,
        "queue": _queue(task, plan.settings),
        "retries": _asks_for_retries(task, plan.index),
        "options": {arg.keyword or arg.star: value_of(arg) for arg in task.options},
    }


def settings(plan: Plan) -> Json:
    """Return the settings that hold for all tasks, as far as the project makes them."""
    given = {name: _setting(plan.settings, name, old) for name, old in SETTINGS.items()}
    return {name: value_of(arg) for name, arg in given.items() if arg is not None}


def results(plan: Plan) -> bool | None:
    """Tell whether a result backend is configured; None if that is computed."""
    arg = _setting(plan.settings, *_BACKENDS)
    if arg is None:
        return False
    if arg.literal is MISSING:
        return None
    return arg.literal not in (None, "", "disabled://", "disabled")


def value_of(arg: Arg) -> Any:
    """Return a literal as it is, and anything else as its code: `{"code": ...}`."""
    try:
        json.dumps(arg.literal)
    except (TypeError, ValueError):  # no literal, or a tuple, set or bytes inside of something
        return {"code": arg.code}
    return arg.literal


def _setting(given: Mapping[str, Arg], *names: str) -> Arg | None:
    spelt = (given.get(one) for name in names for one in (name, name.lower()))
    return next((arg for arg in spelt if arg is not None), None)


def _asks_for_retries(task: Task, index: Index) -> bool:
    if task.option("autoretry_for") is not None:
        return True
    own = {("self", task.id), ("task", task.id)}
    return any(
        (use.target.kind, use.target.name) in own and ".retry" in use.shape for use in index.uses
    )


def _queue(task: Task, given: Mapping[str, Arg]) -> Any:
    """Return the queue that Celery sends the task to (celery/app/routes.py)."""
    own = task.option("queue")
    if own is not None and own.literal is not None:
        return value_of(own)
    spread = next((arg for arg in task.options if arg.star), None)
    if spread is not None:
        return {"code": spread.code}
    routes = _setting(given, *_ROUTES)
    if routes is not None:
        if not isinstance(routes.literal, dict):
            return {"code": routes.code}
        routed = _routed(task.name or "", routes.literal)
        if routed is not None:
            return routed
    default = _setting(given, "task_default_queue", SETTINGS["task_default_queue"])
    return DEFAULT_QUEUE if default is None else value_of(default)


def _routed(name: str, routes: Mapping[Any, Any]) -> Any:
    patterns = [name, *(key for key in routes if isinstance(key, str) and fnmatchcase(name, key))]
    route = next((routes[key] for key in patterns if key in routes), None)
    if isinstance(route, Mapping):
        route = route.get("queue")
    return route if isinstance(route, str) else None
