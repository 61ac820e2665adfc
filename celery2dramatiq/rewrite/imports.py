"""Adds and drops imports of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery2dramatiq.rewrite.adding import Adder
from celery2dramatiq.rewrite.conflicts import check
from celery2dramatiq.rewrite.dropping import Dropper
from celery2dramatiq.rewrite.names import Names, useless
from celery2dramatiq.specs import FileEdit

if TYPE_CHECKING:
    import libcst as cst


def tidy(module: cst.Module, text: str, edit: FileEdit) -> cst.Module:
    """Return the module without the imports that nothing uses any more, and with the new ones.

    text: the module as it was. Raises Unprintable if a name to be imported is something else.
    """
    if not (edit.imports or edit.forget or edit.drop):
        return module
    before, after = Names(text, edit.path), Names(module.code, edit.path)
    gone = useless(before, after, edit)
    check(before, after, gone, edit)
    unlisted = {name for _, name in gone} & edit.drop & after.exported
    dropper = Dropper(gone, unlisted, edit.width, Adder(edit, module.default_indent))
    tidied = module.visit(dropper)
    if not dropper.guards:
        return tidied
    again = FileEdit(edit.path, forget=frozenset({"TYPE_CHECKING"}), width=edit.width)
    return tidy(tidied, text, again)
