"""`--help` and `--version` answer at once: they load neither LibCST nor rich."""

import resource
import statistics
import subprocess
import sys

import pytest

from tests.packaging.commands import ROOT, plain_environment, start

PROGRAM = ("-m", "celery2dramatiq")
RUNS = 7


def user_time(*arguments: str) -> float:
    """Seconds of user time that a child with these arguments took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(
        [sys.executable, *arguments],
        env=plain_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_heavy_libraries_are_not_imported(option: str) -> None:
    command = (sys.executable, "-X", "importtime", *PROGRAM, option)
    result = start(*command, cwd=ROOT, env=plain_environment())
    assert result.returncode == 0, result.stdout
    lines = (line for line in result.stdout.splitlines() if line.startswith("import time:"))
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    assert "click" in imported
    assert imported.isdisjoint({"libcst", "rich", "pathspec", "multiprocessing", "asyncio"})


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_answer_costs_about_what_importing_click_costs(option: str) -> None:
    program, click = [], []
    for _ in range(RUNS):
        program.append(user_time(*PROGRAM, option))
        click.append(user_time("-c", "import click"))
    assert statistics.median(program) < 2 * statistics.median(click) + 0.05
