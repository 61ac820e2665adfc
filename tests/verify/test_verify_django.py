"""Django: what `rundramatiq` would start is verified, with its settings and its discovery."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verify.checking import Verified, verified

pytest.importorskip("django_dramatiq")

MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
SETTINGS = """\
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, TimeLimit

SECRET_KEY = "no secret"
INSTALLED_APPS = {apps}
DRAMATIQ_BROKER = {{
    "BROKER": "dramatiq.brokers.redis.RedisBroker",
    "OPTIONS": {{"url": "redis://localhost:1"}},
    "MIDDLEWARE": [
        AgeLimit(), TimeLimit(time_limit=float("inf")), Callbacks(), Pipelines(),
        Retries(max_retries=0), "django_dramatiq.middleware.DbConnectionsMiddleware",
    ],
}}
"""
APPS = '["django_dramatiq", "shop"]'
TASK = "from celery import shared_task\n\n\n@shared_task\ndef pay(order):\n    print(order)\n"
ACTOR = (
    "import dramatiq\n\n\n"
    '@dramatiq.actor(actor_name="shop.tasks.pay")\ndef pay(order):\n    print(order)\n'
)
BEFORE = {
    "site_/__init__.py": "",
    "site_/celery.py": "from celery import Celery\n\napp = Celery('site_', broker='redis://x')\n",
    "shop/__init__.py": "",
    "shop/tasks.py": TASK,
}
AFTER = {
    "manage.py": MANAGE,
    "site_/__init__.py": "",
    "site_/settings.py": SETTINGS.format(apps=APPS),
    "shop/__init__.py": "",
    "shop/tasks.py": ACTOR,
}
WORKER = "python manage.py rundramatiq --processes 1 --threads 1"


def check(
    root: Path, files: dict[str, str], *arguments: str, before: dict[str, str] = BEFORE
) -> Verified:
    return verified(root, {**AFTER, **files}, "--worker", WORKER, *arguments, before=before)


def test_agrees(root: Path) -> None:
    found = check(root, {})
    assert (found.code, found.findings, found.data["notes"]) == (0, [], [])
    assert found.status() == {"shop.tasks.pay": "agrees"}
    assert found.data["broker"]["class"] == "dramatiq.brokers.redis.RedisBroker"
    last = "django_dramatiq.middleware.DbConnectionsMiddleware"
    assert found.data["broker"]["middleware"][-1] == last


@pytest.mark.parametrize("program", ["django-admin", "python -m django"])
def test_without_manage(root: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(root))
    worker = f"DJANGO_SETTINGS_MODULE=site_.settings {program} rundramatiq"
    assert verified(root, AFTER, "--worker", worker, before=BEFORE).findings == []


def test_variables_of_manage_reach_the_worker(root: Path) -> None:
    set_in_manage = MANAGE.replace("import sys\n", "import sys\nos.environ['PAY'] = 'yes'\n")
    needs = "import os\nassert os.environ['PAY'] == 'yes'\n"
    assert check(root, {"manage.py": set_in_manage, "shop/tasks.py": needs + ACTOR}).codes == []


def test_import_path_of_manage_does_not_reach_the_worker(root: Path) -> None:
    files = {
        "manage.py": MANAGE.replace("import sys\n", "import sys\nsys.path.append('more')\n"),
        "more/price.py": "",
        "shop/tasks.py": "import price\n" + ACTOR,
    }
    found = check(root, files)
    assert found.codes == ["not-importable"]
    assert "No module named 'price'" in found.one("not-importable")["text"]


def test_settings_that_cannot_be_imported(root: Path) -> None:
    found = check(root, {"site_/settings.py": "1 / 0\n"})
    assert (found.code, found.codes) == (1, ["rundramatiq"])
    finding = found.one("rundramatiq")
    assert "ZeroDivisionError" in finding["text"]
    assert (finding["path"], finding["line"]) == ("site_/settings.py", 1)


def test_django_dramatiq_is_not_installed(root: Path) -> None:
    found = check(root, {"site_/settings.py": SETTINGS.format(apps='["shop"]')})
    assert found.codes == ["rundramatiq"]
    finding = found.one("rundramatiq")
    assert "SystemExit" in finding["text"]
    assert any("Unknown command: 'rundramatiq'" in line for line in finding["trace"])


def test_manage_that_starts_nothing(root: Path) -> None:
    found = check(root, {"manage.py": "print('done')\n"})
    assert found.one("rundramatiq")["text"].endswith("it ended without starting any")
    assert found.one("rundramatiq")["trace"] == ["done"]


def test_task_module_that_is_not_discovered(root: Path) -> None:
    before = {**BEFORE, "shop/services/__init__.py": "", "shop/services/mail.py": TASK}
    mail = ACTOR.replace("shop.tasks", "shop.services.mail")
    after = {"shop/services/__init__.py": "", "shop/services/mail.py": mail}
    found = check(root, after, before=before)
    assert found.codes == ["not-imported"]
    finding = found.one("not-imported")
    assert finding["next"].startswith('add "services.mail" to DRAMATIQ_AUTODISCOVER_MODULES')
    settings = AFTER["site_/settings.py"]
    settings += "DRAMATIQ_AUTODISCOVER_MODULES = ('tasks', 'services.mail')\n"
    assert check(root, {**after, "site_/settings.py": settings}, before=before).findings == []


EARLY = (
    "from django.apps import AppConfig\n\n\nclass ShopConfig(AppConfig):\n    name = 'shop'\n\n"
    "    def __init__(self, *args):\n        super().__init__(*args)\n        import shop.tasks\n"
)


def test_django_dramatiq_after_an_app_that_imports_tasks(root: Path) -> None:
    files = {
        "site_/settings.py": SETTINGS.format(apps='["shop", "django_dramatiq"]'),
        "shop/apps.py": EARLY,
    }
    found = check(root, files)
    assert found.codes[0] == "late-broker"
    assert "put django_dramatiq first in INSTALLED_APPS" in found.one("late-broker")["next"]
    first = check(root, {"shop/apps.py": EARLY})
    assert first.findings == []
