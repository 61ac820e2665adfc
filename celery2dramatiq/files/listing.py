"""The names in a project's tree, asked of git or found by walking."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celery2dramatiq.files.git import GitFailed, git
from celery2dramatiq.files.ignore import Rules, aside_by_name, ignored, left_aside, rules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TRACKED = ("ls-files", "-z", "--cached", "--stage")
UNTRACKED = ("ls-files", "-z", "--others", "--exclude-standard")
IGNORED = (*UNTRACKED, "--ignored", "--directory")


@dataclass(frozen=True, slots=True)
class Listing:
    """Names relative to the root, filled by this module.

    `names` may be looked at, `aside` is ignored, `skipped` has a reason.
    """

    names: set[str] = field(default_factory=set)
    aside: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)


def by_git(root: Path, *, tracked: bool = False) -> Listing:
    """List what git tracks below the root, submodules too, and, unless `tracked`, would add.

    Without git, without a repository, or where the repository ignores the root, nothing is listed.
    """
    listing = Listing()
    try:
        _add_repository(listing, root, "", tracked=tracked)
    except GitFailed:
        return Listing()
    return listing


def by_walk(root: Path) -> Listing:
    """List the tree, following no links, by its `.gitignore` files and the names left aside."""
    listing = Listing()
    pending: list[tuple[str, tuple[Rules, ...]]] = [("", ())]
    while pending:
        prefix, chain = pending.pop()
        chain += rules(root, prefix)
        try:
            entries = list(os.scandir(root / prefix))
        except OSError as error:
            listing.skipped[prefix.rstrip("/") or "."] = str(error.strerror)
            continue
        for entry in entries:
            name = prefix + entry.name
            folder = entry.is_dir(follow_symlinks=False)
            if _aside(entry) or ignored(name + "/" * folder, chain):
                listing.aside.add(name)
            elif folder:
                pending.append((f"{name}/", chain))
            else:
                listing.names.add(name)
    return listing


def _aside(entry: os.DirEntry[str]) -> bool:
    # In a worktree or a submodule `.git` is a file, and `venv` is often a link.
    file = entry.is_file(follow_symlinks=False)
    return entry.name == ".git" or (not file and aside_by_name(entry.name))


def _add_repository(listing: Listing, root: Path, prefix: str, *, tracked: bool) -> None:
    here = root / prefix
    names = set()
    for line in git(here, *TRACKED):
        kind, name = line.split("\t", 1)
        if kind.startswith("160000 "):
            _add_submodule(listing, root, prefix + name, tracked=tracked)
        else:
            names.add(name)
    for name in git(here, *UNTRACKED) if not tracked else ():
        folder = _folder_aside(here, name)
        if folder is not None:
            listing.aside.add(prefix + folder)
        elif name.endswith("/"):
            listing.skipped[prefix + name.rstrip("/")] = "another git repository"
        else:
            names.add(name)
    for name in git(here, *IGNORED):
        listing.aside.add(prefix + name.rstrip("/"))
    odd = set() if tracked else _unlisted(here, names)
    listing.names.update(prefix + name for name in names | odd)


def _folder_aside(here: Path, name: str) -> str | None:
    if aside_by_name(name[name.rfind("/") + 1 :]) and (here / name).is_symlink():
        return name
    return left_aside(name)


def _add_submodule(listing: Listing, root: Path, name: str, *, tracked: bool) -> None:
    folder = root / name
    if os.path.realpath(folder) != str(folder):
        listing.names.add(name)  # a link by now, judged as such
        return
    if not os.path.lexists(folder / ".git"):  # not fetched
        return
    try:
        _add_repository(listing, root, f"{name}/", tracked=tracked)
    except GitFailed as error:
        listing.skipped[name] = f"a submodule that git cannot list: {error}"


def _unlisted(here: Path, names: Iterable[str]) -> set[str]:
    """Find what git never lists, FIFOs and the like, beside the files that it does list."""
    found: set[str] = set()
    for folder in {"", *(name[: name.rfind("/") + 1] for name in names)}:
        found.update(folder + each for each in _odd_names(here / folder))
    if not found:
        return found
    asked = b"\0".join(os.fsencode(name) for name in sorted(found))
    return found.difference(git(here, "check-ignore", "-z", "--stdin", stdin=asked, answers=(0, 1)))


def _odd_names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder) if _is_odd(entry)]
    except OSError:  # what git listed in there says so itself
        return []


def _is_odd(entry: os.DirEntry[str]) -> bool:
    plain = entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
    return not plain and not entry.is_symlink()
