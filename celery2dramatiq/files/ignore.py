"""What is left aside: folders of these names, `.gitignore` files, the user's own patterns."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

LEFT_ASIDE = frozenset(
    {
        ".git",
        ".hg",
        ".venv",
        "venv",
        "node_modules",
        "build",
        "dist",
        ".tox",
        ".nox",
        "site-packages",
        "__pycache__",
        ".eggs",
    }
)


@dataclass(frozen=True, slots=True)
class Rules:
    """One `.gitignore`: its patterns, and the folder they are relative to (`""` or `a/b/`)."""

    prefix: str
    spec: GitIgnoreSpec

    def verdict(self, path: str) -> bool | None:
        """Say whether a path below the folder is ignored (True), kept (False) or not named."""
        return self.spec.check_file(path.removeprefix(self.prefix)).include


def patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """Read patterns in the syntax of `.gitignore`; raises ValueError for one that is none."""
    return GitIgnoreSpec.from_lines(lines)


def rules(root: Path, prefix: str) -> tuple[Rules, ...]:
    """Read a folder's own `.gitignore`, if it has one; like git, skip a line that is no pattern."""
    file = root / prefix / ".gitignore"
    try:
        if file.is_symlink() or not file.is_file():  # git does not follow a link here either
            return ()
        lines = os.fsdecode(file.read_bytes()).splitlines()
    except OSError:
        return ()
    return (Rules(prefix, patterns(line for line in lines if _is_pattern(line))),)


def ignored(path: str, chain: Sequence[Rules]) -> bool:
    """Say whether a path (a folder's ends with `/`) is ignored; the innermost file decides."""
    verdicts = (each.verdict(path) for each in reversed(chain))
    return next((verdict for verdict in verdicts if verdict is not None), False)


def aside_by_name(name: str) -> bool:
    """Say whether a folder of this name is left aside."""
    return name in LEFT_ASIDE or name.endswith(".egg-info")


def left_aside(path: str) -> str | None:
    """Return the outermost folder on the way to a file that is left aside by its name."""
    folders = path.split("/")[:-1]
    for depth, name in enumerate(folders, 1):
        if aside_by_name(name):
            return "/".join(folders[:depth])
    return None


def _is_pattern(line: str) -> bool:
    try:
        patterns([line])
    except ValueError:
        return False
    return True
