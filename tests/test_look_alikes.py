"""Code that looks like Celery's and is not."""

import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from celery2dramatiq.codemod import Options
from celery2dramatiq.draft import carry_out
from celery2dramatiq.project import Project, open_project

# Names that the standard library is full of, and a module called like one of its own.
JOBS = """\
from celery import Celery

app = Celery("jobs", broker="redis://localhost:6379/0")


@app.task
def run(x):
    return x


@app.task
def get(x):
    return run.delay(x)


@app.task
def submit(x):
    get.delay(x)
    get.apply_async((x,), countdown=10)
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The standard library, which calls `apply_async`, `retry` and `delay` of its own."""
    root = tmp_path_factory.mktemp("library")
    library = Path(sysconfig.get_path("stdlib"))
    aside = shutil.ignore_patterns("site-packages", "__pycache__", "lib-dynload", "*.so", "*.a")
    shutil.copytree(library, root / "lib", ignore=aside)
    (root / "lib" / "concurrent").mkdir(parents=True, exist_ok=True)
    (root / "lib" / "concurrent" / "jobs.py").write_text(JOBS)
    yield open_project(root)
    shutil.rmtree(root)


def test_not_one_edit_in_the_standard_library(opened: Project) -> None:
    draft = carry_out(opened, Options())
    assert len(opened.sources) > 500
    assert {planned.task.function for planned in draft.plan.tasks} == {"get", "run", "submit"}
    made = {"lib/concurrent/jobs.py", "lib/concurrent/dramatiq_helpers.py"}
    assert {change.path for change in draft.changes} == made
    assert {finding.place.path for finding in draft.plan.findings} == {"lib/concurrent/jobs.py"}
