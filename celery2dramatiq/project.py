"""One project: found, read, indexed and planned."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from celery2dramatiq import index, plan
from celery2dramatiq.codemod import load
from celery2dramatiq.commands.find import may_start
from celery2dramatiq.files import Found, Source, Unreadable, find, read_python, read_text
from celery2dramatiq.index import FileRecord
from celery2dramatiq.style import line_length

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from celery2dramatiq.codemod import Options
    from celery2dramatiq.index import Index
    from celery2dramatiq.plan import Plan


@dataclass(frozen=True)
class Project:
    """A project as it was read. unreadable: with their bytes, as far as there are any.

    texts: what is no Python, as far as a rule wants to see it. unread: what of that is no UTF-8.
    gone: files that lie there and are not to be.
    """

    root: Path
    found: Found
    sources: dict[str, Source]
    unreadable: tuple[Unreadable, ...]
    texts: dict[str, Source] = field(default_factory=dict)
    unread: tuple[Unreadable, ...] = ()
    gone: frozenset[str] = frozenset()

    def has(self, path: str) -> bool:
        """Tell whether something lies at a path."""
        return path not in self.gone and os.path.lexists(self.root / path)


def open_project(root: Path, exclude: Sequence[str] = (), *, tracked: bool = False) -> Project:
    """Find and read the project's Python files, and others that a rule wants to see."""
    found = find(root, exclude, tracked=tracked)
    sources: dict[str, Source] = {}
    unreadable = []
    for path in found.files:
        result = read_python(root, path)
        if isinstance(result, Source):
            sources[path] = result
        elif result is not None:
            unreadable.append(result)
    python = sources.keys() | {file.path for file in unreadable}
    texts, unread = _read_texts(root, (path for path in found.files if path not in python))
    return Project(root, found, sources, tuple(unreadable), texts, unread)


def _read_texts(
    root: Path, paths: Iterable[str]
) -> tuple[dict[str, Source], tuple[Unreadable, ...]]:
    rules = load().texts.values()
    texts, unread = {}, []
    for path in paths:
        if may_start(path) or any(rule.reads(path) for rule in rules):
            result = read_text(root, path)
            if isinstance(result, Source):
                texts[path] = result
            elif result is not None and result.mentions_celery:
                unread.append(result)
    return texts, tuple(unread)


# -- the plan


def make_index(project: Project, options: Options) -> Index:
    """Say what the project as a whole says about Celery."""
    return index.build(project.sources, project.unreadable, options.task_decorators)


def make_plan(
    project: Project,
    built: Index,
    options: Options,
    unwritable: Mapping[str, str] | None = None,
    widely: frozenset[str] = frozenset(),
) -> Plan:
    """Decide what becomes of the project.

    unwritable: files that cannot be edited, each with the reason: what is declared or used in
    one stays as it is. widely: those of them without which nothing can move.
    """
    unwritable = unwritable or {}
    files = tuple(
        replace(file, status="unreadable", reason=unwritable[file.path])
        if file.path in unwritable
        else file
        for file in built.files
    )
    mentions = [*_mentions(project, built), *_held(built, unwritable, widely, options.leave)]
    decided = plan.build(
        replace(built, files=files),
        load(),
        options,
        mentions=mentions,
        width=line_length(project.root),
        files=project.sources | project.texts,
    )
    unread = (FileRecord(f.path, "unreadable", f.reason, f.line, True) for f in project.unread)
    return replace(decided, unparsed=(*decided.unparsed, *unread))


def _mentions(project: Project, built: Index) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the files that could not be read or parsed."""
    for record in built.files:
        if record.status == "unreadable":
            source = project.sources.get(record.path)
            try:
                data = source.data if source else (project.root / record.path).read_bytes()
            except OSError:
                continue  # nothing can be said of it, and the report names it
            yield record.path, data


def _held(
    built: Index, unwritable: Mapping[str, str], widely: frozenset[str], leave: Container[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield, in the form of `_mentions`, the tasks that need an edit of an unwritable file."""
    makes = {app.path for app in built.apps}
    used: dict[str, set[str]] = {}
    for use in built.uses:
        used.setdefault(use.place.path, set()).add(use.target.name)
    for path, reason in unwritable.items():
        whole = path in widely or path in makes
        for task in built.tasks:
            if whole or task.path == path or not used.get(path, set()).isdisjoint(_names(task)):
                words = f"{task.module.rpartition('.')[2]} {task.function}"
                said = path if path in leave else f"{path} ({reason})"
                yield said, words.encode("utf-8", "surrogateescape")


def _names(task: index.Task) -> tuple[str, str]:
    """Return what a use's target may be called if it concerns the task: itself, or its module."""
    return task.id, task.path
