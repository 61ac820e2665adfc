"""The switch of a Django project: a setting that only the settings of development define."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celery2dramatiq.development import environments
from celery2dramatiq.development.marks import with_block
from celery2dramatiq.development.model import Evidence
from celery2dramatiq.development.taking_out import Texts
from celery2dramatiq.index.environments import settings_modules
from celery2dramatiq.index.modules import Modules

if TYPE_CHECKING:
    from celery2dramatiq.index import App, Index
    from celery2dramatiq.project import Project

Lines = Callable[[str, str], list[str]]  # of a settings module's path and text


@dataclass(frozen=True, slots=True)
class Switched:
    """The files in which the switch is, the variables of a worker, and what says so."""

    texts: Texts
    env: Mapping[str, str]
    settings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def in_settings(
    project: Project, index: Index, app: App, lines: Lines, given: Sequence[str]
) -> Switched:
    """Put lines at the end of the settings of development.

    given: dotted names of these, found without any. Raises files.Refused.
    """
    paths = settings_modules(Modules(project.sources), app.path)
    modules = {module: path for path, module in sorted(paths.items())}
    texts = {path: source.text for path, source in (project.sources | project.texts).items()}
    chosen, evidence = environments.development(modules, index, texts, given)
    edited: Texts = {}
    for path in chosen.values():
        text = project.sources[path].text
        edited[path] = with_block(text, len(text.rstrip()), lines(path, text))
    env = {"DJANGO_SETTINGS_MODULE": next(iter(chosen))}
    return Switched(edited, env, tuple(chosen), evidence)
