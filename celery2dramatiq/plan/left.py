"""Whether the project needs Celery when everything that moves has moved."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from celery2dramatiq.index.modules import Module, parse

if TYPE_CHECKING:
    from celery2dramatiq.files import Source
    from celery2dramatiq.index import ImportUse, Place
    from celery2dramatiq.plan.model import Plan
    from celery2dramatiq.specs import FileEdit

_CELERY = ("celery", "kombu", "billiard", "vine", "amqp")  # celery installs the others


def celery_left(plan: Plan, files: Mapping[str, Source]) -> str:
    """Return what still needs Celery, in words; "" if nothing does."""
    if plan.staying or plan.celery_worker is not None:
        return "tasks stay on it"
    unread = [file.path for file in plan.unreadable if file.celery and file.path.endswith(".py")]
    if unread:
        return f"`{unread[0]}` mentions it and is not read or edited"
    staying = [app.app.path for app in plan.apps if not app.goes]
    importing = [*staying, *_importing(plan, files)]
    return f"`{importing[0]}` uses it" if importing else ""


def _importing(plan: Plan, files: Mapping[str, Source]) -> Iterator[str]:
    """Yield the files that go on importing something of Celery's."""
    edits = {edit.path: edit for edit in plan.edits}
    bound = [one.task for one in plan.tasks if one.moves and one.task.bound]
    selves = [task.parameters[0].place for task in bound]
    for use in plan.index.imports:
        root = (use.module or use.target.name).split(".")[0]
        if root not in _CELERY or use.level or use.origin is not None:
            continue
        edit = edits.get(use.path)
        if edit is None or not _dropped(use, edit, files.get(use.path), selves):
            yield use.path


def _dropped(
    use: ImportUse, edit: FileEdit, source: Source | None, selves: Sequence[Place]
) -> bool:
    """Tell whether the edit takes every use of an imported name, as the printer does.

    selves: the first parameters of bound tasks, which go with their annotations.
    """
    if source is None or use.name not in edit.forget | edit.drop:
        return False
    gone = (*(spec.place for spec in edit.specs), *selves)
    taken = [(place.start, place.end) for place in gone if place.path == edit.path]
    places = list(_names(source, use.name))
    return all(any(start <= at < end for start, end in taken) for at in places) and bool(places)


def _names(source: Source, name: str) -> Iterator[int]:
    """Yield where a name is used: the bytes of the text as UTF-8."""
    module = parse(source)
    assert isinstance(module, Module)  # it is in the index
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id == name:
            yield module.place(node).start
