"""A setting that one `if` at the top of the app's module gives a value: read as one expression.

`if DEBUG: app.conf.x = a`, `elif NAME: app.conf.x = NAME` is `a if DEBUG else NAME`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from celery2dramatiq.index.configuration import Setting
from celery2dramatiq.index.model import MISSING, App, Arg
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.moving import movable_to

# Where None means the same as no setting at all, to Celery and to `make_broker`.
NAMES = ("task_default_queue", "broker_url", "result_backend")
_PLAIN = (ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.BoolOp, ast.Compare, ast.UnaryOp)


def merged(found: Sequence[Setting], app: App, module: Module) -> list[Setting]:
    """Return the settings, each that only one `if` writes as one, whose value is an expression.

    module: the app's. The `if` is the setting's statement, and its code means the same where the
    app is made. What cannot be read so stays as it is.
    """
    settings = list(found)
    for name in NAMES:
        own = [one for one in settings if one.name == name and not one.inert]
        chain = _chain(own, app, module)
        code = _code(chain.test, chain, own, app, module) if chain is not None else ""
        if name == "task_default_queue":
            code = code.removesuffix(" or None")  # an empty name is none to both
        if chain is not None and code:
            place = module.place(chain)
            value = Arg(None, "", own[0].value.place, code, MISSING, movable=True)
            first = settings.index(own[0])
            settings[first] = replace(
                own[0], value=value, statement=place, settled=True, always=True
            )
            settings = [one for one in settings if one not in own[1:]]
    return settings


def _chain(own: Sequence[Setting], app: App, module: Module) -> ast.If | None:
    """Return the `if` in which all of these are written, and nothing else is done."""
    if app.scope or any(one.layer != "conf" or one.statement.path != app.path for one in own):
        return None
    for node in module.tree.body if own else ():
        place = module.place(node)
        if isinstance(node, ast.If) and all(place.holds(one.statement) for one in own):
            written = sum(1 for _ in _written(node))
            known = {one.statement for one in own}
            late = app.statement.end <= place.start
            return node if late and written == len(known) == len(own) else None
    return None


def _written(node: ast.If) -> Iterator[ast.stmt]:
    """Yield the statements of all branches."""
    for statement in (*node.body, *node.orelse):
        if isinstance(statement, ast.If):
            yield from _written(statement)
        else:
            yield statement


def _code(test: ast.expr, chain: ast.If, own: Sequence[Setting], app: App, module: Module) -> str:
    """Return the value of the whole chain; "" if that cannot be said where the app is made."""
    if len(chain.body) != 1 or len(chain.orelse) > 1:
        return ""
    value = _value(chain.body[0], own, module)
    rest = "None"
    if chain.orelse and isinstance(chain.orelse[0], ast.If):
        rest = _code(chain.orelse[0].test, chain.orelse[0], own, app, module)
    elif chain.orelse:
        rest = _moved(_value(chain.orelse[0], own, module), app, module)
    condition, code = _moved(test, app, module), _moved(value, app, module)
    if not (rest and condition and code):
        return ""
    return f"{code} or {rest}" if code == condition else f"{code} if {condition} else {rest}"


def _value(statement: ast.stmt, own: Sequence[Setting], module: Module) -> ast.expr | None:
    known = any(one.statement == module.place(statement) for one in own)
    return statement.value if known and isinstance(statement, ast.Assign) else None


def _moved(node: ast.expr | None, app: App, module: Module) -> str:
    """Return the code of an expression as it can be written where the app is made."""
    if isinstance(node, ast.Name):
        bindings = module.scopes.module.bindings.get(node.id, [])
        if len(bindings) == 1 and bindings[0].kind == "assign":
            node = bindings[0].value  # it may be bound behind the app
    if node is None or not isinstance(node, _PLAIN) or not movable_to(app.statement, node, module):
        return ""
    names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
    if not all(_is_import(name, module) for name in names):
        return ""
    code = module.code(node)
    return ast.unparse(node) if "\n" in code else code


def _is_import(name: str, module: Module) -> bool:
    bindings = module.scopes.module.bindings.get(name, [])
    return [one.kind for one in bindings] in ([], ["import"], ["from"])
