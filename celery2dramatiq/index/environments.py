"""The settings modules of a Django project: one for each environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from celery2dramatiq.index.modules import Modules

_NAMED = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?\s*[\],=:]\s*[\"']?([A-Za-z_][\w.]*)")
_APPS = re.compile(r"^INSTALLED_APPS\s*[=:]", re.MULTILINE)
_STAR = re.compile(r"^\s*from\s+([.\w]+)\s+import\s+\*", re.MULTILINE)


def settings_modules(modules: Modules, seen_from: str) -> dict[str, str]:
    """Return what `DJANGO_SETTINGS_MODULE` may name: paths, and their dotted names, in order.

    Those that the project's code names (where it names none: those with INSTALLED_APPS), and those
    of the same folders that take everything of one of them, or of what one of them takes
    everything of; not what others only build on.
    """
    named = dict(_named(modules, seen_from)) or dict(_with_apps(modules))
    stars = _stars(modules, set(map(_folder, named)))
    family = set(named)
    while True:
        built_on = {below for path in family for below in stars.get(path, ())}
        more = {path for path, of in stars.items() if of & (family | built_on)} | built_on
        if more <= family:
            break
        family |= more
    bases = {below for path in family for below in stars.get(path, ())}
    packages = {_folder(path): name.rpartition(".")[0] for path, name in named.items()}
    found = {path: named.get(path) or _name(path, packages, modules) for path in sorted(family)}
    return {path: name for path, name in found.items() if path in named or path not in bases}


def _named(modules: Modules, seen_from: str) -> Iterator[tuple[str, str]]:
    for source in modules.sources.values():
        if "DJANGO_SETTINGS_MODULE" in source.text:
            for name in _NAMED.findall(source.text):
                path = modules.absolute(name, seen_from)
                if path is not None:
                    yield path, name


def _with_apps(modules: Modules) -> Iterator[tuple[str, str]]:
    for path, source in modules.sources.items():
        if _APPS.search(source.text):
            yield path, modules.name(path)[0]


def _folder(path: str) -> str:
    return path.removesuffix("/__init__.py").rpartition("/")[0]


def _name(path: str, packages: Mapping[str, str], modules: Modules) -> str:
    package = packages.get(_folder(path), "")
    stem = path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py")
    return f"{package}.{stem}" if package else modules.name(path)[0]


def _stars(modules: Modules, folders: set[str]) -> Mapping[str, set[str]]:
    """Return, for each module of the folders, what modules it takes everything of."""
    found = {}
    for path, source in modules.sources.items():
        if _folder(path) in folders and "import *" in source.text:
            taken = {one for one in _reached(path, source.text, modules) if one is not None}
            found[path] = taken & modules.sources.keys()
    return found


def _reached(path: str, text: str, modules: Modules) -> Iterator[str | None]:
    for name in _STAR.findall(text):
        level = len(name) - len(name.lstrip("."))
        yield modules.imported(name.lstrip("."), level, path)
