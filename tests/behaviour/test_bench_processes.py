"""The bench leaves no process behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.processes import Processes, wait_until

# A shell that ignores being asked to end, with a child.
STUBBORN = "trap '' TERM INT HUP; sleep 300 & echo child $!; wait"
KILLED = """
import os, pathlib, sys
from bench.processes import Processes, wait_until
with Processes() as processes:
    log = pathlib.Path(sys.argv[1])
    process = processes.start(sys.argv[2], cwd=log.parent, env=dict(os.environ), log=log)
    wait_until(lambda: "child" in process.output(), 10)
    os.kill(os.getpid(), 9)
"""


def test_children_are_ended_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Processes() as processes:
        process = processes.start(STUBBORN, cwd=tmp_path, env=dict(os.environ), log=log)
        assert wait_until(lambda: "child" in process.output(), 10)
        assert not _gone(log)
    assert wait_until(lambda: _gone(log), 5)


def test_even_when_the_bench_itself_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", KILLED, str(log), STUBBORN]
    assert subprocess.run(command, env=env, check=False).returncode == -9
    assert wait_until(lambda: _gone(log), 5)


def test_nothing_starts_after_the_end(tmp_path: Path) -> None:
    with Processes() as processes:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        processes.start("true", cwd=tmp_path, env={}, log=tmp_path / "log")


def _gone(log: Path) -> bool:
    """Whether the shell's child has ended; a dead child that nobody has waited for has."""
    pid = log.read_text().split()[-1]
    state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True)
    return state.stdout.strip()[:1] in ("", "Z")
