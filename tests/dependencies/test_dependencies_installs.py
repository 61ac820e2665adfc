"""What is required can be installed on every Python at hand that a project claims."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from celery2dramatiq.plan.needs import Need
from tests.dependencies.lists import SCHEDULER, TESTS, answers
from tests.projects import expected, whole_projects

NEEDS = (
    Need("dramatiq", "x", ("rabbitmq",)),
    Need("django-dramatiq", "x"),
    Need("dramatiq-sqs", "x"),
    Need("dramatiq-abort", "x"),
    Need("prometheus-client", "x"),
    SCHEDULER,
    TESTS,
)
LISTS = ("requirements.txt", "requirements-test.txt")


def python(minor: int) -> str | None:
    """Return the path of a Python 3 of that minor version that is at hand."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(map(str, root.glob(f"versions/3.{minor}.*/bin/python")))
    for one in (*found, shutil.which(f"python3.{minor}")):
        if one is not None and _has_pip(one):
            return one
    return None


def _has_pip(interpreter: str) -> bool:
    line = [interpreter, "-m", "pip", "-V"]
    return subprocess.run(line, capture_output=True, check=False).returncode == 0


MINORS = range(7, 15)


@pytest.mark.network
@pytest.mark.parametrize(
    ("style", "lowest", "minor"),
    [
        *(("==", lowest, minor) for lowest in (7, 8, 9, 10) for minor in MINORS if minor >= lowest),
        *((">=", minor, minor) for minor in MINORS),
    ],
)
def test_installs(style: str, lowest: int, minor: int, tmp_path: Path) -> None:
    interpreter = python(minor)
    if interpreter is None:
        pytest.skip(f"Python 3.{minor} is not at hand")
    files = {
        "requirements.txt": f"celery[redis]{style}5.2.7\n",
        "requirements-test.txt": "pytest\n",
        ".python-version": f"3.{lowest}\n",
    }
    _, texts = answers(files, *NEEDS)
    for path, text in texts.items():
        (tmp_path / path).write_text(text)
    assert "dramatiq-sqs" in texts["requirements.txt"]
    done = _dry_run(interpreter, tmp_path)
    assert done.returncode == 0, done.stderr


PROJECTS = [one for one in whole_projects() if (one / "after" / "requirements.txt").is_file()]


@pytest.mark.network
@pytest.mark.parametrize("minor", range(10, 15))  # none of them claims an older one
@pytest.mark.parametrize("fixture", PROJECTS, ids=lambda path: path.name)
def test_migrated_projects_install(fixture: Path, minor: int, tmp_path: Path) -> None:
    interpreter = python(minor)
    if interpreter is None:
        pytest.skip(f"Python 3.{minor} is not at hand")
    text = expected(fixture)["requirements.txt"]
    assert b"dramatiq" in text
    (tmp_path / "requirements.txt").write_bytes(text)
    done = _dry_run(interpreter, tmp_path)
    assert done.returncode == 0, done.stderr


def _dry_run(interpreter: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Let pip resolve the requirements; one that knows no `--dry-run` downloads them."""
    pip = [interpreter, "-m", "pip", "--disable-pip-version-check", "-q"]
    knows = subprocess.run([*pip, "install", "--help"], capture_output=True, text=True, check=True)
    dry = "--dry-run" in knows.stdout
    how = ["install", "--dry-run", "--target"] if dry else ["download", "-d"]
    given = [folder / path for path in LISTS if (folder / path).is_file()]
    lists = [word for path in given for word in ("-r", str(path))]
    line = [*pip, *how, str(folder / "installed"), *lists]
    return subprocess.run(line, capture_output=True, text=True, check=False)
