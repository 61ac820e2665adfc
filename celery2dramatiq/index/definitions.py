"""What the project's own functions, classes and parameters stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from celery2dramatiq.index.model import Step, Target
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.scopes import Binding, Scope
from celery2dramatiq.index.values import CELERY_APP, UNKNOWN, Value, Values, merge

if TYPE_CHECKING:
    from celery2dramatiq.index.resolve import Resolver

_TRANSPARENT = frozenset(("functools.cache", "functools.lru_cache"))
_APP_SIGNALS = (".on_after_configure.connect", ".on_after_finalize.connect")


class Definitions:
    """Looks into definitions for a resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._modules = resolver.modules

    def of_def(self, binding: Binding, module: Module) -> Values:
        """Return what a `def` or a `class` gives to its name."""
        node = binding.node
        if node in self._resolver.tasks:
            return (Value(Target("task", self._resolver.tasks[node])),)
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if not isinstance(node, ast.ClassDef) and not self._keeps_result(node, module):
            return ()
        inner = module.scopes.of_node[node]
        kind = "class" if binding.kind == "class" else "function"
        return (Value(Target(kind, f"{module.path}::{inner.qualname}")),)

    def _keeps_result(self, node: ast.FunctionDef | ast.AsyncFunctionDef, module: Module) -> bool:
        """Tell whether the decorators let through what the function returns."""
        for decorator in node.decorator_list:
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            if not set(self._resolver.dotted(plain, module)) & _TRANSPARENT:
                return False
        return True

    def parameter(self, binding: Binding, module: Module) -> Values:
        """Return what a parameter stands for: `self`, a sender, its annotation or default."""
        function = binding.node
        assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        parameters = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        arg = next((one for one in parameters if one.arg == binding.name), None)
        if arg is None:
            return ()  # *args, **kwargs
        first = arg is parameters[0]
        if first and function in self._resolver.bound:
            return (Value(Target("self", self._resolver.bound[function])),)
        if first or arg.arg == "sender":
            apps = self._signalled(function, module)
            if apps:
                return apps
        if arg.annotation is not None and self._is_app_class(arg.annotation, module):
            step = Step("call", "", module.place(arg))
            return (Value(CELERY_APP).then(step),)
        mocks = self._resolver.mocks.parameter(binding.name, function, module)
        if mocks:
            return mocks
        default = self._resolver.values(binding.value, module) if binding.value is not None else ()
        return merge([default, (UNKNOWN,)])

    def _signalled(self, function: ast.AST, module: Module) -> Values:
        """Return the apps that a function gets as `sender`, as `app.on_after_configure` says."""
        found: dict[Value, None] = {}
        for decorator in getattr(function, "decorator_list", ()):
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            for value in self._resolver.values(plain, module):
                if value.target.kind == "app" and value.shape in _APP_SIGNALS:
                    found[Value(value.target)] = None
        return tuple(found)

    def _is_app_class(self, annotation: ast.expr, module: Module) -> bool:
        code = module.scopes.quoted.get(annotation, annotation)
        targets = {value.target for value in self._resolver.values(code, module) if not value.steps}
        return CELERY_APP in targets or bool(targets & self._resolver.app_classes)

    # -- by name

    def scopes(self, target: Target) -> Iterator[tuple[Scope, Module]]:
        """Yield the scope of every class or function of that name, and its module."""
        path, _, qualname = target.name.partition("::")
        module = self._modules.parsed(path)
        for scope in module.scopes.named.get(qualname, ()) if module is not None else ():
            assert module is not None
            yield scope, module

    def bases(self, target: Target) -> Values:
        """Return what a class of the project is derived from."""
        return self._resolver.memo.kept(("bases", target), partial(self._read_bases, target))

    def _read_bases(self, target: Target) -> Values:
        found = [
            self._resolver.values(base, home)
            for scope, home in self.scopes(target)
            if isinstance(scope.node, ast.ClassDef)
            for base in scope.node.bases
        ]
        return tuple(dict.fromkeys(value for values in found for value in values))

    def result(self, target: Target) -> Values:
        """Return what a function of the project returns, if it comes from a task or an app."""
        return self._resolver.memo.kept(("result", target), partial(self._returned, target))

    def _returned(self, target: Target) -> Values:
        found = []
        for scope, home in self.scopes(target):
            if isinstance(scope.node, ast.FunctionDef) and not scope.generator:
                found += [self._resolver.values(value, home) for value in scope.returned]
        if any(_may_be_task_or_app(value) for values in found for value in values):
            return merge(found)
        return ()

    def ancestors(self, target: Target) -> Values:
        """Return the classes of Celery's, and of apps, from which a class is derived."""
        found: dict[Value, None] = {}
        seen: set[Target] = set()
        classes = [target]
        while classes:
            current = classes.pop()
            for base in self.bases(current) if current not in seen else ():
                if base.target.kind == "class" and not base.shape:
                    classes.append(base.target)
                elif base.matters and base.target.kind != "module":
                    found[base] = None
            seen.add(current)
        return tuple(found)


def _may_be_task_or_app(value: Value) -> bool:
    """Tell whether a value is made of a task or an app; what is configured is mere data."""
    return value.target.kind in ("task", "app") and not value.shape.startswith(".conf")
