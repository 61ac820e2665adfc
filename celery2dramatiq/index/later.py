"""What is done to a value after it got a name: `settings["x"] = 1`, `settings.x = 1`."""

from __future__ import annotations

import ast

from celery2dramatiq.index.modules import Module

_SETS = ("update", "setdefault", "pop", "popitem", "clear")


def is_set_later(value: ast.expr, module: Module) -> bool:
    """Tell whether the module changes what it gave a name, in a way that is plain to see."""
    bases = module.scopes.bases
    return any(
        isinstance(node, ast.Name) and _stands_for(node, value, module) and _sets(node, module)
        for node in bases
    )


def _stands_for(node: ast.Name, value: ast.expr, module: Module) -> bool:
    owner = module.scopes.bases[node].owner(node.id)
    bound = owner.bindings[node.id] if owner is not None else []
    return any(binding.value is value for binding in bound)


def _sets(node: ast.Name, module: Module) -> bool:
    item: ast.AST = node
    parent = module.scopes.parents[node]
    while isinstance(parent, (ast.Subscript, ast.Attribute)) and parent.value is item:
        if not isinstance(parent.ctx, ast.Load):
            return True
        item, parent = parent, module.scopes.parents[parent]
    if isinstance(parent, ast.Call) and parent.func is item:
        return isinstance(item, ast.Attribute) and item.attr in _SETS
    called = parent.func if isinstance(parent, ast.Call) else None
    return isinstance(called, ast.Name) and called.id == "setattr"
