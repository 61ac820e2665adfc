"""Plain names for the helper module's exceptions, where Celery's of the same name are dropped.

While both may be needed `except dramatiq_helpers.X:` tells them apart; whether Celery's goes is
known only when everything else is printed. Elsewhere the longer name stays: to shorten it would
undo what was laid out by its length.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
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
    every = _attributes(tree, _binds(own))
    plain = set(free) & set(every) - names - _caught_elsewhere(tree, every)
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


def _attributes(tree: ast.AST, owner: str) -> dict[str, int]:
    """Return what is asked of a name, each with how often."""
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == owner:
            found[node.attr] = found.get(node.attr, 0) + 1
    return found


def _caught_elsewhere(tree: ast.AST, every: dict[str, int]) -> set[str]:
    """Return the names that stand in other places than an `except`."""
    caught: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            for part in ast.walk(node.type):
                if isinstance(part, ast.Attribute):
                    caught[part.attr] = caught.get(part.attr, 0) + 1
    return {name for name, times in every.items() if caught.get(name) != times}


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
