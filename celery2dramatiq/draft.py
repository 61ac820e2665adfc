"""A plan that can be carried out: planned again until every file that it edits can be written."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celery2dramatiq.files import NOTEBOOK, Change, Refused, Source
from celery2dramatiq.malformed import invalid_python, malformed
from celery2dramatiq.project import Project, make_index, make_plan
from celery2dramatiq.specs import FileEdit
from celery2dramatiq.splice import splice
from celery2dramatiq.stack import with_room

if TYPE_CHECKING:
    from pathlib import Path

    from celery2dramatiq.codemod import Options
    from celery2dramatiq.decisions import Decisions
    from celery2dramatiq.index import Index
    from celery2dramatiq.plan import Plan

Job = tuple[Source, FileEdit]
Write = Callable[[Sequence[Job]], Sequence["bytes | Unwritable"]]
Done = dict[str, tuple[FileEdit, bytes]]

# LibCST takes about a second for 40 kB on a slow machine; nobody waits for a file much longer.
_SECONDS = 60
_BYTES_A_SECOND = 5_000


_LEFT = "it is to stay as it is"


class Unwritable(Exception):
    """Why a file cannot be edited: the file's fault, not ours."""


class Wrong(Exception):
    """What came out is not what has to come out: our bug."""


@dataclass(frozen=True)
class Draft:
    """A plan, and what becomes of the files.

    built: what the plan was made from.
    changes: of a forecast only those of the helper module. changed: paths of the project's files
    that change. unwritable: files that cannot be edited, each with the reason. refused: why a
    forecast will not be written.
    """

    built: Index
    plan: Plan
    changes: tuple[Change, ...]
    changed: frozenset[str]
    unwritable: Mapping[str, str]
    refused: str = ""

    def storing(self, root: Path, decisions: Decisions) -> Draft:
        """Return the same with an edit of the configuration. Raises files.Refused."""
        from celery2dramatiq.decisions import store

        changes = store(root, decisions, self.changes)
        return replace(self, changes=changes, changed=_existing(changes))


def forecast(project: Project, options: Options) -> Draft:
    """Plan without carrying anything out, and without LibCST."""
    built = _index(project, options)
    plan, _, unwritable = _settle(project, built, options, _foresee)
    edited = frozenset(edit.path for edit in plan.edits)
    edited |= frozenset(edit.path for edit in plan.text_edits)
    try:
        changes = tuple(_helper_changes(project, plan))
    except Refused as error:
        return Draft(built, plan, (), edited, unwritable, str(error))
    return Draft(built, plan, changes, edited | _existing(changes), unwritable)


def carry_out(project: Project, options: Options) -> Draft:
    """Plan, and make every change in memory.

    Raises files.Refused where the helper module cannot be written, Wrong where we made a mistake.
    """
    built = _index(project, options)
    plan, done, unwritable = _settle(project, built, options, _rewrite)
    changes = [*_helper_changes(project, plan)]
    for edit in plan.edits:
        before, after = project.sources[edit.path].data, done[edit.path][1]
        if after != before:
            changes.append(Change(edit.path, before, after))
    changes.extend(_text_changes(project, plan))
    changes.sort(key=lambda change: change.path)
    return Draft(built, plan, tuple(changes), _existing(changes), unwritable)


def _existing(changes: Iterable[Change]) -> frozenset[str]:
    return frozenset(change.path for change in changes if change.before is not None)


def _index(project: Project, options: Options) -> Index:
    return with_room(lambda: make_index(project, options))


def _settle(
    project: Project, built: Index, options: Options, write: Write
) -> tuple[Plan, Done, Mapping[str, str]]:
    """Plan until nothing fails any more.

    A file that fails although nothing in it moves any longer (its imports change, say) is one
    without which nothing can move: every round knows more of them, so there is a last one.
    """
    unwritable: dict[str, str] = {}
    widely: frozenset[str] = frozenset()
    done: Done = {}
    while True:
        plan = make_plan(project, built, options, unwritable, widely)
        failed = _attempt(project, plan, write, done, options.leave)
        if not failed:
            return plan, done, unwritable
        widely |= failed.keys() & unwritable.keys()
        unwritable |= failed


def _attempt(
    project: Project, plan: Plan, write: Write, done: Done, leave: Container[str]
) -> dict[str, str]:
    """Write what is not written yet; return the files that fail, each with the reason."""
    failed = {edit.path: _LEFT for edit in plan.edits if edit.path in leave}
    edits = [e for e in plan.edits if e.path not in failed and done.get(e.path, (None,))[0] != e]
    written = write([(project.sources[edit.path], edit) for edit in edits])
    for edit, result in zip(edits, written, strict=True):
        if isinstance(result, Unwritable):
            failed[edit.path] = str(result)
        else:
            done[edit.path] = edit, result
    return failed


# -- the files


def _foresee(jobs: Sequence[Job]) -> list[bytes | Unwritable]:
    """Tell without LibCST which files it would not give back."""
    return [_lost(source) or source.data for source, _ in jobs]


def _rewrite(jobs: Sequence[Job]) -> list[bytes | Unwritable]:
    """Carry edits out, where a file that LibCST cannot stand ends nothing but its own process.

    Raises Wrong where we made a mistake, Refused where no process can be started.
    """
    # Here, since a scan does without them; LibCST before the workers fork, so that it is loaded
    # once and not in each of them.
    import celery2dramatiq.rewrite  # noqa: F401
    from celery2dramatiq.isolation import Lost, isolated

    try:
        written = isolated(_rewritten, jobs, _seconds)
    except OSError as error:
        raise Refused(f"cannot start a process to rewrite files in: {error.strerror}") from error
    return [Unwritable(str(each)) if isinstance(each, Lost) else each for each in written]


def _seconds(job: Job) -> float:
    return round(_SECONDS + len(job[0].data) / _BYTES_A_SECOND)


def _lost(source: Source) -> Unwritable | None:
    if source.path.endswith(NOTEBOOK):
        return Unwritable("a notebook is not rewritten: edit its code by hand")
    if source.text.endswith("\r"):
        return Unwritable("LibCST drops the carriage return at its end")
    return None


def _rewritten(job: Job) -> bytes | Unwritable:
    """Return one file's new bytes, or why there are none. Raises Wrong."""
    try:
        return _lost(job[0]) or _edited(*job)
    except Unwritable as error:
        return error


def _edited(source: Source, edit: FileEdit) -> bytes:
    """Return one file's new bytes. Raises Unwritable, and Wrong where we made a mistake."""
    from libcst import ParserSyntaxError

    from celery2dramatiq.rewrite import Unprintable, rewrite

    try:
        after = source.encode(rewrite(source.text, edit))
    except Unprintable as error:
        raise Unwritable(str(error).removeprefix(f"{edit.path}: ")) from error
    except ParserSyntaxError as error:
        raise Unwritable(f"LibCST cannot parse line {error.raw_line}") from error
    except RecursionError as error:
        raise Unwritable("it is nested too deeply for LibCST") from error
    except UnicodeEncodeError as error:
        letter = error.object[error.start]
        raise Unwritable(f"its encoding, {source.encoding}, has no {letter!r}") from error
    problem = invalid_python(after)
    if problem and not invalid_python(source.data):
        raise Wrong(f"{edit.path}: the edit is no valid Python: {problem}")
    return after


# -- files that are no modules


def _text_changes(project: Project, plan: Plan) -> Iterator[Change]:
    """Yield what is spliced into other files. Raises Wrong where we made a mistake."""
    for edit in plan.text_edits:
        source = project.texts.get(edit.path) or project.sources[edit.path]
        try:
            after = source.encode(splice(source.text, edit.splices))
        except ValueError as error:
            raise Wrong(f"{edit.path}: {error}") from error
        was, now = malformed(edit.path, source.data), malformed(edit.path, after)
        if now and not was:
            raise Wrong(f"{edit.path}: what the edit gives is {now}")
        yield Change(edit.path, source.data, after)


# -- modules that are written


def _names(text: str) -> set[str]:
    """Return what a module binds at its top; nothing if it is no Python."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return set()
    found = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {one.asname or one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.Assign):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return found


def _helper_changes(project: Project, plan: Plan) -> Iterator[Change]:
    """Yield the changes that create or extend the helper module, and create others."""
    from celery2dramatiq.templates import NameTakenError, compose

    for path, text in plan.created.items():
        own = project.sources.get(path)
        if own is None and project.has(path):
            raise Refused(f"{path} is there already, and it could not be read; rename it")
        if own is None:
            yield Change(path, None, text.encode())
        elif missing := _names(text) - _names(own.text):  # else an earlier run has written it
            raise Refused(
                f"{path} is there already, and has not `{min(missing)}`; rename that file"
            )
    for path, names in plan.helpers.items():
        before = project.sources.get(path)
        if before is None and project.has(path):
            raise Refused(f"{path} is there already, and it could not be read; rename that file")
        try:
            text = compose(names, before.text if before else None)
            after = before.encode(text) if before else text.encode()
        except (NameTakenError, SyntaxError, UnicodeEncodeError) as error:
            raise Refused(f"{path} cannot be extended: {error}; rename that file") from error
        if before is None or after != before.data:
            yield Change(path, before.data if before else None, after)
