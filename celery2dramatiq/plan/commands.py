"""The shell commands that start the workers of a migrated project."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from celery2dramatiq.commands.target import CELERY_QUEUE, Target
from celery2dramatiq.index import App, Arg, Index, Step, Task
from celery2dramatiq.plan.apps import Made
from celery2dramatiq.plan.model import Command


def target(
    index: Index,
    moving: Mapping[str, bool],
    app_of: Mapping[str, App | None],
    included: Sequence[str],
    made: Mapping[str, Made],
    settings: Mapping[str, Arg],
    queue_prefix: str = "",
    options: tuple[str, ...] = (),
) -> Target | None:
    """Return what Dramatiq's worker is told: the app's module, then every one with actors.

    included: modules that the app names. options: of the worker's command.
    """
    tasks = [task for task in index.tasks if moving[task.id]]
    app = app_of[tasks[0].id] if tasks else None
    if app is None or app.path not in index.modules:
        return None
    framework = made[app.id].framework
    return Target(
        app=index.modules[app.path].name,
        words=framework.worker if framework is not None else _words(index, app, tasks, included),
        variables=tuple(dict.fromkeys(_names(index, app))),
        makers=tuple(_makers(index, app)),
        env=framework.env if framework is not None else (),
        queue_prefix=queue_prefix,
        default_queue=_text(settings, "task_default_queue"),
        queues=tuple(sorted(set(_queues(index, tasks, settings)))),
        scheduler=_text(settings, "beat_scheduler"),
        pool=_text(settings, "worker_pool"),
        concurrency=_number(settings, "worker_concurrency"),
        options=options,
    )


def _text(settings: Mapping[str, Arg], name: str) -> str:
    given = settings.get(name)
    return given.literal if given is not None and isinstance(given.literal, str) else ""


def _number(settings: Mapping[str, Arg], name: str) -> str:
    """Return a setting that is a number above 0."""
    given = settings.get(name)
    number = given.literal if given is not None else None
    return str(number) if isinstance(number, int) and number > 0 else ""


def _makers(index: Index, app: App) -> Iterator[str]:
    """Yield the modules that have the app made for them, by what makes the application."""
    if index.factory is not None and index.factory.app == app.id:
        yield from (index.modules[path].name for path in index.factory.makers)


def _words(
    index: Index, app: App, tasks: Sequence[Task], included: Sequence[str]
) -> tuple[str, ...]:
    paths = dict.fromkeys([app.path, *(task.path for task in tasks)])
    names = [index.modules[path].name for path in paths]
    roots = [root for root in dict.fromkeys(index.modules[path].root for path in paths) if root]
    path = ("--path", ".", *roots) if roots else ()
    return ("dramatiq", *dict.fromkeys([*names, *_known(included, index)]), *path)


def _names(index: Index, app: App) -> Iterator[str]:
    """Yield the names that the app has in its module and where it is imported."""
    yield app.variable
    for use in index.imports:
        if use.target.kind == "app" and use.target.name == app.id:
            yield use.name


def _known(names: Sequence[str], index: Index) -> list[str]:
    """Return the modules that are the project's own."""
    known = {module.name for module in index.modules.values()}
    return [name for name in names if name in known]


def celery_worker(
    index: Index,
    moving: Mapping[str, bool],
    app_of: Mapping[str, App | None],
    settings: Mapping[str, Arg],
    *,
    hidden: bool = False,
) -> Command | None:
    """Return the command of the Celery worker for the tasks that stay; None if none does.

    hidden: there are tasks that nobody knows, declared by a decorator of the project's own.
    """
    staying = [task for task in index.tasks if not moving[task.id] and not task.test]
    words = _celery(index, staying or (index.tasks if hidden else ()), app_of)
    if words is None:
        return None
    default = settings.get("task_default_queue")
    queues = dict.fromkeys(_queues(index, staying, settings))
    if queues:
        named = default.literal if default is not None else "celery"
        queues = dict.fromkeys([str(named), *sorted(queues)])
        words = [*words, "worker", "-Q", ",".join(queues)]
    else:
        words = [*words, "worker"]
    return Command(shlex.join(words), {})


def celery_scheduler(
    index: Index,
    app_of: Mapping[str, App | None],
    settings: Mapping[str, Arg],
    left: Sequence[str] | None,
) -> Command | None:
    """Return the command of Celery's beat, if entries of its schedule stay; else None.

    left: ids of their apps; None if there may be more than are known.
    """
    unknown = left is None and (
        "beat_schedule" in settings or any("add_periodic_task" in use.shape for use in index.uses)
    )
    staying = [task for task in index.tasks if not task.test]
    words = _celery(index, staying, app_of) if left or unknown else None
    return Command(shlex.join([*words, "beat"]), {}) if words is not None else None


def _celery(
    index: Index, staying: Sequence[Task], app_of: Mapping[str, App | None]
) -> list[str] | None:
    app = next((app_of[task.id] for task in staying if app_of[task.id] is not None), None)
    if app is None or app.path not in index.modules:
        return None
    module = index.modules[app.path]
    return ["celery", *(["--workdir", module.root] if module.root else []), "-A", module.name]


def _queues(index: Index, staying: Sequence[Task], settings: Mapping[str, Arg]) -> Iterator[str]:
    """Yield the queues that are named for tasks that stay, where their names are literals."""
    ids = {task.id for task in staying}
    given = [task.option("queue") for task in staying]
    for use in index.uses:
        if use.target.kind == "task" and use.target.name in ids:
            given.extend(_other_queue(step, settings) for step in (*use.made, *use.steps))
    for arg in given:
        if arg is not None and isinstance(arg.literal, str):
            yield arg.literal
    routes = settings.get("task_routes")
    for route in routes.literal.values() if routes and isinstance(routes.literal, dict) else ():
        if isinstance(route, dict) and isinstance(route.get("queue"), str):
            yield route["queue"]


def _other_queue(step: Step, settings: Mapping[str, Arg]) -> Arg | None:
    """Return the queue that a send names, if it is not the one for all that name none."""
    arg = step.arg("queue")
    given = settings.get("task_default_queue")
    default = given.literal if given is not None and given.literal else CELERY_QUEUE
    return arg if arg is not None and arg.literal != default else None
