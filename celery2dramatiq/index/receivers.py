"""Functions that are connected to Celery's signals, and what they do with what they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from celery2dramatiq.index.model import Place, Receiver
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.reads import reads
from celery2dramatiq.index.resolve import Resolver

_SIGNALS = "celery.signals."
_CONNECT = ".connect"


def receivers(module: Module, resolver: Resolver) -> Iterator[Receiver]:
    """Yield the receivers that a module connects, by the place of what connects them."""
    decorating: set[ast.AST] = set()
    for node in module.scopes.of_node:
        for decorator in node.decorator_list if isinstance(node, Function) else ():
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            decorating.add(decorator)
            if _connects(plain, module, resolver):
                yield _receiver(module.place(decorator), node)
    for call in module.scopes.calls:
        if call not in decorating and _connects(call.func, module, resolver):
            yield _receiver(module.place(call), _function(call, module, resolver))


def _connects(node: ast.expr, module: Module, resolver: Resolver) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr != _CONNECT[1:]:
        return False
    names = resolver.dotted(node, module)
    return any(name.startswith(_SIGNALS) and name.endswith(_CONNECT) for name in names)


def _function(call: ast.Call, module: Module, resolver: Resolver) -> ast.AST | None:
    """Return the function that a call connects, if it is a plain one of the project's."""
    given = call.args[0] if call.args else None
    if isinstance(given, ast.Lambda) or given is None:
        return given
    values = resolver.values(given, module)
    if len(values) != 1 or values[0].target.kind != "function" or values[0].shape:
        return None
    found = [scope.node for scope, _ in resolver.definitions.scopes(values[0].target)]
    return found[0] if len(found) == 1 else None


def _receiver(place: Place, node: ast.AST | None) -> Receiver:
    if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
        return Receiver(place, known=False)
    arguments = node.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    taken = [(name, read) for name in names for read in reads(node, name)]
    if arguments.kwarg is not None:
        for read in reads(node, arguments.kwarg.arg):
            name, _, rest = read.removeprefix("[").partition("]")
            taken.append((name, rest.removeprefix(".")))
    return Receiver(place, tuple(taken))
