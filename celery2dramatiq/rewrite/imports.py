"""Adds and drops imports of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery2dramatiq.rewrite.adding import Adder
from celery2dramatiq.rewrite.conflicts import check
from celery2dramatiq.rewrite.dropping import Dropper
from celery2dramatiq.rewrite.names import Names, useless
from celery2dramatiq.rewrite.shortening import shortened
from celery2dramatiq.specs import FileEdit

if TYPE_CHECKING:
    from collections.abc import Collection

    import libcst as cst


def tidy(module: cst.Module, text: str, edit: FileEdit) -> cst.Module:
    """Return the module without the imports that nothing uses any more, and with the new ones.

    text: the module as it was. Raises Unprintable if a name to be imported is something else.
    """
    if not (edit.imports or edit.forget or edit.drop):
        return module
    before, after = Names(text, edit.path), Names(module.code, edit.path)
    gone = useless(before, after, edit)
    module, edit = shortened(module, _free(after, gone), edit)
    check(before, after, gone, edit)
    unlisted = {name for _, name in gone} & edit.drop & after.exported
    dropper = Dropper(gone, unlisted, edit.width, Adder(edit, module.default_indent))
    tidied = module.visit(dropper)
    if not dropper.guards:
        return tidied
    again = FileEdit(edit.path, forget=frozenset({"TYPE_CHECKING"}), width=edit.width)
    return tidy(tidied, text, again)


def _free(after: Names, gone: Collection[tuple[int, str]]) -> set[str]:
    """Return the names that imports at the top of the module have bound, and nothing does now."""
    found = {one.name for one in after.imported() if (one.statement, one.name) in gone}
    for one in after.imported():
        if one.scope or (one.statement, one.name) not in gone:
            found.discard(one.name)
    return found
