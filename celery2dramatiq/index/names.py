"""Names of Celery's, and of the packages that live on it."""

from __future__ import annotations

from celery2dramatiq.index.model import Target
from celery2dramatiq.index.modules import FAMILY

APP = "celery.Celery"
TASK = "celery.Task"

# Celery offers the same object under several names (celery/__init__.py, celery/app/__init__.py;
# before 5.0 also celery/task/__init__.py, celery/decorators.py).
_CANONICAL = {
    "celery.app.Celery": APP,
    "celery.app.base.Celery": APP,
    "celery.app.shared_task": "celery.shared_task",
    "celery.task": "celery.shared_task",
    "celery.task.task": "celery.shared_task",
    "celery.task.base.task": "celery.shared_task",
    "celery.decorators.task": "celery.shared_task",
    "celery.decorators.periodic_task": "celery.task.periodic_task",
    "celery.task.base.periodic_task": "celery.task.periodic_task",
    "celery.app.task.Task": TASK,
    "celery.app.task.TaskType": TASK,
    "celery.task.Task": TASK,
    "celery.task.base.Task": TASK,
    "celery.canvas.Signature": "celery.Signature",
    "celery.canvas.subtask": "celery.signature",
    "celery.subtask": "celery.signature",
    "celery.task.subtask": "celery.signature",
    "celery.task.sets.subtask": "celery.signature",
    "celery.task.schedules.crontab": "celery.schedules.crontab",
    "celery.utils.log.get_task_logger": "celery.utils.log.get_task_logger",
    "celery._state.current_app": "celery.current_app",
    "celery._state.current_task": "celery.current_task",
    **{
        f"celery.canvas.{name}": f"celery.{name}"
        for name in ("chain", "chord", "chunks", "group", "maybe_signature", "signature")
    },
}
DECORATORS = frozenset(
    ("celery.shared_task", "celery.current_app.task", "celery.task.periodic_task")
)
# What `from celery import *` gives (celery/__init__.py: __all__).
CELERY_ALL = frozenset(
    [
        "Celery",
        "bugreport",
        "shared_task",
        "Task",
        "current_app",
        "current_task",
        "maybe_signature",
        "chain",
        "chord",
        "chunks",
        "group",
        "signature",
        "xmap",
        "xstarmap",
        "uuid",
    ]
)
# What gives the current app when it is called (celery/_state.py).
CURRENT_APP = frozenset(
    (
        "celery.current_app._get_current_object",
        "celery.app.app_or_default",
        "celery._state.get_current_app",
    )
)
_APP_NAMES = ("celery", "celery_app", "celeryapp", "app")


def canonical(dotted: str) -> str:
    """Return the name by which the rules know a thing that has several."""
    if dotted.startswith("celery.shared_task."):  # `celery.task` is a module as well
        dotted = dotted.replace("celery.shared_task.", "celery.task.", 1)
    return _CANONICAL.get(dotted, dotted)


def is_family(target: Target) -> bool:
    """Tell whether the target is a name of Celery's, or of a package that lives on it."""
    if target.kind != "external":
        return False
    *packages, name = target.name.split(".")
    family = name if not packages else packages[0]
    return (
        family in FAMILY
        or name in ("celery", "celery_app")
        or any("celery" in package for package in packages)
    )


def matters(target: Target) -> bool:
    """Tell whether the uses of a thing are recorded."""
    return target.kind in ("task", "app", "self", "module", "mock") or is_family(target)


def looks_like_an_app(dotted: str) -> bool:
    """Tell whether a name from outside the project is a Celery app, by its own words."""
    parts = dotted.split(".")
    return (
        len(parts) > 1
        and parts[0] not in FAMILY
        and parts[-1] in _APP_NAMES
        and any("celery" in part for part in parts)
    )
