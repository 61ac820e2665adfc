"""Which Pythons a project runs on, by what its files say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery2dramatiq.dependencies.model import Listing
    from celery2dramatiq.dependencies.versions import Python
    from celery2dramatiq.files import Source

_MINOR = re.compile(r"(?<![\d.])3\.(\d{1,2})(?!\d)")
_SHORT = re.compile(r"py(?:thon)?3\.?(\d{1,2})(?!\d)")
_REQUIRES = re.compile(
    r"""^[ \t]*(?:requires-python|python_requires|python)["']?[ \t]*=[ \t]*(.+)$""", re.M
)
_IN_PIPFILE = re.compile(r"""^[ \t]*python_(?:full_)?version[ \t]*=[ \t]*(.+)$""", re.M)
_IN_SETUP = re.compile(r"""\bpython_requires\s*=\s*(["'][^"']+["'])""")
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_ARG = re.compile(r"^ARG\s+(\w+)=[\"']?([^\s\"']+)", re.M | re.I)
_FROM = re.compile(r"^\s*FROM\s+(.+)$", re.M | re.I)
_IMAGE = re.compile(r"(?:^|[/\s:\"'])python:?(3\.\d+)")
# what installs the project's own requirements, rather than a tool
_INSTALLS = re.compile(
    r"requirements|\b(?:poetry|pipenv|pdm|tox|nox|setup\.py)\b|\buv (?:sync|pip)"
    r"|\bpip3? install [^\n]*(?<=[\s\"'])\.(?:[\s\"'\[]|$)",
    re.M,
)
_ACTION = re.compile(r"\bpython(?:[-_]versions?)?[\"']?:(.*(?:\n[ \t]*-[ \t]+.*)*)", re.I)
_ENVLIST = re.compile(r"^\s*env_?list\s*=(.*(?:\n[ \t]+.*)*)", re.M)
_TARGET = re.compile(r"^\s*(?:target-version|python_version)\s*=\s*(.+(?:\n[ \t]+.+)*)", re.M)
_BRACES = re.compile(r"py\{([^}]*)\}|py3?\{?(3\d+)")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The lowest Python that something names. rank: of those that are known only the first counts.

    0: what the project declares, and what it runs on. 1: its classifiers. 2: its tools.
    """

    python: Python
    path: str
    start: int
    end: int
    rank: int = 0


def is_evidence(path: str) -> bool:
    """Tell whether a file may say which Python is used, by its name."""
    return _reader(path) is not None


def lowest(files: Mapping[str, Source], listings: list[Listing]) -> Evidence | None:
    """Return what names the lowest Python; None if nothing does.

    A Python that the project's own Celery cannot be installed on does not count.
    """
    found = [one for path in sorted(files) for one in _evidence(files[path])]
    floor = max((_of_celery(listing) for listing in listings), default=(3, 0))
    able = [one for one in found if one.python >= floor]
    return min(able, key=lambda one: (one.rank, one.python), default=None)


# Requires-Python in the metadata of each release; 5.2 and before install on everything from 3.7 on.
_CELERY = (((5, 7), (3, 10)), ((5, 6), (3, 9)), ((5, 3), (3, 8)))
_VERSION = re.compile(r"(?:==|~=|>=|\^|~|^)\s*(\d+)\.(\d+)")


def _of_celery(listing: Listing) -> Python:
    """Return from which Python on the required Celery can be installed."""
    for entry in listing.of("celery"):
        match = _VERSION.search(entry.specifier)
        for version, python in _CELERY if match is not None else ():
            if match is not None and (int(match[1]), int(match[2])) >= version:
                return python
    return (3, 0)


def _evidence(source: Source) -> Iterator[Evidence]:
    reader = _reader(source.path)
    if reader is not None:
        yield from reader(source)


def _reader(path: str) -> Callable[[Source], Iterator[Evidence]] | None:
    name = path.rpartition("/")[2]
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "dockerfile" in name.lower() or name.lower().startswith("containerfile"):
        return _docker
    if "/.github/workflows/" in f"/{path}" and name.endswith((".yml", ".yaml")):
        return _actions
    if re.fullmatch(r"(?:docker-)?compose[\w.-]*\.ya?ml|\.gitlab-ci\.yml", name):
        return _images
    return None


# -- one kind of file


def _project(source: Source) -> Iterator[Evidence]:
    for match in _REQUIRES.finditer(source.text):
        yield from _specified(source, match)
    yield from _classifiers(source)
    yield from _targets(source)


def _setup(source: Source) -> Iterator[Evidence]:
    for match in _IN_SETUP.finditer(source.text):
        yield from _specified(source, match)
    yield from _classifiers(source)


def _pipfile(source: Source) -> Iterator[Evidence]:
    for match in _IN_PIPFILE.finditer(source.text):
        yield from _specified(source, match)


def _classifiers(source: Source) -> Iterator[Evidence]:
    for match in _CLASSIFIER.finditer(source.text):
        yield from _minors(source, match, 1, rank=1)


def _targets(source: Source) -> Iterator[Evidence]:
    for match in _TARGET.finditer(source.text):
        yield from _minors(source, match, 1, rank=2)


def _plain(source: Source) -> Iterator[Evidence]:
    for first in list(re.finditer(r"[^\r\n]+", source.text))[:1]:
        yield from _minors(source, first, 0)


def _docker(source: Source) -> Iterator[Evidence]:
    """Yield the images of a Dockerfile that installs requirements."""
    if _INSTALLS.search(source.text) is None:
        return
    values = dict(_ARG.findall(source.text))
    for match in _FROM.finditer(source.text):
        image = re.sub(r"\$\{?(\w+)(?::-[^}]*)?\}?", lambda m: values.get(m[1], ""), match[1])
        for version in _IMAGE.findall(image):
            yield Evidence(_python(version), source.path, *match.span())


def _images(source: Source) -> Iterator[Evidence]:
    for match in re.finditer(r"^\s*image:.*$", source.text, re.M):
        for version in _IMAGE.findall(match[0]):
            yield Evidence(_python(version), source.path, *match.span())


def _actions(source: Source) -> Iterator[Evidence]:
    if _INSTALLS.search(source.text) is not None:
        for match in _ACTION.finditer(source.text):
            yield from _minors(source, match, 1)
        yield from _images(source)


def _tox(source: Source) -> Iterator[Evidence]:
    for match in _ENVLIST.finditer(source.text):
        numbers = [
            int(number[1:])
            for braces, alone in _BRACES.findall(match[1])
            for number in re.findall(r"\b3\d+", braces or alone)
        ]
        yield from (Evidence((3, n), source.path, *match.span()) for n in numbers)
        yield from _minors(source, match, 1)


def _nox(source: Source) -> Iterator[Evidence]:
    for match in re.finditer(r"""python\s*=\s*(\[[^\]]*\]|["'][\d.]+["'])""", source.text):
        yield from _minors(source, match, 1)


_BY_NAME: dict[str, Callable[[Source], Iterator[Evidence]]] = {
    "pyproject.toml": _project,
    "setup.cfg": _project,
    "setup.py": _setup,
    "Pipfile": _pipfile,
    ".python-version": _plain,
    "runtime.txt": _plain,
    "tox.ini": _tox,
    "noxfile.py": _nox,
    "ruff.toml": _targets,
    ".ruff.toml": _targets,
    "mypy.ini": _targets,
}


def _specified(source: Source, match: re.Match[str]) -> Iterator[Evidence]:
    """Yield the lowest Python that a specifier allows, as far as it says where it begins."""
    parts = re.split(r"[,|]+", match[1].strip("\"' "))
    lower = [part for part in parts if not part.strip().startswith(("<", "!"))]
    minors = [int(number) for part in lower for number in _MINOR.findall(part)]
    if minors:
        yield Evidence((3, min(minors)), source.path, *match.span())


def _minors(source: Source, match: re.Match[str], group: int, rank: int = 0) -> Iterator[Evidence]:
    numbers = [int(number) for number in _MINOR.findall(match[group])]
    numbers += [int(number) for number in _SHORT.findall(match[group])]
    if numbers:
        yield Evidence((3, min(numbers)), source.path, *match.span(), rank)


def _python(version: str) -> Python:
    return (3, int(version.split(".")[1]))
