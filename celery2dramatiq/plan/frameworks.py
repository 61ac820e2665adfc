"""Frameworks that make the broker when they start, and what they import before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from celery2dramatiq.codemod import Context, Rules
from celery2dramatiq.index import App, Index, Task
from celery2dramatiq.mapping import TOO_EARLY
from celery2dramatiq.plan.apps import Made
from celery2dramatiq.plan.holds import Holds


def add(
    made: Mapping[str, Made],
    tasks: Collection[Task],
    app_of: Mapping[str, App | None],
    rules: Rules,
    context: Context,
    others: Collection[str] = (),
) -> dict[str, Made]:
    """Ask the rules which framework makes the broker of each app.

    tasks: those that move. others: paths of more modules that the worker has to import.
    """
    found = dict(made)
    for app_id, one in made.items():
        own = [task for task in tasks if (app := app_of[task.id]) is not None and app.id == app_id]
        own_paths = [task.path for task in own if not task.test]
        paths = tuple(dict.fromkeys([*own_paths, *(others if own_paths else ())]))
        for rule in dict.fromkeys(rules.frameworks.values()):
            framework = rule.answer(one.app, one.arguments, paths, context)
            if framework is not None:
                found[app_id] = replace(one, framework=framework)
    return found


def early_reasons(
    holds: Holds,
    made: Mapping[str, Made],
    app_of: Mapping[str, App | None],
    staying: Collection[str],
) -> None:
    """Hold back tasks in modules that are imported before the broker is there.

    staying: ids of the apps that do not go: what imports them goes on importing them.
    """
    for one in made.values():
        if one.framework is None:
            continue
        early = _early(holds.index, one, gone=one.app.id not in staying)
        for task in holds.index.tasks:
            app = app_of[task.id]
            if app is not None and app.id == one.app.id and task.path in early:
                holds.note(task, TOO_EARLY, task.path)


def _early(index: Index, made: Made, *, gone: bool) -> set[str]:
    """Return the modules that are imported; gone: nothing imports the app any more."""
    assert made.framework is not None
    found: set[str] = set()
    stack = [path for start in made.framework.early for path in (start, *_above(start))]
    while stack:
        path = stack.pop()
        module = index.modules.get(path)
        if path in found or module is None:
            continue
        found.add(path)
        dropped = gone and _only_app(index, path, made.app)
        stack += (other for other in module.imports if not (dropped and other == made.app.path))
    return found


def _above(path: str) -> Iterator[str]:
    """Yield the packages that a module lies in."""
    for folder in PurePosixPath(path).parents:
        yield str(folder / "__init__.py")


def _only_app(index: Index, path: str, app: App) -> bool:
    """Tell whether a file takes nothing but the app from the app's module."""
    taken = [use for use in index.imports if use.path == path and use.origin == app.path]
    return all(use.target.kind == "app" and use.target.name == app.id for use in taken)
