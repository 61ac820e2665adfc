"""One project: found, read, indexed, planned, and turned into changes of files."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from celery2dramatiq import index, plan
from celery2dramatiq.codemod import Options, load
from celery2dramatiq.files import Change, Found, Refused, Source, Unreadable, find, read
from celery2dramatiq.index import Index
from celery2dramatiq.plan import Plan
from celery2dramatiq.specs import FileEdit
from celery2dramatiq.style import line_length

_DEPTH = 100_000  # calls; LibCST needs about eight for one level of nesting
_STACK = 512 << 20  # bytes, of which only what is used is taken


class Unwritable(Exception):
    """A file whose edit cannot be carried out, and why: the file's fault, not ours."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Wrong(Exception):
    """What came out is not what has to come out: our bug."""


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


# -- the plan


def make_index(project: Project) -> Index:
    """Say what the project as a whole says about Celery."""
    return index.build(project.sources, project.unreadable)


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
    mentions = [*_mentions(project, built), *_held(built, unwritable, widely)]
    return plan.build(
        replace(built, files=files),
        load(),
        options,
        mentions=mentions,
        width=line_length(project.root),
    )


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
    built: Index, unwritable: Mapping[str, str], widely: frozenset[str]
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
                yield f"{path} ({reason})", words.encode()


def _names(task: index.Task) -> tuple[str, str]:
    """Return what a use's target may be called if it concerns the task: itself, or its module."""
    return task.id, task.path


# -- the changes


def changes(project: Project, decided: Plan) -> tuple[Change, ...]:
    """Carry the plan out in memory.

    Raises Unwritable where a file cannot be edited, Refused where the helper module cannot be
    written, and Wrong where we made a mistake.
    """
    edited = ((edit, rewritten(project.sources[edit.path], edit)) for edit in decided.edits)
    return in_order(project, decided, edited)


def in_order(
    project: Project, decided: Plan, edited: Iterator[tuple[FileEdit, bytes]]
) -> tuple[Change, ...]:
    """Return the changes by path: the edits that change something, and the helper module."""
    made = [*helper_changes(project, decided)]
    for edit, after in edited:
        before = project.sources[edit.path].data
        if after != before:
            made.append(Change(edit.path, before, after))
    return tuple(sorted(made, key=lambda change: change.path))


def helper_changes(project: Project, decided: Plan) -> Iterator[Change]:
    """Yield the change that creates or extends the helper module, if there is one."""
    from celery2dramatiq.templates import NameTakenError, compose

    for path, names in decided.helpers.items():
        before = project.sources.get(path)
        if before is None and os.path.lexists(project.root / path):
            raise Refused(f"{path} is there already, and it was not or could not be read")
        try:
            text = compose(names, before.text if before else None)
            after = before.encode(text) if before else text.encode()
        except (NameTakenError, SyntaxError, UnicodeEncodeError) as error:
            raise Refused(f"{path} cannot be extended: {error}; rename that file") from error
        if before is None or after != before.data:
            yield Change(path, before.data if before else None, after)


def rewritten(source: Source, edit: FileEdit) -> bytes:
    """Carry one file's edit out. Raises Unwritable, and Wrong where we made a mistake."""
    # LibCST costs a quarter of a second to import; a scan does without it
    from libcst import ParserSyntaxError

    from celery2dramatiq.rewrite import Unprintable, rewrite

    try:
        after = source.encode(_with_room(lambda: rewrite(source.text, edit)))
    except Unprintable as error:
        reason = str(error).removeprefix(f"{edit.path}: ")
        raise Unwritable(edit.path, reason) from error
    except ParserSyntaxError as error:
        raise Unwritable(edit.path, f"LibCST cannot parse line {error.raw_line}") from error
    except RecursionError as error:
        raise Unwritable(edit.path, "nested too deeply") from error
    except UnicodeEncodeError as error:
        letter = error.object[error.start]
        raise Unwritable(edit.path, f"{source.encoding} has no {letter!r}") from error
    problem = _invalid(after)
    if problem and not _invalid(source.data):
        raise Wrong(f"{edit.path}: the edit is no valid Python: {problem}")
    return after


def foreseen(source: Source, edit: FileEdit) -> bytes:
    """Tell without LibCST that it would not give a file back. Raises Unwritable as it would."""
    if source.text.endswith("\r"):
        reason = "LibCST does not give the file back byte for byte"
        raise Unwritable(edit.path, reason)
    return source.data


def _invalid(data: bytes) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are the project's own affair
        try:
            compile(data, "<file>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return str(error) or type(error).__name__
    return ""


def _with_room(call: Callable[[], str]) -> str:
    """Call, and where the stack is too small call again on a large one."""
    try:
        return call()
    except RecursionError:
        depth, stack = sys.getrecursionlimit(), threading.stack_size(_STACK)
    try:
        sys.setrecursionlimit(_DEPTH)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(call).result()
    finally:
        sys.setrecursionlimit(depth)
        threading.stack_size(stack)
