"""Which settings modules belong to development alone, and what says so."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from celery2dramatiq.development.model import Evidence
from celery2dramatiq.files import Refused

if TYPE_CHECKING:
    from celery2dramatiq.index import Index

_NAMED = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?\s*[\],=:]\s*[\"']?([A-Za-z_][\w.]*)")
_KINDS = {  # in this order: `docker/prod/dev.env` is production's
    "production": {"asgi", "live", "preprod", "prod", "production", "stage", "staging", "wsgi"},
    "test": {"ci", "test", "testing", "tests"},
    "development": {"dev", "devel", "develop", "development", "local"},
}


def kind_of(name: str) -> str:
    """Return what a name says: `production`, `test`, `development`, or "" if nothing."""
    words = set(re.split(r"[^a-z]+", name.lower()))
    return next((kind for kind, known in _KINDS.items() if words & known), "")


def development(
    modules: Mapping[str, str],
    index: Index,
    texts: Mapping[str, str],
    given: Sequence[str],
) -> tuple[dict[str, str], tuple[Evidence, ...]]:
    """Return the settings modules of development (names, paths), and what says that they are.

    modules: dotted names of all settings modules, with their paths. texts: of the files in which
    they may be named. given: names that the user chose; then nothing else is asked.
    Raises files.Refused where that cannot be told, or where others build on them.
    """
    found = tuple(_evidence(modules, texts))
    names = list(given) or list(_chosen(modules, found))
    for name in names:
        if name not in modules:
            raise Refused(_unknown(name, modules))
    chosen = {name: modules[name] for name in names}
    for name, path in chosen.items():
        _check_importers(name, path, set(chosen.values()), index)
    return chosen, tuple(one for one in found if one.says in chosen)


def _evidence(modules: Collection[str], texts: Mapping[str, str]) -> Iterator[Evidence]:
    """Yield each place that names a settings module; `says` is the module."""
    for path, text in sorted(texts.items()):
        for match in _NAMED.finditer(text):
            if match[1] in modules:
                yield Evidence(path, text.count("\n", 0, match.start()) + 1, match[1])


def _chosen(modules: Collection[str], evidence: Sequence[Evidence]) -> Iterator[str]:
    by_name = [name for name in modules if kind_of(name.rpartition(".")[2]) == "development"]
    neutral = [name for name in modules if not kind_of(name.rpartition(".")[2])]
    by_file = [name for name in neutral if _kinds(name, evidence) == {"development"}]
    for name in by_name or by_file:
        other = next((one for one in evidence if _is_against(name, one)), None)
        if other is not None:
            raise Refused(
                f"{other.path}:{other.line} names {name}, so it may not be development's alone; "
                f"if it is, say --dev-settings {name}"
            )
        yield name
    if not (by_name or by_file):
        raise Refused(
            f"no settings module is known to be development's alone, of {', '.join(modules)}; "
            "name it with --dev-settings, and if there is none, make one that begins with "
            "`from ... import *`"
        )


def _kinds(name: str, evidence: Sequence[Evidence]) -> set[str]:
    return {kind_of(one.path) for one in evidence if one.says == name}


def _is_against(name: str, one: Evidence) -> bool:
    return one.says == name and kind_of(one.path) == "production"


def _unknown(name: str, modules: Collection[str]) -> str:
    close = difflib.get_close_matches(name, sorted(modules), n=1)
    known = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(modules))}"
    return f"--dev-settings {name}: there is no such settings module; {known}"


def _check_importers(name: str, path: str, chosen: Collection[str], index: Index) -> None:
    for other, record in index.modules.items():
        if path in record.imports and other not in chosen:
            raise Refused(
                f"{other} imports {name}, so what is put there would reach it too; "
                "if that is for development as well, name both with --dev-settings"
            )
