"""What the project as a whole says about Celery: names, tasks, apps, and every use of them."""

from celery2dramatiq.index.build import build
from celery2dramatiq.index.configuration import Configuration, Setting
from celery2dramatiq.index.configuration import Source as ConfigurationSource
from celery2dramatiq.index.django import Django, Installed
from celery2dramatiq.index.factory import Factory
from celery2dramatiq.index.model import (
    MISSING,
    App,
    Arg,
    FileRecord,
    Function,
    ImportUse,
    Index,
    ModuleRecord,
    Parameter,
    Place,
    Reading,
    Receiver,
    Role,
    Step,
    Target,
    Task,
    TaskClass,
    Use,
    Wrapper,
)

__all__ = [
    "MISSING", "App", "Arg", "Configuration", "ConfigurationSource", "Django", "Factory",
    "FileRecord", "Function", "ImportUse", "Index", "Installed", "ModuleRecord", "Parameter",
    "Place", "Reading", "Receiver", "Role", "Setting", "Step", "Target", "Task",
    "TaskClass", "Use", "Wrapper", "build",
]  # fmt: skip
