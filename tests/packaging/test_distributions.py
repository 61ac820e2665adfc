"""What wheel and sdist hold, and that an installed wheel works."""

import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from celery2dramatiq import __version__
from tests.packaging.commands import build_wheel, plain_environment, run, write

COUNT_CODEMODS = """
import sys
from celery2dramatiq.codemod import load
load()
found = [m for n, m in sys.modules.items() if n.startswith("celery2dramatiq.codemods.")]
assert found and all(m.__file__.startswith(sys.prefix) for m in found), found
assert "codemods" not in sys.modules
print(len(found))
"""


def modules_of(files_of_the_tree: Sequence[str]) -> set[str]:
    """The modules of the tree under the names by which they are installed."""
    engine = {name for name in files_of_the_tree if name.startswith("celery2dramatiq/")}
    codemods = {f"celery2dramatiq/{n}" for n in files_of_the_tree if n.startswith("codemods/")}
    ends = (".py", "/py.typed", ".json", ".txt", ".css")
    return {name for name in engine | codemods if name.endswith(ends)}


def members_of(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a new environment that holds the wheel and sees this one's libraries."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=wheel.parent)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps")
    run(*pip, "--no-index", wheel, cwd=wheel.parent, env=plain_environment())
    # A path that a .pth file adds is searched last, and its own .pth files, through which
    # the editable install works, are not read.
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin"


def test_wheel_holds_every_module_and_nothing_else(
    wheel: Path, files_of_the_tree: Sequence[str]
) -> None:
    assert members_of(wheel) == modules_of(files_of_the_tree)
    assert "celery2dramatiq/py.typed" in members_of(wheel)


def test_sdist_holds_every_file_and_gives_the_same_wheel(
    source: Path, wheel: Path, files_of_the_tree: Sequence[str], tmp_path: Path
) -> None:
    build = f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})"
    run(sys.executable, "-c", build, cwd=source, env=plain_environment())
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert set(files_of_the_tree) - inside == set()
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    (tmp_path / "again").mkdir()
    assert members_of(build_wheel(unpacked, tmp_path / "again")) == members_of(wheel)


def test_installed_wheel_knows_its_version(installed: Path, tmp_path: Path) -> None:
    program = run(installed / "celery2dramatiq", "--version", cwd=tmp_path, env=plain_environment())
    assert __version__ in program
    module = (installed / "python", "-m", "celery2dramatiq", "--version")
    assert run(*module, cwd=tmp_path, env=plain_environment()) == program


def test_installed_wheel_is_not_confused_by_a_folder_named_codemods(
    installed: Path, files_of_the_tree: Sequence[str], tmp_path: Path
) -> None:
    write(tmp_path, {"codemods/__init__.py": "raise SystemExit('the user's own')"})
    printed = run(installed / "python", "-c", COUNT_CODEMODS, cwd=tmp_path, env=plain_environment())
    codemods = [n for n in files_of_the_tree if n.startswith("codemods/") and n.endswith(".py")]
    assert int(printed) == len(codemods) - 1
