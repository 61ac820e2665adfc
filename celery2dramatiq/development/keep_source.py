"""The smaller form of `--dev-only`: the source stays, Dramatiq carries Celery's own messages."""

from __future__ import annotations

import ast
import posixpath
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from celery2dramatiq.development.app import (
    package_of,
    scheduler,
    scheme_of,
    the_app,
    workers_options,
)
from celery2dramatiq.development.marks import PACKAGE, with_block, without_marked
from celery2dramatiq.development.model import QUEUES, SWITCH, Carrying
from celery2dramatiq.development.package import dotted, installed_app, package
from celery2dramatiq.development.requirements import Required, require
from celery2dramatiq.development.switch import Switched, in_settings
from celery2dramatiq.development.taking_out import (
    Texts,
    changes,
    check_free,
    taken_out,
    with_texts,
)
from celery2dramatiq.draft import Wrong
from celery2dramatiq.files import Refused
from celery2dramatiq.plan import Command
from celery2dramatiq.project import make_index
from celery2dramatiq.stack import with_room

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.index import App
    from celery2dramatiq.project import Project


def carry(project: Project, options: Options, settings: Sequence[str] = ()) -> Carrying:
    """Return what makes Dramatiq carry the tasks in development; no change if it does already.

    settings: Django's settings modules for development, dotted names; found without any.
    Raises files.Refused, and Wrong where more would change than the switch and its package.
    """
    removed = taken_out(project)
    bare = with_texts(project, removed)
    index = with_room(lambda: make_index(bare, options))
    app = the_app(index)
    name = dotted(package_of(index, app))
    django = index.django is not None
    switched = (
        in_settings(bare, index, app, partial(_settings_lines, name), settings)
        if django
        else _at_app(bare, app, name)
    )
    needed = require({**bare.sources, **bare.texts}, scheme := scheme_of(index, app))
    folder = posixpath.join(posixpath.dirname(app.path), PACKAGE)
    module = index.modules[app.path].name
    written = package(name, module, app.variable, scheme, django=django)
    texts: Texts = {f"{folder}/{file}".lstrip("/"): text for file, text in written.items()}
    check_free(bare, texts)
    texts |= switched.texts | ({needed.path: needed.text} if needed.path else {})
    _assert_removable(bare, texts)
    worker = _worker(bare, index.modules[app.path].root, name, switched.env)
    return Carrying(
        tuple(changes(project, removed | texts)), worker, scheduler(index, app, switched.env),
        switched.settings, switched.evidence, needed.requirements, tuple(_by_hand(needed)),
    )  # fmt: skip


# -- the switch


def _at_app(project: Project, app: App, name: str) -> Switched:
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
    return Switched({app.path: text}, {SWITCH: "1"})


def _imports_os(text: str, before: int) -> bool:
    line = text.count("\n", 0, before) + 1
    return any(
        isinstance(node, ast.Import)
        and any(one.name == "os" and not one.asname for one in node.names)
        for node in ast.parse(text.removeprefix("\ufeff")).body
        if node.lineno < line
    )


def _settings_lines(name: str, path: str, text: str) -> list[str]:
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
    numbers, queues, default = workers_options(project)
    words = ["dramatiq", f"{name}.worker", "--threads", "1"]
    words += ["--processes", *numbers] if len(numbers) == 1 else []
    words += ["--path", ".", root] if root else []
    more = {QUEUES: " ".join([*(["*"] if default else []), *queues])} if queues else {}
    return Command(shlex.join(words), {**env, **more})


def _by_hand(needed: Required) -> Iterator[str]:
    if needed.by_hand:
        yield needed.by_hand
    yield "start this worker in development, in place of Celery's"


def _assert_removable(bare: Project, texts: Texts) -> None:
    """Make sure that nothing but the switch was put in. Raises Wrong."""
    for path, source in (bare.sources | bare.texts).items():
        text = texts.get(path, source.text)
        if text is None or without_marked(text) != source.text:
            raise Wrong(f"{path}: what is put in could not be taken out again")
