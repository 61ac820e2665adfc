"""What the project as a whole says about Celery: names, tasks, apps, and every use of them."""

from celery2dramatiq.index.build import build
from celery2dramatiq.index.model import (
    MISSING,
    App,
    Arg,
    FileRecord,
    ImportUse,
    Index,
    ModuleRecord,
    Parameter,
    Place,
    Role,
    Step,
    Target,
    Task,
    Use,
)

__all__ = [
    "MISSING", "App", "Arg", "FileRecord", "ImportUse", "Index", "ModuleRecord", "Parameter",
    "Place", "Role", "Step", "Target", "Task", "Use", "build",
]  # fmt: skip
