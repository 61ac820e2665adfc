"""What the tasks are to Celery, in its own terms: what `verify` compares the actors with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from celery2dramatiq.annotated import annotated
from celery2dramatiq.index import App, Arg, Configuration, Index, Task

if TYPE_CHECKING:
    from celery2dramatiq.plan import Scheduled, TaskPlan

# What holds for all tasks (celery/app/defaults.py). Never a URL: it may hold a password.
SETTINGS = ("task_default_queue", "task_ignore_result", "task_soft_time_limit", "task_time_limit")
DEFAULT_QUEUE = "celery"
_UNSEEN = {"code": "config_from_object(...)"}  # where settings may stand that are not in the index

Json = dict[str, Any]


def name_of(task: TaskPlan) -> str:
    """Return Celery's name for the task, or the function's."""
    return task.task.name or task.task.function


def of_task(task: Task, index: Index) -> Json:
    """Return one task. retries: it asks for being retried, by an option or in its body."""
    options = _options(task, index)
    return {
        "named": task.name is not None,
        "module": task.module,
        "function": task.function,
        "test": task.test,
        "queue": _queue(options, task, index),
        "retries": _asks_for_retries(task, index),
        "options": options,
    }


def _options(task: Task, index: Index) -> Json:
    """Return the decorator's options, and those of `task_annotations` over them."""
    own = {arg.keyword or arg.star: value_of(arg) for arg in task.options}
    given = setting(index, "task_annotations")
    if isinstance(given, dict) and given.keys() == {"code"}:
        return own if given == _UNSEEN else {**own, "**": given}
    return own | annotated(task.name, own, given)


def settings(index: Index) -> Json:
    """Return the settings that hold for all tasks, as far as the project makes them."""
    given = {name: setting(index, name) for name in SETTINGS}
    return {name: value for name, value in given.items() if value is not None}


def setting(index: Index, name: str) -> Any:
    """Return the value of a setting, by its new name; None if it is not made."""
    apps = [index.configurations[app.id] for app in index.apps if _is_configured(app, index)]
    args = [app.args().get(name) for app in apps]
    found = next((arg for arg in args if arg is not None), None)
    if found is None:
        return dict(_UNSEEN) if any(map(_is_open, apps)) else None
    if any(arg is None or arg.literal != found.literal for arg in args):
        return {"code": found.code}  # there are several apps, which differ
    return value_of(found)


def _is_configured(app: App, index: Index) -> bool:
    return not app.test and app.id in index.configurations


def _is_open(app: Configuration) -> bool:
    """Tell whether there may be settings that cannot be seen."""
    source = app.source
    return source is not None and (source.kind == "unknown" or bool(source.open))


def scheduled(one: Scheduled, index: Index) -> Json:
    """Return an entry of the schedule. zone: that of crontabs, "" for the machine's."""
    entry = one.entry
    return {
        "name": entry.name,
        "task": entry.task,
        "path": entry.place.path,
        "line": entry.place.line,
        "seconds": entry.timing.seconds,
        "fields": {name: _plain(value) for name, value in entry.timing.fields},
        "zone": _zone(entry.app, index),
        "trigger": one.trigger,
    }


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, (set, list, tuple)) else value


def _zone(app: str, index: Index) -> str | None:
    """Return the name of the time zone; None if it is computed (celery/app/base.py: timezone)."""
    given = index.configurations[app].args()
    zone, utc = given.get("timezone"), given.get("enable_utc")
    if zone is not None and zone.literal is not None:
        return zone.literal if isinstance(zone.literal, str) else None
    return "UTC" if utc is None or utc.literal is True else ""


def results(index: Index) -> bool | None:
    """Tell whether a result backend is configured; None if that is computed."""
    backend = setting(index, "result_backend")
    if isinstance(backend, dict):
        return None
    return backend not in (None, "", "disabled://", "disabled")


def value_of(arg: Arg) -> Any:
    """Return a literal as it is, and anything else as its code: `{"code": ...}`."""
    try:
        json.dumps(arg.literal)
    except (TypeError, ValueError):  # no literal, or a tuple, set or bytes inside of something
        return {"code": arg.code}
    return arg.literal


def _asks_for_retries(task: Task, index: Index) -> bool:
    if task.option("autoretry_for") is not None:
        return True
    own = {("self", task.id), ("task", task.id)}
    return any(
        (use.target.kind, use.target.name) in own and ".retry" in use.shape for use in index.uses
    )


def _queue(options: Json, task: Task, index: Index) -> Any:
    """Return the queue that Celery sends the task to (celery/app/routes.py)."""
    if options.get("queue") is not None:
        return options["queue"]
    if "**" in options:
        return options["**"]
    routes = setting(index, "task_routes")
    if routes is not None:
        if not isinstance(routes, dict) or routes.keys() == {"code"}:
            return routes if isinstance(routes, dict) else {"code": "task_routes"}
        routed = _routed(task.name or "", routes)
        if routed is not None:
            return routed
    default = setting(index, "task_default_queue")
    return DEFAULT_QUEUE if default is None else default


def _routed(name: str, routes: Mapping[Any, Any]) -> Any:
    patterns = [name, *(key for key in routes if isinstance(key, str) and fnmatchcase(name, key))]
    route = next((routes[key] for key in patterns if key in routes), None)
    if isinstance(route, Mapping):
        route = route.get("queue")
    return route if isinstance(route, str) else None
