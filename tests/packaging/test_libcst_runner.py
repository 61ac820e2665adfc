"""LibCST's own runner gives the Python files that `apply` gives."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT, commit_all, run, write

PROJECT = {
    "shop/__init__.py": "",
    "shop/app.py": "from celery import Celery\n\n"
    'app = Celery("shop", broker="redis://localhost:6379/0")\n',
    "shop/tasks.py": "from shop.app import app\n\n\n"
    "@app.task\ndef add(x, y):\n    return x + y\n\n\n"
    "@app.task(name='shop.mail')\ndef mail( to ):   # kept as it is\n    print(to)\n",
    "shop/plain.py": "x = [ 1,2 ]  # no Celery, no change\n",
    "requirements.txt": "celery[redis]==5.4.0\n",
} | {
    f"shop/views{number}.py": "from shop.tasks import add, mail\n\n\n"
    f"def view():\n    add.delay({number}, 2)\n    mail.apply_async(('a',), countdown=5)\n"
    for number in range(8)
}

RUNNER = (sys.executable, "-m", "libcst.tool", "codemod", "--hide-progress", "--no-format")
FULL_NAME = "celery2dramatiq.libcst_command.MigrateCommand"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The Python files of the project after `apply`."""
    project = commit_all(write(tmp_path_factory.mktemp("applied"), PROJECT))
    run(sys.executable, "-m", "celery2dramatiq", "apply", cwd=project)
    return python_files(project)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project before the run."""
    return commit_all(write(tmp_path, PROJECT))


def python_files(project: Path) -> dict[str, bytes]:
    """The bytes of the files that the project began with."""
    return {name: (project / name).read_bytes() for name in PROJECT if name.endswith(".py")}


def test_apply_rewrites_the_project(applied: dict[str, bytes]) -> None:
    changed = {name for name, code in applied.items() if code != PROJECT[name].encode()}
    assert changed == set(applied) - {"shop/__init__.py", "shop/plain.py"}


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_runner_with_the_full_name(project: Path, applied: dict[str, bytes], jobs: str) -> None:
    # Files are written while others are still read: the index must be that of the beginning.
    run(*RUNNER, "-x", FULL_NAME, ".", "-j", jobs, cwd=project)
    assert python_files(project) == applied


def test_runner_with_the_configuration_of_this_repository(
    project: Path, applied: dict[str, bytes]
) -> None:
    shutil.copy(ROOT / ".libcst.codemod.yaml", project)
    runner = [option for option in RUNNER if option != "--no-format"]
    run(*runner, "libcst_command.MigrateCommand", "shop", cwd=project)
    assert python_files(project) == applied


def test_runner_given_one_file_knows_the_others(project: Path, applied: dict[str, bytes]) -> None:
    run(*RUNNER, "-x", FULL_NAME, "shop/views3.py", cwd=project)
    (changed,) = run("git", "diff", "--name-only", cwd=project).splitlines()
    assert changed == "shop/views3.py"
    assert (project / changed).read_bytes() == applied[changed]
