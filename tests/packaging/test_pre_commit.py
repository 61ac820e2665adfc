"""The hooks: their manifests, and `celery2dramatiq-check` run by pre-commit itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT, commit_all, plain_environment, run, start, write

PRE_COMMIT = (sys.executable, "-m", "pre_commit")

WITH_CELERY = {
    "tasks.py": "from celery import Celery\n\n"
    'app = Celery("shop", broker="redis://localhost:6379/0")\n\n\n'
    "@app.task\ndef add(x, y):\n    return x + y\n",
    "views.py": "from tasks import add\n\n\ndef view():\n    add.delay(1, 2)\n",
    "requirements.txt": "celery[redis]==5.4.0\n",
}
WITHOUT_CELERY = {
    "tasks.py": "def add(x, y):\n    return x + y\n",
    "views.py": "from tasks import add\n\n\ndef view():\n    add(1, 2)\n",
}


def index_is_reachable(folder: Path) -> bool:
    """Whether pip can fetch something small."""
    pip = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-cache-dir")
    command = (*pip, "--retries", "0", "--timeout", "15", "-d", folder, "mypy_extensions")
    return start(*command, cwd=folder, env=plain_environment()).returncode == 0


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Keeps pre-commit's clones and environments to this module."""
    folder = tmp_path_factory.mktemp("pre-commit")
    if not os.environ.get("CI") and not index_is_reachable(folder):
        pytest.skip("the package index, from which pre-commit installs the hook, is out of reach")
    return plain_environment() | {"PRE_COMMIT_HOME": str(folder / "home")}


def check(
    project: Path, clone: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Configure the hook in a project as a user would, and run it on all files."""
    revision = run("git", "rev-parse", "HEAD", cwd=clone).strip()
    config = (
        f"repos:\n- repo: {clone}\n  rev: {revision}\n  hooks:\n  - id: celery2dramatiq-check\n"
    )
    commit_all(write(project, {".pre-commit-config.yaml": config}))
    return start(*PRE_COMMIT, "run", "--all-files", "--verbose", cwd=project, env=environment)


def test_manifests_are_valid() -> None:
    run(*PRE_COMMIT, "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)
    run(*PRE_COMMIT, "validate-config", ".pre-commit-config.yaml", cwd=ROOT)


@pytest.mark.network
@pytest.mark.parametrize(
    ("files", "code"), [(WITH_CELERY, 1), (WITHOUT_CELERY, 0)], ids=["celery", "no celery"]
)
def test_hook_fails_exactly_where_there_is_celery_code(
    files: dict[str, str], code: int, clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    result = check(write(tmp_path, files), clone, environment)
    assert result.returncode == code, result.stdout
    assert ("- exit code: 1" in result.stdout) == (code == 1), result.stdout
    written = {name: (tmp_path / name).read_text() for name in files}
    assert written == files
