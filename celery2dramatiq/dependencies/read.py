"""Every list of requirements of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celery2dramatiq.dependencies import (
    conda_files,
    ini_files,
    locks,
    pip_files,
    pythons,
    setup_files,
    toml_files,
)
from celery2dramatiq.dependencies.model import Listing, Unparsed

if TYPE_CHECKING:
    from celery2dramatiq.files import Source


_NAMED = {
    "Pipfile": "toml",
    "pyproject.toml": "toml",
    "setup.cfg": "ini",
    "setup.py": "setup",
    "tox.ini": "ini",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that cannot be parsed, why, and where that shows."""

    path: str
    reason: str
    at: int


def reads(path: str) -> bool:
    """Tell by a file's name whether it may list or install requirements, or name a Python."""
    script = path.endswith((".sh", ".bash", "Makefile"))
    listed = _kind(path) != "" or bool(locks.command(path))
    return script or listed or pythons.is_evidence(path)


def read(files: Mapping[str, Source]) -> tuple[list[Listing], list[Broken]]:
    """Return the lists of all files, in order of path, and the files that cannot be parsed."""
    found: list[Listing] = []
    broken: list[Broken] = []
    constraints = _constraints(files)
    for path in sorted(files):
        result = _attempt(files[path], files, path in constraints)
        if isinstance(result, Broken):
            broken.append(result)
        else:
            found += result
    return found, broken


def _attempt(
    source: Source, files: Mapping[str, Source], constraint: bool
) -> list[Listing] | Broken:
    try:
        return _listings(source, files, constraint)
    except Unparsed as error:
        return Broken(source.path, str(error), error.at)


def _listings(source: Source, files: Mapping[str, Source], constraint: bool) -> list[Listing]:
    kind = _kind(source.path)
    if kind == "pip":
        beside = f"{source.path.removesuffix('.txt')}.in"
        made = pip_files.command(source, inputs=beside != source.path and beside in files)
        named = "constraint" in source.path.rpartition("/")[2]
        return [pip_files.listing(source, constraint=constraint or named, made=made)]
    readers = {
        "toml": toml_files.listings,
        "ini": ini_files.listings,
        "setup": setup_files.listings,
        "conda": conda_files.listings,
    }
    return list(readers[kind](source)) if kind else []


def _kind(path: str) -> str:
    name = path.rpartition("/")[2]
    if name in _NAMED:
        return _NAMED[name]
    if pip_files.is_pip(path):
        return "pip"
    return "conda" if conda_files.is_conda(path) else ""


def _constraints(files: Mapping[str, Source]) -> set[str]:
    """Return the files that only say which versions: named by `-c`, and by no `-r`."""
    named = [
        one for path in files if pip_files.is_pip(path) for one in pip_files.included(files[path])
    ]
    required = {one.path for one in named if not one.constraint}
    return {one.path for one in named if one.constraint} - required


def required(listings: list[Listing]) -> Iterator[str]:
    """Yield what the project requires: normalised names, and once more with each extra."""
    for listing in listings:
        for entry in listing.entries:
            yield entry.name
            yield from (f"{entry.name}[{extra}]" for extra in sorted(entry.extras))
