"""A copy of this repository as a user would get it, and the wheel built from it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT, build_wheel, commit_all, run


@pytest.fixture(scope="session")
def files_of_the_tree() -> Sequence[str]:
    """Tracked and new files, relative to the root; what git ignores is left out."""
    listed = run("git", "ls-files", "-z", "-c", "-o", "--exclude-standard", cwd=ROOT)
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


@pytest.fixture(scope="session")
def clone(files_of_the_tree: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with one commit that holds the working tree as it is now."""
    folder = tmp_path_factory.mktemp("clone") / "celery2dramatiq"
    for name in files_of_the_tree:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return commit_all(folder)


@pytest.fixture(scope="session")
def source(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second copy, to build in: setuptools leaves folders behind."""
    folder = tmp_path_factory.mktemp("source") / "celery2dramatiq"
    run("git", "clone", "-q", clone, folder, cwd=clone)
    return folder


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that pip builds from the copy."""
    return build_wheel(source, tmp_path_factory.mktemp("wheel"))
