"""Every command of the guides runs, one after the other, in a small Django project."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT

GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
DEV_SETTINGS = """
from proj.settings.base import *

CELERY_BROKER_URL = "sqs://x:x@localhost:9324"
CELERY_BROKER_TRANSPORT_OPTIONS = {"region": "elasticmq"}
"""
PROJECT = {
    "manage.py": """
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.settings.base")
execute_from_command_line(sys.argv)
""",
    "requirements.txt": "celery>=5.4\ndjango>=4.2\n",
    "proj/__init__.py": 'from .celery import app as celery_app\n\n__all__ = ("celery_app",)\n',
    "proj/celery.py": """
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.settings.base")
app = Celery("proj")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
""",
    "proj/settings/__init__.py": "",
    "proj/settings/base.py": """
SECRET_KEY = "x"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
CELERY_BROKER_URL = "redis://localhost:6379/0"
""",
    "proj/settings/dev.py": DEV_SETTINGS,
    "shop/__init__.py": "",
    "shop/tasks.py": """
from celery import shared_task


@shared_task
def pay(order):
    return order
""",
    "shop/views.py": """
from shop.tasks import pay


def view(request):
    pay.delay(1)
""",
}


def project(root: Path) -> None:
    for name, text in PROJECT.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"))
    shell(root, "git init -q && git add -A && git commit -q -m before")


def shell(root: Path, commands: str) -> str:
    identity = {
        f"GIT_{who}_{what}": "test@localhost"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, **identity, "PATH": path, "VIRTUAL_ENV": sys.prefix}
    result = subprocess.run(
        ["sh", "-eu", "-c", commands],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{commands}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_every_command_of_a_guide_runs(guide: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", guide.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    project(tmp_path)
    printed = [shell(tmp_path, block) for block in blocks]
    assert any("celery" in each for each in printed)


def test_links_of_the_guides_lead_somewhere() -> None:
    for guide in GUIDES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", guide.read_text("utf-8")):
            assert (guide.parent / target).exists(), (guide.name, target)
