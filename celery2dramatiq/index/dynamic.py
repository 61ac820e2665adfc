"""Modules, and names in them, by other means than imports: `getattr`, `globals()`, strings."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from celery2dramatiq.index.arguments import literal
from celery2dramatiq.index.model import MISSING, Step, Target
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.values import Value, Values, merge

if TYPE_CHECKING:
    from celery2dramatiq.index.resolve import Resolver

_NAMESPACES = ("builtins.globals", "builtins.locals", "builtins.vars")
_IMPORTERS = ("builtins.__import__", "importlib.import_module")
DYNAMIC = frozenset((*_NAMESPACES, *_IMPORTERS, "builtins.getattr"))


class Dynamic:
    """Follows what is named at run time, as far as the name is a literal."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._modules = resolver.modules

    def called(self, function: str, node: ast.Call, module: Module) -> Values:
        """Return what `getattr(module, "name")`, `globals()`, `import_module(...)` give."""
        first = node.args[0] if node.args else None
        if function in _IMPORTERS:
            name = MISSING if first is None else literal(first, module)
            return self.imported(name, first, module)
        if function in _NAMESPACES:
            return self._namespace(node, first, module)
        name = literal(node.args[1], module) if len(node.args) > 1 else MISSING
        if first is None or not isinstance(name, str):
            return ()
        values = [value for value in self._resolver.values(first, module) if not value.steps]
        modules = [value.target.name for value in values if value.target.kind == "module"]
        return merge(self._resolver.export(path, name) for path in modules) if modules else ()

    def _namespace(self, node: ast.Call, first: ast.expr | None, module: Module) -> Values:
        step = Step("attr", "__dict__", module.place(node))
        if first is not None:
            values = self._resolver.values(first, module)
            return tuple(v.then(step) for v in values if v.target.kind == "module")
        scope = module.scopes.bases.get(node.func)
        if self._resolver.dotted(node.func, module) == ("builtins.globals",) or (
            scope is not None and scope.kind == "module"
        ):
            return (Value(Target("module", module.path)).then(step),)
        return ()

    def imported(self, name: object, code: ast.AST | None, module: Module) -> Values:
        """Return the module of that name; code: the name's, which may be `__name__`."""
        if isinstance(code, ast.Name) and code.id == "__name__":
            return (Value(Target("module", module.path)),)
        if not isinstance(name, str) or name.startswith("."):
            return ()
        return self._resolver.imports.beyond(name, module)

    def named(self, dotted: str, module: Module) -> Values:
        """Return the tasks and apps that a dotted name in a string stands for."""
        parts = dotted.split(".")
        for count in range(len(parts) - 1, 0, -1):
            path = self._modules.absolute(".".join(parts[:count]), module.path)
            if path is not None and self._modules.parsed(path) is not None:
                return self._along(self._resolver.export(path, parts[count]), parts[count + 1 :])
        return ()

    def _along(self, values: Values, parts: Sequence[str]) -> Values:
        """Follow attributes of modules and classes up to a task or an app."""
        for part in parts:
            targets = [value.target for value in values if not value.steps]
            if any(target.kind in ("task", "app") for target in targets):
                break
            values = merge(found for target in targets for found in self.part(target, part))
        return tuple(v for v in values if v.target.kind in ("task", "app") and not v.steps)

    def part(self, target: Target, name: str) -> Iterator[Values]:
        """Yield what a class or a module holds under a name."""
        for scope, home in self._resolver.definitions.scopes(target):
            if name in scope.bindings:
                yield self._resolver.name(name, scope, home)
        if target.kind == "module":
            yield self._resolver.export(target.name, name)
