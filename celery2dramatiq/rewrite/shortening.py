"""Plain names for the helper module's exceptions, where Celery's of the same name are dropped.

While both may be needed `except dramatiq_helpers.X:` tells them apart; whether Celery's goes is
known only when everything else is printed. Elsewhere the longer name stays: to shorten it would
undo what was laid out by its length.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

import libcst as cst

from celery2dramatiq.codemod import BRIDGE, HELPERS
from celery2dramatiq.specs import FileEdit, Import


def shortened(
    module: cst.Module, free: Collection[str], edit: FileEdit
) -> tuple[cst.Module, FileEdit]:
    """Return the module and its edit with plain names. free: names of imports that go."""
    own = next((new for new in edit.imports if _binds(new) in (HELPERS, BRIDGE)), None)
    if own is None:
        return module, edit
    tree = ast.parse(module.code)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    every = Counter(_attributes(tree, _binds(own)))
    elsewhere = every - Counter(_caught(tree, _binds(own)))
    plain = set(free) & set(every) - names - set(elsewhere)
    if not plain:
        return module, edit
    left = set(every) - plain
    imports = [new for new in edit.imports if left or new != own]
    imports += [_of(own, name) for name in sorted(plain)]
    printed = module.visit(_Plain(_binds(own), plain))
    return printed, replace(edit, imports=tuple(imports))


def _binds(new: Import) -> str:
    return new.name or new.module


def _of(module: Import, name: str) -> Import:
    """Return the import of a name from a module that would have been imported."""
    path = ".".join(part for part in (module.module, module.name) if part)
    return Import(path, name, module.level)


def _attributes(tree: ast.AST, owner: str) -> Iterator[str]:
    """Yield what is asked of a name, as often as it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == owner:
            yield node.attr


def _caught(tree: ast.AST, owner: str) -> Iterator[str]:
    """Yield what an `except` asks of a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            yield from _attributes(node.type, owner)


class _Plain(cst.CSTTransformer):
    """Prints `owner.name` as `name`."""

    def __init__(self, owner: str, names: Collection[str]) -> None:
        super().__init__()
        self.owner = owner
        self.names = names

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        name, owner = original_node.attr, original_node.value
        if not isinstance(owner, cst.Name) or owner.value != self.owner:
            return updated_node
        if name.value not in self.names:
            return updated_node
        return name.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)
