"""The real projects: which they are, where they come from, and how one becomes a repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# The name in the scoreboard, the requirement, and the folder of the sdist that is the project.
PROJECTS = {
    "celery, examples": ("celery==5.7.0", "examples"),
    "celery, tutorial": ("celery==5.7.0", "examples/tutorial"),
    "celery, django": ("celery==5.7.0", "examples/django"),
    "celery, integration tests": ("celery==5.7.0", "t/integration"),
    "allianceauth": ("allianceauth==5.5.0", "."),
    "aa-memberaudit": ("aa-memberaudit==5.3.0", "."),
    "aa-structures": ("aa-structures==4.1.0", "."),
    "edx-enterprise": ("edx-enterprise==8.18.0", "."),
    "lemur": ("lemur==1.9.3", "."),
}


class NotFetchedError(Exception):
    """The package index did not give the sdist."""


def git(root: Path, *arguments: str) -> str:
    """What git prints in this folder; `CalledProcessError` if it fails."""
    settings = ("user.name=test", "user.email=test@localhost", "core.quotePath=no")
    options = [option for setting in settings for option in ("-c", setting)]
    command = ["git", *options, *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


def fetch(requirement: str) -> Path:
    """The sdist of `NAME==VERSION`: from `CELERY2DRAMATIQ_SDISTS`, or from the package index.

    Raises `NotFetchedError` with what pip said.
    """
    kept = os.environ.get("CELERY2DRAMATIQ_SDISTS")
    folder = Path(kept) if kept else Path(tempfile.gettempdir(), "celery2dramatiq-sdists")
    name, _, version = requirement.partition("==")
    sdist = folder / f"{name.replace('-', '_')}-{version}.tar.gz"  # as PEP 625 names it
    if not sdist.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            _download(requirement, Path(temporary))
            Path(temporary, sdist.name).replace(sdist)
    return sdist


def _download(requirement: str, target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary"]
    command = [*pip, requirement.partition("==")[0], "-d", str(target), requirement]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise NotFetchedError(f"{requirement} could not be fetched:\n{result.stderr}")


def unpack(sdist: Path, folder: str, target: Path) -> Path:
    """Unpack the sdist below `target`; its `folder` is committed to a repository of its own."""
    with tarfile.open(sdist) as archive:
        archive.extractall(target, filter="data")
    (top,) = target.iterdir()
    return commit(top / folder)


def copy(source: Path, target: Path) -> Path:
    """Copy any folder, without its history, and commit it to a repository of its own."""
    ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", "__pycache__")
    shutil.copytree(source, target, symlinks=True, ignore=ignored)
    return commit(target)


def commit(root: Path) -> Path:
    """Make the folder a repository with one commit; a .gitignore in it counts."""
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "before")
    return root
