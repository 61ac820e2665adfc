"""Tasks that are classes of the project's own: `work = app.register_task(Work())`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from celery2dramatiq.index.called import Call
from celery2dramatiq.index.class_body import OPTIONS, attributes, code_of
from celery2dramatiq.index.model import Arg, Instance, Target
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.names import TASK
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.scopes import Scope
from celery2dramatiq.index.values import Value

_REGISTERS = ".register_task"
_NOT_OF_AN_INSTANCE = frozenset(("staticmethod", "classmethod"))


@dataclass(frozen=True, slots=True)
class Registered:
    """A class whose instance a call registers: its scope, its module, and the app."""

    call: Call
    scope: Scope
    home: Module
    app: str

    @property
    def node(self) -> ast.ClassDef:
        """The class."""
        assert isinstance(self.scope.node, ast.ClassDef)  # it was asked when it was found
        return self.scope.node

    @property
    def target(self) -> Target:
        """What the class's name stands for."""
        return Target("class", f"{self.home.path}::{self.scope.qualname}")

    def methods(self) -> Iterator[Function]:
        """Yield the functions whose first parameter is the instance."""
        for one in self.node.body:
            if isinstance(one, Function):
                plain = map(ast.unparse, one.decorator_list)
                if _NOT_OF_AN_INSTANCE.isdisjoint(plain):
                    yield one

    @property
    def run(self) -> Function | None:
        """The method that is the task's function."""
        return next((one for one in self.methods() if one.name == "run"), None)

    def options(self, resolver: Resolver) -> tuple[Arg, ...]:
        """Return what its attributes say that a decorator's options would."""
        given = attributes(self.node, self.home, resolver.dotted)
        return tuple(
            replace(arg, code=code_of(arg, self.node.name), spread=True)
            for arg in given
            if arg.keyword in OPTIONS or arg.keyword == "name"
        )

    def instance(self, module: Module) -> Instance:
        """Return what the index says of it. module: the one that registers it."""
        code = module.code(self.call.function)
        made = code if isinstance(self.call.function, ast.Call) else f"{code}()"
        return Instance(self.target.name, f"{made}.run", bool(self.call.variable), self._problem())

    def _problem(self) -> str:
        whole = self.call.whole
        if len(whole.args) > 1 or whole.keywords:
            return "it is registered with options"
        if self.run is None or self.run.decorator_list:
            return "it has no plain method `run`"
        if self.call.statement not in self.home.tree.body:
            return "its class is in another module"
        if any(isinstance(n, ast.Name) and n.id == "super" for n in ast.walk(self.node)):
            return "it uses `super()`"
        return ""

    def names(self) -> frozenset[str]:
        """Return the names that its methods bind."""
        of_node = self.home.scopes.of_node
        methods = (one for one in self.node.body if isinstance(one, Function))
        return frozenset(name for one in methods for name in of_node[one].bindings)


def read(call: Call, module: Module, resolver: Resolver) -> Registered | None:
    """Return the class that a call registers, if that is what it does."""
    apps = resolver.values(call.plain, module)
    if len(apps) != 1 or apps[0].target.kind != "app" or apps[0].shape != _REGISTERS:
        return None
    node = call.function
    if isinstance(node, ast.Call):
        if node.args or node.keywords:
            return None
        node = node.func
    values = resolver.values(node, module)
    target = values[0].target if len(values) == 1 and not values[0].steps else None
    if not call.given or target is None or target.kind != "class":
        return None
    found = list(resolver.definitions.scopes(target))
    if len(found) != 1 or not any(map(_is_task, resolver.definitions.ancestors(target))):
        return None
    scope, home = found[0]
    if scope.node not in home.tree.body:
        return None
    return Registered(call, scope, home, apps[0].target.name)


def _is_task(value: Value) -> bool:
    """Tell whether a class is Celery's own."""
    own = value.target == Target("external", TASK) and not value.shape
    return own or (value.target.kind == "app" and value.shape == ".Task")
