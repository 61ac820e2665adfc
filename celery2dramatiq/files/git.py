"""Questions to git, asked so that it neither writes nor runs anything of the project's."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# A hook's environment points git at one repository; the question here is about another folder.
OF_ONE_REPOSITORY = (
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_ICASE_PATHSPECS",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)


class GitFailed(Exception):
    """Git is missing, or could not answer; the text says why."""


def git(
    directory: Path, *arguments: str, stdin: bytes = b"", answers: tuple[int, ...] = (0,)
) -> list[str]:
    """Run git in a directory and return the names it printed, which `-z` separates with NULs.

    Raises GitFailed where git is missing or its exit code is none of `answers`.
    """
    answer = _run(directory, arguments, stdin, answers)
    return [os.fsdecode(name) for name in answer.split(b"\0") if name]


def _run(
    directory: Path, arguments: Sequence[str], stdin: bytes, answers: tuple[int, ...]
) -> bytes:
    # The file system monitor is a program that the repository's configuration names.
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        result = subprocess.run(
            command,
            cwd=directory,
            env=_environment(),
            input=stdin,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise GitFailed(f"git cannot be run: {error.strerror}") from error
    if result.returncode not in answers:
        raise GitFailed(os.fsdecode(result.stderr).partition("\n")[0])
    return result.stdout


def _environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OF_ONE_REPOSITORY}
    # Without optional locks `git status` does not rewrite the index.
    return kept | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def archive(directory: Path, revision: str) -> bytes:
    """Return what a directory held in a revision, as a tar archive. Raises GitFailed."""
    return _run(directory, ("archive", "--format=tar", revision, "--", "."), b"", (0,))
