"""Nothing is edited that version control could not bring back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from celery2dramatiq.files.change import Refused, some
from celery2dramatiq.files.git import GitFailed, git

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMED = 10


def check(root: Path, paths: Sequence[str], *, allow_dirty: bool, allow_no_vcs: bool) -> None:
    """Refuse to edit files that are in no repository, or whose content was not committed.

    Raises Refused, which names the files and the flag that allows it.
    """
    outside: list[str] = []
    inside: dict[Path, dict[str, str]] = {}
    for path in sorted(set(paths)):
        full = Path(os.path.realpath(root / path))
        repository = _repository(full)
        if repository is None:
            outside.append(path)
        else:
            inside.setdefault(repository, {})[str(full.relative_to(repository))] = path
    problems = []
    if outside and not allow_no_vcs:
        problems.append(_no_vcs(outside))
    if not allow_dirty:
        problems += [problem for each in inside.items() if (problem := _dirty(*each))]
    if problems:
        raise Refused(*problems)


def _repository(file: Path) -> Path | None:
    return next((each for each in file.parents if os.path.lexists(each / ".git")), None)


def _no_vcs(paths: list[str]) -> str:
    why = "not in a git repository, so the edit could not be undone"
    return f"{why}: {some(paths, NAMED)}; use --allow-no-vcs to edit anyway"


def _dirty(repository: Path, paths: dict[str, str]) -> str:
    """Return the problem with the files of one repository, given with the paths to name."""
    try:
        uncommitted = _uncommitted(repository, paths)
    except GitFailed as error:
        return f"cannot tell what is committed: {error}; use --allow-dirty to edit anyway"
    if not uncommitted:
        return ""
    named = some(sorted(paths[each] for each in uncommitted), NAMED)
    return f"uncommitted changes: {named}; commit them, or use --allow-dirty to edit anyway"


def _uncommitted(repository: Path, paths: dict[str, str]) -> set[str]:
    if git(repository, "rev-parse", "--show-prefix") != ["\n"]:
        raise GitFailed(f"{repository / '.git'} is no repository")  # one further up answered
    tracked = set(git(repository, "ls-files", "-z", "--cached"))
    status = "status --porcelain -z --no-renames --untracked-files=no --ignore-submodules=all"
    changed = {line[3:] for line in git(repository, *status.split())}
    # What is ignored is not in git either; a file that is yet to be created loses nothing.
    unknown = {path for path in paths if path not in tracked and os.path.lexists(repository / path)}
    return unknown | (changed & paths.keys())
