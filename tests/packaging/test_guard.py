"""ruff rejects what would bind the engine or a test to a codemod by its name."""

import subprocess
import sys

import pytest

from tests.packaging.commands import ROOT


def ruff(code: str, filename: str) -> str:
    """What ruff says about `code` in the place of a file of this repository."""
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise"]
    return subprocess.run(
        [*command, "--stdin-filename", filename, "-"],
        input=code,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("filename", ["celery2dramatiq/plan.py", "tests/test_plan.py"])
@pytest.mark.parametrize(
    "statement",
    [
        "import celery2dramatiq.codemods.delay",
        "from celery2dramatiq.codemods import delay",
        "from celery2dramatiq.codemods.delay import DELAY",
        "from celery2dramatiq import codemods",
    ],
)
def test_codemods_are_not_imported_by_name(filename: str, statement: str) -> None:
    assert "TID251" in ruff(f"{statement}\n", filename)


@pytest.mark.parametrize("statement", ["from celery2dramatiq import codemod", "import libcst"])
def test_the_rest_may_be_imported(statement: str) -> None:
    assert "TID251" not in ruff(f"{statement}\n", "celery2dramatiq/plan.py")
