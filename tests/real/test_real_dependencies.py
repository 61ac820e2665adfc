"""The lists of requirements of whole projects, as if everything in them moved."""

import difflib
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.real.projects import unpack
from celery2dramatiq.dependencies.read import reads
from celery2dramatiq.files import Source, find, read_text
from tests.dependencies.lists import SCHEDULER, TESTS, answers
from tests.real.test_real import fetch

pytestmark = pytest.mark.real

SDISTS = ("celery==5.7.0", "allianceauth==5.5.0", "lemur==1.9.3")
NEW = ("dramatiq", "apscheduler")


@pytest.fixture(scope="module", params=SDISTS)
def files(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The texts of a project's files that list requirements, or say which Python is used."""
    root = unpack(fetch(request.param), ".", tmp_path_factory.mktemp("project"))
    return texts(root)


def texts(root: Path) -> dict[str, str]:
    found = {}
    for path in find(root).files:
        source = read_text(root, path) if reads(path) else None
        if isinstance(source, Source):
            found[path] = source.text
    return found


@pytest.mark.parametrize("left", ["", "tasks stay on it"])
def test_only_lines_with_requirements_change(files: Mapping[str, str], left: str) -> None:
    found, after = answers(files, SCHEDULER, TESTS, left=left)
    assert {one.row.code for one in found} & {"C2D801", "C2D802", "C2D803"}
    for path, text in after.items():
        diff = difflib.ndiff(files[path].splitlines(True), text.splitlines(True))
        for line in diff:
            if line.startswith("+ "):
                assert any(name in line for name in NEW), (path, line)
            if line.startswith("- "):
                assert "celery" in line, (path, line)
                assert not left, (path, line)


@pytest.mark.parametrize("left", ["", "tasks stay on it"])
def test_a_second_run_changes_nothing(files: Mapping[str, str], left: str) -> None:
    _, after = answers(files, SCHEDULER, TESTS, left=left)
    _, again = answers(after, SCHEDULER, TESTS, left=left)
    assert again == after
