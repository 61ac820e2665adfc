"""The arguments of calls, with all that is known of their values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from celery2dramatiq.index.model import MISSING, Arg
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.scopes import Scope

Dotted = Callable[[ast.AST, Module], tuple[str, ...]]


def arguments(node: ast.Call, module: Module, dotted: Dotted) -> tuple[Arg, ...]:
    """Return the arguments of a call, in order. dotted: names what an expression stands for."""
    found: list[Arg] = []
    for position, value in enumerate(node.args):
        star = "*" if isinstance(value, ast.Starred) else ""
        plain = value.value if isinstance(value, ast.Starred) else value
        found.append(argument(plain, module, dotted, star=star, position=position))
    for keyword in node.keywords:
        star = "" if keyword.arg else "**"
        found.append(argument(keyword.value, module, dotted, keyword=keyword.arg, star=star))
    return tuple(found)


def argument(
    node: ast.expr,
    module: Module,
    dotted: Dotted,
    *,
    keyword: str | None = None,
    star: str = "",
    position: int | None = None,
) -> Arg:
    """Return one argument, or a value that is assigned."""
    return Arg(
        keyword,
        star,
        module.place(node),
        module.code(node),
        literal(node, module),
        dotted(node, module),
        position,
        items=tuple(_items(node, module, dotted)),
    )


def _items(node: ast.expr, module: Module, dotted: Dotted) -> Iterator[Arg]:
    """Yield what a name stands for, if its dictionary may as well be written out here.

    It must be bound once, handed to nothing but calls of this kind, and hold only what means the
    same anywhere in the module: names that are bound once, and literals.
    """
    found = _dictionary(node, module)
    for key, value in found.items() if found is not None else ():
        code = ast.unparse(value) if "\n" in module.code(value) else module.code(value)
        place = module.place(node)
        known = literal(value, module)
        yield Arg(key, "", place, code, known, dotted(value, module), spread=True)


def _dictionary(node: ast.expr, module: Module) -> dict[str, ast.expr] | None:
    owner = module.scopes.bases[node].owner(node.id) if isinstance(node, ast.Name) else None
    value: ast.expr | None = node if isinstance(node, ast.Dict) else None
    if isinstance(node, ast.Name) and owner is not None:
        value = _assigned(node.id, owner)
    found = _written(value) if value is not None else None
    at_top = owner is module.scopes.module
    steady = (_is_steady(one, module) if at_top else _is_literal(one) for one in _of(found))
    if found is None or not all(steady):
        return None
    kept = owner is None or _is_only_spread(getattr(node, "id", ""), owner, module)
    return found if kept else None


def _assigned(name: str, owner: Scope) -> ast.expr | None:
    bindings = owner.bindings[name]
    return bindings[0].value if len(bindings) == 1 and bindings[0].kind == "assign" else None


def _of(found: dict[str, ast.expr] | None) -> Iterator[ast.expr]:
    yield from (found or {}).values()


def _is_literal(value: ast.expr) -> bool:
    return _evaluated(value) is not MISSING


def _written(value: ast.expr) -> dict[str, ast.expr] | None:
    """Return the values of a dictionary that is written out, by their keys."""
    if isinstance(value, ast.Dict):
        keys = [getattr(key, "value", None) for key in value.keys]
        if all(isinstance(key, str) for key in keys):
            return dict(zip(map(str, keys), value.values, strict=True))
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "dict" and not value.args:
        words = {str(word.arg): word.value for word in value.keywords}
        return words if all(word.arg for word in value.keywords) else None
    return None


_STEADY = (ast.Constant, ast.Name, ast.Attribute, ast.Tuple, ast.UnaryOp, ast.BinOp, ast.Dict)
_SMALL = (ast.expr_context, ast.unaryop, ast.operator)


def _is_steady(value: ast.expr, module: Module) -> bool:
    """Tell whether an expression means the same anywhere at the top of its module."""
    top = module.scopes.module
    for node in ast.walk(value):
        if isinstance(node, ast.Name) and len(top.bindings.get(node.id, ())) > 1:
            return False
        if not isinstance(node, (*_STEADY, *_SMALL)):
            return False
    return True


def _is_only_spread(name: str, owner: Scope, module: Module) -> bool:
    """Tell whether a name is only read as a keyword's value, or behind `**`, in calls."""
    for node, scope in module.scopes.bases.items():
        if isinstance(node, ast.Name) and node.id == name:
            if scope.owner(name) is not owner:
                continue
            if not isinstance(module.scopes.parents[node], ast.keyword):
                return False
    return True


def literal(node: ast.expr, module: Module) -> object:
    """Return the value of a literal, or of a name that is bound once to one; else MISSING."""
    value = _evaluated(node)
    if value is MISSING and isinstance(node, ast.Name):
        owner = module.scopes.bases[node].owner(node.id)
        bindings = owner.bindings[node.id] if owner is not None else []
        if owner is not None and len(bindings) == 1 and bindings[0].kind == "assign":
            assert bindings[0].value is not None
            value = _evaluated(bindings[0].value)
            if isinstance(value, (list, dict, set)) and may_change(node.id, owner, module):
                return MISSING
    return value


def star_names(module: Module) -> frozenset[str] | None:
    """Return the names in a module's `__all__`; None if it has none, or computes it."""
    top = module.scopes.module
    bindings = top.bindings.get("__all__", [])
    value = bindings[0].value if len(bindings) == 1 else None
    names = _evaluated(value) if value is not None else MISSING
    if not isinstance(names, (list, tuple)) or may_change("__all__", top, module):
        return None
    return frozenset(map(str, names))


def _evaluated(node: ast.expr) -> object:
    if isinstance(node, (ast.Name, ast.Attribute)):
        return MISSING
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return MISSING


def may_change(name: str, owner: Scope, module: Module) -> bool:
    """Tell whether something is done to the value of a name (`x.update(...)`, `x[1][2] = ...`)."""
    for node, scope in module.scopes.bases.items():
        if isinstance(node, ast.Name) and node.id == name and scope.owner(name) is owner:
            item: ast.AST = node
            parent = module.scopes.parents[node]
            while isinstance(parent, ast.Subscript) and parent.value is item:
                if not isinstance(parent.ctx, ast.Load):
                    return True
                item, parent = parent, module.scopes.parents[parent]
            if isinstance(parent, ast.Attribute):
                return True
    return False
