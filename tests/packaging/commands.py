"""Commands run for a test, git repositories made for one."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run to the end, output and errors in one text."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """What the command printed; fails with all of it if the command failed."""
    result = start(*command, cwd=cwd, env=env)
    assert result.returncode == 0, f"{command} ended with {result.returncode}:\n{result.stdout}"
    return result.stdout


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write the files and return their folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def commit_all(folder: Path) -> Path:
    """Put all files of `folder` into a git repository and return the folder."""
    run("git", "init", "-q", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    run("git", *identity, "commit", "-q", "-m", "all", cwd=folder)
    return folder


def plain_environment() -> dict[str, str]:
    """The environment without what would measure coverage in a child or change its Python."""
    hidden = ("COVERAGE_", "GIT_", "PYTHON", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


def build_wheel(source: Path, target: Path) -> Path:
    """Build with pip and the setuptools of this environment, so that nothing is fetched."""
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation")
    run(*pip, "-w", target, source, cwd=target, env=plain_environment())
    (built,) = target.glob("*.whl")
    return built
