"""The shell commands that start the workers of a migrated project."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from celery2dramatiq.claim import Claim
from celery2dramatiq.index import App, Index
from celery2dramatiq.plan.model import Command


def worker(
    index: Index,
    moving: Mapping[str, bool],
    app_of: Mapping[str, App | None],
    claims: Sequence[Claim],
) -> Command | None:
    """Return the command of the Dramatiq worker: the app's module, then every one with actors.

    One thread a process, as in Celery's prefork pool, and as many processes as there are
    processors, which is the default of both.
    """
    paths = [task.path for task in index.tasks if moving[task.id]]
    if not paths:
        return None
    app = next(app_of[task.id] for task in index.tasks if moving[task.id])
    assert app is not None  # without an app nothing moves
    included = [name for one in claims for outcome in one.outcomes for name in outcome.modules]
    names = [index.modules[path].name for path in dict.fromkeys([app.path, *paths])]
    words = ["dramatiq", *dict.fromkeys([*names, *_known(included, index)])]
    roots = dict.fromkeys(index.modules[path].root for path in [app.path, *paths])
    roots = {root: None for root in roots if root}
    if roots:
        words += ["--path", ".", *roots]
    return Command(shlex.join([*words, "--threads", "1"]), {})


def _known(names: Sequence[str], index: Index) -> list[str]:
    """Return the modules that are the project's own."""
    known = {module.name for module in index.modules.values()}
    return [name for name in names if name in known]


def celery_worker(
    index: Index, moving: Mapping[str, bool], app_of: Mapping[str, App | None]
) -> Command | None:
    """Return the command of the Celery worker for the tasks that stay; None if none does."""
    staying = [task for task in index.tasks if not moving[task.id] and not task.test]
    app = next((app_of[task.id] for task in staying if app_of[task.id] is not None), None)
    if app is None or app.path not in index.modules:
        return None
    words = ["celery"]
    if index.modules[app.path].root:
        words += ["--workdir", index.modules[app.path].root]
    words += ["-A", index.modules[app.path].name, "worker"]
    queues = [task.option("queue") for task in staying]
    names = sorted({str(q.literal) for q in queues if q is not None and isinstance(q.literal, str)})
    if names:
        words += ["-Q", ",".join(["celery", *names])]
    return Command(shlex.join(words), {})
