"""A plan that can be carried out: planned again until every file that it edits can be written."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from celery2dramatiq.files import Change, Refused, Source
from celery2dramatiq.project import Project, make_index, make_plan
from celery2dramatiq.specs import FileEdit
from celery2dramatiq.splice import splice

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.plan import Plan

Write = Callable[[Source, FileEdit], bytes]
T = TypeVar("T")
Done = dict[str, tuple[FileEdit, bytes]]

_DEPTH = 100_000  # calls; LibCST needs about eight for one level of nesting
_STACK = 512 << 20  # bytes, of which only what is used is taken


class Unwritable(Exception):
    """Why a file cannot be edited: the file's fault, not ours."""


class Wrong(Exception):
    """What came out is not what has to come out: our bug."""


@dataclass(frozen=True)
class Draft:
    """A plan, and what becomes of the files.

    changes: of a forecast only those of the helper module. changed: paths of the project's files
    that change. unwritable: files that cannot be edited, each with the reason. refused: why a
    forecast will not be written.
    """

    plan: Plan
    changes: tuple[Change, ...]
    changed: frozenset[str]
    unwritable: Mapping[str, str]
    refused: str = ""


def forecast(project: Project, options: Options) -> Draft:
    """Plan without carrying anything out, and without LibCST."""
    plan, _, unwritable = _settle(project, options, _foresee)
    edited = frozenset(edit.path for edit in plan.edits)
    edited |= frozenset(edit.path for edit in plan.text_edits)
    try:
        changes = tuple(_helper_changes(project, plan))
    except Refused as error:
        return Draft(plan, (), edited, unwritable, str(error))
    return Draft(plan, changes, edited | _existing(changes), unwritable)


def carry_out(project: Project, options: Options) -> Draft:
    """Plan, and make every change in memory.

    Raises files.Refused where the helper module cannot be written, Wrong where we made a mistake.
    """
    plan, done, unwritable = _settle(project, options, _rewrite)
    changes = [*_helper_changes(project, plan)]
    for edit in plan.edits:
        before, after = project.sources[edit.path].data, done[edit.path][1]
        if after != before:
            changes.append(Change(edit.path, before, after))
    changes.extend(_text_changes(project, plan))
    changes.sort(key=lambda change: change.path)
    return Draft(plan, tuple(changes), _existing(changes), unwritable)


def _existing(changes: Iterable[Change]) -> frozenset[str]:
    return frozenset(change.path for change in changes if change.before is not None)


def _settle(
    project: Project, options: Options, write: Write
) -> tuple[Plan, Done, Mapping[str, str]]:
    """Plan until nothing fails any more.

    A file that fails although nothing in it moves any longer (its imports change, say) is one
    without which nothing can move: every round knows more of them, so there is a last one.
    """
    built = _with_room(lambda: make_index(project))
    unwritable: dict[str, str] = {}
    widely: frozenset[str] = frozenset()
    done: Done = {}
    while True:
        plan = make_plan(project, built, options, unwritable, widely)
        failed = _attempt(project, plan, write, done)
        if not failed:
            return plan, done, unwritable
        widely |= failed.keys() & unwritable.keys()
        unwritable |= failed


def _attempt(project: Project, plan: Plan, write: Write, done: Done) -> dict[str, str]:
    """Write what is not written yet; return the files that fail, each with the reason."""
    failed = {}
    for edit in plan.edits:
        if edit.path not in done or done[edit.path][0] != edit:
            try:
                done[edit.path] = edit, write(project.sources[edit.path], edit)
            except Unwritable as error:
                failed[edit.path] = str(error)
    return failed


# -- one file


def _foresee(source: Source, edit: FileEdit) -> bytes:  # noqa: ARG001 - a Write
    """Tell without LibCST that it would not give a file back. Raises Unwritable as `_rewrite`."""
    if source.text.endswith("\r"):
        raise Unwritable("LibCST drops the carriage return at its end")
    return source.data


def _rewrite(source: Source, edit: FileEdit) -> bytes:
    """Carry one file's edit out. Raises Unwritable, and Wrong where we made a mistake."""
    _foresee(source, edit)
    # LibCST costs a quarter of a second to import; a scan does without it
    from libcst import ParserSyntaxError

    from celery2dramatiq.rewrite import Unprintable, rewrite

    try:
        after = source.encode(_with_room(lambda: rewrite(source.text, edit)))
    except Unprintable as error:
        raise Unwritable(str(error).removeprefix(f"{edit.path}: ")) from error
    except ParserSyntaxError as error:
        raise Unwritable(f"LibCST cannot parse line {error.raw_line}") from error
    except RecursionError as error:
        raise Unwritable("it is nested too deeply for LibCST") from error
    except UnicodeEncodeError as error:
        letter = error.object[error.start]
        raise Unwritable(f"its encoding, {source.encoding}, has no {letter!r}") from error
    problem = _invalid(after)
    if problem and not _invalid(source.data):
        raise Wrong(f"{edit.path}: the edit is no valid Python: {problem}")
    return after


def _invalid(data: bytes) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are the project's own affair
        try:
            compile(data, "<file>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return str(error) or type(error).__name__
    return ""


def _with_room(call: Callable[[], T]) -> T:
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


# -- files that are no modules


def _text_changes(project: Project, plan: Plan) -> Iterator[Change]:
    """Yield what is spliced into other files. Raises Wrong where we made a mistake."""
    for edit in plan.text_edits:
        source = project.texts.get(edit.path) or project.sources[edit.path]
        try:
            after = source.encode(splice(source.text, edit.splices))
        except ValueError as error:
            raise Wrong(f"{edit.path}: {error}") from error
        if edit.path.endswith(".py") and _invalid(after) and not _invalid(source.data):
            raise Wrong(f"{edit.path}: the edit is no valid Python: {_invalid(after)}")
        yield Change(edit.path, source.data, after)


# -- the helper module


def _helper_changes(project: Project, plan: Plan) -> Iterator[Change]:
    """Yield the change that creates or extends the helper module, if there is one."""
    from celery2dramatiq.templates import NameTakenError, compose

    for path, names in plan.helpers.items():
        before = project.sources.get(path)
        if before is None and os.path.lexists(project.root / path):
            raise Refused(f"{path} is there already, and it could not be read; rename that file")
        try:
            text = compose(names, before.text if before else None)
            after = before.encode(text) if before else text.encode()
        except (NameTakenError, SyntaxError, UnicodeEncodeError) as error:
            raise Refused(f"{path} cannot be extended: {error}; rename that file") from error
        if before is None or after != before.data:
            yield Change(path, before.data if before else None, after)
