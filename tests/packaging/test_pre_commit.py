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


def configure(project: Path, clone: Path, hook: str) -> Path:
    """Write a project's configuration of a hook as a user would, and commit everything."""
    revision = run("git", "rev-parse", "HEAD", cwd=clone).strip()
    config = f"repos:\n- repo: {clone}\n  rev: {revision}\n  hooks:\n  - id: {hook}\n"
    return commit_all(write(project, {".pre-commit-config.yaml": config}))


def check(
    project: Path, clone: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the hook `celery2dramatiq-check` on all files of a project."""
    configure(project, clone, "celery2dramatiq-check")
    return start(*PRE_COMMIT, "run", "--all-files", "--verbose", cwd=project, env=environment)


def commit(project: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Commit what is staged, with the hooks of the project."""
    name = {
        f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return start("git", "commit", "-m", "more", cwd=project, env=environment | name)


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


@pytest.mark.network
def test_scan_hook_blocks_what_is_new_and_nothing_else(
    clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    known = (sys.executable, "-m", "celery2dramatiq", "scan", "--write-baseline")
    run(*known, "celery-baseline.json", cwd=write(tmp_path, WITH_CELERY))
    configure(tmp_path, clone, "celery2dramatiq-scan")
    run(*PRE_COMMIT, "install", cwd=tmp_path, env=environment)

    write(tmp_path, {"more.py": "x = 1\n", "views.py": f'"""Views."""\n{WITH_CELERY["views.py"]}'})
    run("git", "add", "more.py", "views.py", cwd=tmp_path)
    result = commit(tmp_path, environment)
    assert result.returncode == 0, result.stdout

    # Only a part is staged; what is not, and what git does not know, is no part of the commit.
    write(
        tmp_path, {"more.py": "x = 2\n", "draft.py": "from tasks import add\n\nadd.delay(1, 2)\n"}
    )
    run("git", "add", "more.py", cwd=tmp_path)
    write(tmp_path, {"more.py": "from tasks import add\n\nadd.delay(1, 2)\nx = 2\n"})
    result = commit(tmp_path, environment)
    assert result.returncode == 0, result.stdout
    assert "add.delay" in (tmp_path / "more.py").read_text()

    run("git", "add", "more.py", cwd=tmp_path)
    write(tmp_path, {"more.py": "x = 3\n"})
    result = commit(tmp_path, environment)
    assert result.returncode == 1, result.stdout
    assert "Uses of Celery that the baseline does not have" in result.stdout
    assert "more.py:3" in result.stdout
    assert "draft.py" not in result.stdout
    assert (tmp_path / "more.py").read_text() == "x = 3\n"


@pytest.mark.network
def test_apply_hook_runs_when_it_is_asked_for(
    clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    configure(write(tmp_path, WITH_CELERY), clone, "celery2dramatiq-apply")
    run(*PRE_COMMIT, "run", "--all-files", cwd=tmp_path, env=environment)
    assert run("git", "status", "--porcelain", cwd=tmp_path) == ""
    manual = ("run", "--all-files", "--hook-stage", "manual", "celery2dramatiq-apply")
    result = start(*PRE_COMMIT, *manual, cwd=tmp_path, env=environment)
    assert "files were modified by this hook" in result.stdout, result.stdout
    assert "add.send(1, 2)" in (tmp_path / "views.py").read_text()
    run("git", "add", "-A", cwd=tmp_path)
    assert commit(tmp_path, environment).returncode == 0
    run(*PRE_COMMIT, *manual, cwd=tmp_path, env=environment)
