"""The smaller form of `--dev-only`: the source stays, Dramatiq carries Celery's own messages."""

from __future__ import annotations

import ast
import os
import posixpath
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celery2dramatiq.commands.find import Start, find
from celery2dramatiq.commands.options import Call
from celery2dramatiq.development import environments
from celery2dramatiq.development.marks import PACKAGE, is_generated, with_block, without_marked
from celery2dramatiq.development.model import QUEUES, SWITCH, Carrying, Evidence
from celery2dramatiq.development.package import dotted, installed_app, package
from celery2dramatiq.development.requirements import Required, require
from celery2dramatiq.draft import Wrong
from celery2dramatiq.files import Change, Refused
from celery2dramatiq.index.environments import settings_modules
from celery2dramatiq.index.modules import Modules
from celery2dramatiq.malformed import invalid_python
from celery2dramatiq.plan import Command
from celery2dramatiq.plan.commands import celery_scheduler
from celery2dramatiq.project import make_index
from celery2dramatiq.stack import with_room
from celery2dramatiq.templates import choices

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.files import Source
    from celery2dramatiq.index import App, Arg, Index
    from celery2dramatiq.project import Project

Texts = dict[str, str | None]  # by path; None where there is to be no file


@dataclass(frozen=True, slots=True)
class _Switched:
    """The files in which the switch is, the variables of a worker, and what says so."""

    texts: Texts
    env: Mapping[str, str]
    settings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def carry(project: Project, options: Options, settings: Sequence[str] = ()) -> Carrying:
    """Return what makes Dramatiq carry the tasks in development; no change if it does already.

    settings: Django's settings modules for development, dotted names; found without any.
    Raises files.Refused, and Wrong where more would change than the switch and its package.
    """
    removed = _removed(project)
    bare = _with(project, removed)
    index = with_room(lambda: make_index(bare, options))
    app = _app(index)
    name = dotted(_parent(index, app))
    django = index.django is not None
    switched = (
        _in_settings(bare, index, app, name, settings) if django else _at_app(bare, app, name)
    )
    needed = require({**bare.sources, **bare.texts}, scheme := _scheme(index, app))
    folder = posixpath.join(posixpath.dirname(app.path), PACKAGE)
    module = index.modules[app.path].name
    written = package(name, module, app.variable, scheme, django=django)
    texts: Texts = {f"{folder}/{file}".lstrip("/"): text for file, text in written.items()}
    _check_free(project, removed, texts)
    texts |= switched.texts | ({needed.path: needed.text} if needed.path else {})
    _assert_removable(bare, texts)
    worker = _worker(bare, index.modules[app.path].root, name, switched.env)
    return Carrying(
        tuple(_changes(project, removed | texts)), worker, _scheduler(index, app, switched.env),
        switched.settings, switched.evidence, needed.requirements, tuple(_by_hand(needed)),
    )  # fmt: skip


def remove(project: Project) -> Carrying:
    """Return what takes all of it out again."""
    return Carrying(tuple(_changes(project, _removed(project))))


# -- what is there


def _removed(project: Project) -> Texts:
    """Return the files that are as they were without the switch."""
    found: Texts = {}
    for path, source in (project.sources | project.texts).items():
        if is_generated(path, source.text):
            found[path] = None
        elif (before := without_marked(source.text)) != source.text:
            found[path] = before
    return found


def _with(project: Project, texts: Texts) -> Project:
    """Return the project as it is with these files."""
    return replace(
        project,
        sources=dict(_changed(project.sources, texts)),
        texts=dict(_changed(project.texts, texts)),
    )


def _changed(sources: Mapping[str, Source], texts: Texts) -> Iterator[tuple[str, Source]]:
    for path, source in sources.items():
        text = texts.get(path, source.text)
        if text is not None:
            yield path, replace(source, text=text, data=source.encode(text))


def _app(index: Index) -> App:
    """Return the app whose tasks are carried. Raises files.Refused."""
    apps = [app for app in index.apps if app.kind != "external" and not app.test]
    if not apps:
        raise Refused("there is no Celery app in the project")
    if len(apps) > 1:
        raise Refused(f"there are several Celery apps: {', '.join(app.path for app in apps)}")
    app = apps[0]
    if app.scope or not app.variable.isidentifier():
        raise Refused(f"{app.path}:{app.place.line}: the app is made in a function, or has no name")
    return app


def _parent(index: Index, app: App) -> str:
    record = index.modules[app.path]
    return record.name if record.package else record.name.rpartition(".")[0]


def _scheme(index: Index, app: App) -> str:
    """Return what the broker's URL begins with; "" if that is not written out."""
    url = _settings(index, app).get("broker_url")
    if url is None or not isinstance(url.literal, str):
        return ""
    scheme = url.literal.partition("://")[0]
    if "://" in url.literal and scheme not in choices("_BROKERS"):
        raise Refused(f"Dramatiq has no broker for {scheme}://, so it cannot carry the tasks")
    return scheme


def _settings(index: Index, app: App) -> Mapping[str, Arg]:
    configuration = index.configurations.get(app.id)
    return configuration.args() if configuration is not None else {}


# -- the switch


def _at_app(project: Project, app: App, name: str) -> _Switched:
    """Switch with a variable of the environment, right behind the app."""
    source = project.sources[app.path]
    data = source.text.encode()
    at = len(data[: app.statement.end].decode())
    start = len(data[: app.statement.start].decode())
    before = source.text[:start].splitlines(keepends=True)
    indent = before[-1] if before and not before[-1].endswith(("\n", "\r")) else ""
    if indent.strip():
        raise Refused(f"{app.path}:{app.place.line}: something stands before the app on its line")
    environment = "os.environ" if _imports_os(source.text, at) else '__import__("os").environ'
    lines = [
        f'if {environment}.get("{SWITCH}") == "1":',
        f"    from {name}.carrier import install",
        "",
        f"    install({app.variable})",
    ]
    text = with_block(source.text, max(at - 1, 0), lines, indent)
    return _Switched({app.path: text}, {SWITCH: "1"})


def _imports_os(text: str, before: int) -> bool:
    line = text.count("\n", 0, before) + 1
    return any(
        isinstance(node, ast.Import)
        and any(one.name == "os" and not one.asname for one in node.names)
        for node in ast.parse(text.removeprefix("\ufeff")).body
        if node.lineno < line
    )


def _in_settings(
    project: Project, index: Index, app: App, name: str, given: Sequence[str]
) -> _Switched:
    """Switch with a setting that only the settings of development define."""
    paths = settings_modules(Modules(project.sources), app.path)
    modules = {module: path for path, module in sorted(paths.items())}
    texts = {path: source.text for path, source in (project.sources | project.texts).items()}
    chosen, evidence = environments.development(modules, index, texts, given)
    edited: Texts = {}
    for path in chosen.values():
        text = project.sources[path].text
        edited[path] = with_block(text, len(text.rstrip()), _settings_lines(path, text, name))
    env = {"DJANGO_SETTINGS_MODULE": next(iter(chosen))}
    return _Switched(edited, env, tuple(chosen), evidence)


def _settings_lines(path: str, text: str, name: str) -> list[str]:
    star = "import *" in text
    if not star and "INSTALLED_APPS" not in text:
        raise Refused(f"{path} has no INSTALLED_APPS, to which the switch belongs")
    noqa = "  # noqa: F405" if star else ""
    return [
        f"{SWITCH} = True",
        "INSTALLED_APPS = [",
        f'    "{installed_app(name)}",',
        f"    *INSTALLED_APPS,{noqa}",
        "]",
    ]


# -- the worker


def _worker(project: Project, root: str, name: str, env: Mapping[str, str]) -> Command:
    """Return the command of the worker: as many tasks at a time, and the queues, as Celery's."""
    words = ["dramatiq", f"{name}.worker", "--threads", "1"]
    queues: dict[str, None] = {}
    default = False  # one of them reads the queues of the settings
    numbers = []
    for call in _celery_workers(project):
        number, given = call.option("--concurrency"), call.option("--queues")
        if number is not None and not number.computed and number.value:
            numbers.append(number.value)
        if given is None:
            default = True
        elif not given.computed:
            queues |= dict.fromkeys((given.value or "").split(","))
    words += ["--processes", numbers[0]] if len(set(numbers)) == 1 else []
    words += ["--path", ".", root] if root else []
    more = {QUEUES: " ".join([*(["*"] if default else []), *queues])} if queues else {}
    return Command(shlex.join(words), {**env, **more})


def _scheduler(index: Index, app: App, env: Mapping[str, str]) -> Command | None:
    """Return the command of beat, which is Celery's own, if there is a schedule; else None."""
    apps = {task.id: app for task in index.tasks}
    beat = celery_scheduler(index, apps, _settings(index, app), None)
    return replace(beat, env=env) if beat is not None else None


def _celery_workers(project: Project) -> list[Call]:
    starts = (one for path, source in project.texts.items() for one in find(path, source.text))
    return [one.call for one in starts if isinstance(one, Start) and one.call.command == "worker"]


def _by_hand(needed: Required) -> Iterator[str]:
    if needed.by_hand:
        yield needed.by_hand
    yield "start this worker in development, in place of Celery's"


# -- what changes


def _changes(project: Project, texts: Texts) -> Iterator[Change]:
    """Yield the changes, in order of path. Raises Wrong for our mistakes."""
    present = project.sources | project.texts
    for path, text in sorted(texts.items()):
        source = present.get(path)
        before = source.data if source is not None else None
        encode = source.encode if source is not None else str.encode
        after = encode(text) if text is not None else None
        if path.endswith(".py") and after and invalid_python(after):
            raise Wrong(f"{path}: the edit is no valid Python")
        if after != before:
            yield Change(path, before, after)


def _check_free(project: Project, removed: Texts, paths: Iterable[str]) -> None:
    """Raise files.Refused where something lies that is not ours."""
    for path in paths:
        if path not in removed and os.path.lexists(project.root / path):
            raise Refused(f"{path} is there already, and is not ours; rename it")


def _assert_removable(bare: Project, texts: Texts) -> None:
    """Make sure that nothing but the switch was put in. Raises Wrong."""
    for path, source in (bare.sources | bare.texts).items():
        text = texts.get(path, source.text)
        if text is None or without_marked(text) != source.text:
            raise Wrong(f"{path}: what is put in could not be taken out again")
