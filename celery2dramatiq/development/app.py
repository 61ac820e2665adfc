"""The app whose tasks run on Dramatiq in development, and the commands that run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from celery2dramatiq.commands.find import Start, find
from celery2dramatiq.commands.options import Call
from celery2dramatiq.files import Refused
from celery2dramatiq.plan import Command
from celery2dramatiq.plan.commands import celery_scheduler
from celery2dramatiq.templates import choices

if TYPE_CHECKING:
    from celery2dramatiq.index import App, Arg, Index
    from celery2dramatiq.project import Project


def the_app(index: Index) -> App:
    """Return the only app, made at the top of its module. Raises files.Refused."""
    apps = [app for app in index.apps if app.kind != "external" and not app.test]
    if not apps:
        raise Refused("there is no Celery app in the project")
    if len(apps) > 1:
        raise Refused(f"there are several Celery apps: {', '.join(app.path for app in apps)}")
    app = apps[0]
    if app.scope or not app.variable.isidentifier():
        raise Refused(f"{app.path}:{app.place.line}: the app is made in a function, or has no name")
    return app


def package_of(index: Index, app: App) -> str:
    """Return the dotted name of the package that the app's module lies in, "" if in none."""
    record = index.modules[app.path]
    return record.name if record.package else record.name.rpartition(".")[0]


def scheme_of(index: Index, app: App) -> str:
    """Return what the broker's URL begins with; "" if that is not written out."""
    url = _settings(index, app).get("broker_url")
    if url is None or not isinstance(url.literal, str):
        return ""
    scheme = url.literal.partition("://")[0]
    if "://" in url.literal and scheme not in choices("_BROKERS"):
        raise Refused(f"Dramatiq has no broker for {scheme}://, so it cannot carry the tasks")
    return scheme


def _settings(index: Index, app: App) -> Mapping[str, Arg]:
    configuration = index.configurations.get(app.id)
    return configuration.args() if configuration is not None else {}


def scheduler(index: Index, app: App, env: Mapping[str, str]) -> Command | None:
    """Return the command of beat, which is Celery's own, if there is a schedule; else None."""
    apps = {task.id: app for task in index.tasks}
    beat = celery_scheduler(index, apps, _settings(index, app), None)
    return replace(beat, env=env) if beat is not None else None


def workers_options(project: Project) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Return how many processes Celery's workers have, each number once, and their queues.

    As far as the project's files say so. Last: one of them reads the queues of the settings.
    """
    default = False
    queues: dict[str, None] = {}
    numbers: dict[str, None] = {}
    for call in _celery_workers(project):
        number, given = call.option("--concurrency"), call.option("--queues")
        if number is not None and not number.computed and number.value:
            numbers[number.value] = None
        if given is None:
            default = True
        elif not given.computed:
            queues |= dict.fromkeys((given.value or "").split(","))
    return tuple(numbers), tuple(queues), default


def _celery_workers(project: Project) -> list[Call]:
    starts = (one for path, source in project.texts.items() for one in find(path, source.text))
    return [one.call for one in starts if isinstance(one, Start) and one.call.command == "worker"]
