"""The package that is written beside the app: the carrier, its broker, its worker."""

from __future__ import annotations

from importlib.resources import files

from celery2dramatiq.development.marks import PACKAGE
from celery2dramatiq.development.model import QUEUES, SWITCH
from celery2dramatiq.templates import choices, compose

_INIT = '''\
"""Runs Celery's tasks with Dramatiq's broker and worker: for development only.

Written by celery2dramatiq. `celery2dramatiq apply --dev-only --remove` takes
it out again.
"""
'''
_WORKER = f'''\
"""What Dramatiq's worker imports to run Celery's tasks.

Written by celery2dramatiq.
"""

import os


def start():
    """Import what a Celery worker would, and declare its queues."""
    if os.environ.get("{SWITCH}") != "1":
        raise ImportError(
            "Dramatiq is switched off: this worker would never get a task, "
            "set {SWITCH}=1"
        )
    from {{module}} import {{app}}

    from .carrier import serve

    serve({{app}}, os.environ.get("{QUEUES}", "").split())


start()
'''
_DJANGO_WORKER = f'''\
"""What Dramatiq's worker imports to run Celery's tasks.

Written by celery2dramatiq.
"""

import os


def start():
    """Import what a Celery worker would, and declare its queues."""
    import django
    from django.conf import settings

    if not getattr(settings, "{SWITCH}", False):
        raise ImportError(
            "Dramatiq is switched off: this worker would never get a task, "
            "use settings with {SWITCH} = True"
        )
    django.setup()
    from {{module}} import {{app}}

    from .carrier import serve

    serve({{app}}, os.environ.get("{QUEUES}", "").split())


start()
'''
_APPS = '''\
"""The application that switches Dramatiq on: in development's INSTALLED_APPS.

Written by celery2dramatiq.
"""

from django.apps import AppConfig


class CarrierConfig(AppConfig):
    """Lets Celery's app send through Dramatiq."""

    name = "{package}"

    def ready(self):
        """Install it, before any task can be sent."""
        from {module} import {app}

        from .carrier import install

        install({app})
'''


def package(name: str, module: str, app: str, scheme: str, *, django: bool) -> dict[str, str]:
    """Return the package's files, each name with its text.

    name: the package's dotted name. module, app: where the app is, and what it is called there.
    scheme: of the broker's URL, "" if that is not known.
    """
    makers = choices("_BROKERS")
    helpers = ["make_broker", *([makers[scheme]] if scheme in makers else [])]
    carrier = files("celery2dramatiq.templates").joinpath("carrier.py").read_text("utf-8")
    worker = _DJANGO_WORKER if django else _WORKER
    texts = {
        "__init__.py": _INIT,
        "carrier.py": carrier,
        "dramatiq_helpers.py": compose(helpers),
        "worker.py": worker.format(module=module, app=app),
    }
    if django:
        texts["apps.py"] = _APPS.format(package=name, module=module, app=app)
    return texts


def installed_app(name: str) -> str:
    """Return what stands in INSTALLED_APPS. name: the package's dotted name."""
    return f"{name}.apps.CarrierConfig"


def dotted(parent: str) -> str:
    """Return the package's dotted name, below that of the package beside the app ("" is none)."""
    return f"{parent}.{PACKAGE}" if parent else PACKAGE
