"""One project: found, read, indexed, planned, and turned into changes of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from celery2dramatiq import index, plan
from celery2dramatiq.codemod import Options, load
from celery2dramatiq.files import Change, Found, Source, Unreadable, find, read
from celery2dramatiq.plan import Plan
from celery2dramatiq.style import line_length

if TYPE_CHECKING:
    from celery2dramatiq.specs import FileEdit


class Unwritable(Exception):
    """A planned edit that cannot be carried out: nothing is written."""


@dataclass(frozen=True)
class Project:
    """A project as it was read. unreadable: with their bytes, as far as there are any."""

    root: Path
    found: Found
    sources: dict[str, Source]
    unreadable: tuple[Unreadable, ...]


def open_project(root: Path, exclude: Sequence[str] = ()) -> Project:
    """Find and read the project's Python files."""
    found = find(root, exclude)
    sources: dict[str, Source] = {}
    unreadable = []
    for path in found.files:
        if path.endswith((".py", ".pyw")):
            result = read(root, path)
            if isinstance(result, Source):
                sources[path] = result
            else:
                unreadable.append(result)
    return Project(root, found, sources, tuple(unreadable))


def make_plan(project: Project, options: Options) -> Plan:
    """Index the project and decide what becomes of it."""
    built = index.build(project.sources, project.unreadable)
    return plan.build(
        built,
        load(),
        options,
        mentions=list(_mentions(project, built)),
        width=line_length(project.root),
    )


def _mentions(project: Project, built: index.Index) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the files that could not be read or parsed."""
    for record in built.files:
        if record.status == "unreadable":
            source = project.sources.get(record.path)
            try:
                data = source.data if source else (project.root / record.path).read_bytes()
            except OSError:
                continue  # nothing can be said of it, and the report names it
            yield record.path, data


def changes(project: Project, decided: Plan) -> tuple[Change, ...]:
    """Carry the plan out in memory. Raises Unwritable if an edit cannot be made as planned."""
    # LibCST costs a quarter of a second to import; a scan does without it
    from celery2dramatiq.rewrite import Unprintable, rewrite
    from celery2dramatiq.templates import NameTakenError, compose

    made: list[Change] = []
    for edit in decided.edits:
        source = project.sources[edit.path]
        try:
            after = source.encode(rewrite(source.text, edit))
        except Unprintable as error:
            raise Unwritable(str(error)) from error
        if after != source.data:
            _check(edit, after)
            made.append(Change(edit.path, source.data, after))
    for path, names in decided.helpers.items():
        before = project.sources.get(path)
        try:
            text = compose(names, before.text if before else None)
        except NameTakenError as error:
            raise Unwritable(f"{path}: {error}") from error
        after = before.encode(text) if before else text.encode()
        if before is None or after != before.data:
            made.append(Change(path, before.data if before else None, after))
    return tuple(sorted(made, key=lambda change: change.path))


def _check(edit: FileEdit, after: bytes) -> None:
    try:
        compile(after, edit.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise Unwritable(f"{edit.path}: the edit is no valid Python ({error})") from error
