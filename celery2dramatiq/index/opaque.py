"""Decorators of the project's own that declare tasks in a way that cannot be told from here."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from celery2dramatiq.index.bound_to import bindings_of
from celery2dramatiq.index.model import Wrapper
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.scopes import Binding
from celery2dramatiq.index.wrappers import Declares, Wrapping

PROBLEM = "what it makes of the function cannot be told"
# What runs of a class that stands behind an `@`, with its arguments or without.
_MADE = ("__call__", "__init__", "__new__")
_DEEPEST = 10  # of classes derived from each other


class OpaqueFinder:
    """Finds the functions and methods that a decorator calls, and Celery's decorator in them."""

    def __init__(self, module: Module, resolver: Resolver, declares: Declares) -> None:
        self.module = module
        self.resolver = resolver
        self.declares = declares

    def find(self, plain: ast.expr) -> Wrapping | None:
        """Return the wrapper that a decorator is, if a task may come of it. It has a problem."""
        for node, home in self._called(plain):
            sites = list(self._sites(node, home))
            declared = self.declares(sites[0][0], home) if sites else None
            if declared is not None:
                wrapper = _wrapper(node, home, sites[0][1])
                nodes = tuple(printed for _, printed in sites)
                return Wrapping(wrapper, nodes, declared[0], declared[1], None)
        return None

    # -- what is called

    def _called(self, plain: ast.expr) -> Iterator[tuple[Function, Module]]:
        for binding, home in self._bindings(plain, self.module):
            node = binding.node
            if node in self.resolver.tasks:
                continue
            if binding.kind == "def" and isinstance(node, Function):
                yield node, home
            elif binding.kind == "class" and isinstance(node, ast.ClassDef):
                yield from self._methods(node, home, _MADE)
            elif isinstance(binding.value, ast.Call):
                for class_, inner in self._classes(binding.value.func, home):
                    yield from self._methods(class_, inner, _MADE[:1])
        if isinstance(plain, ast.Attribute):
            for class_, inner in self._owners(plain.value):
                yield from self._methods(class_, inner, (plain.attr,))

    def _owners(self, node: ast.expr) -> Iterator[tuple[ast.ClassDef, Module]]:
        """Yield the classes of which something is taken, or of which that is an object."""
        yield from self._classes(node, self.module)
        if isinstance(node, ast.Call):
            yield from self._classes(node.func, self.module)
        for binding, home in self._bindings(node, self.module):
            if isinstance(binding.value, ast.Call):
                yield from self._classes(binding.value.func, home)

    def _classes(self, node: ast.expr, module: Module) -> Iterator[tuple[ast.ClassDef, Module]]:
        for binding, home in self._bindings(node, module):
            if isinstance(binding.node, ast.ClassDef):
                yield binding.node, home

    def _methods(
        self, class_: ast.ClassDef, home: Module, names: Sequence[str], depth: int = 0
    ) -> Iterator[tuple[Function, Module]]:
        for node in class_.body:
            if isinstance(node, Function) and node.name in names:
                yield node, home
        for base in class_.bases if depth < _DEEPEST else ():
            for inner, module in self._classes(base, home):
                yield from self._methods(inner, module, names, depth + 1)

    def _bindings(self, node: ast.expr, module: Module) -> Iterator[tuple[Binding, Module]]:
        return bindings_of(node, module, self.resolver, self.resolver.modules.parsed)

    # -- what it does

    def _sites(self, function: Function, home: Module) -> Iterator[tuple[ast.expr, ast.expr]]:
        """Yield each decorator of Celery's in a function, without its arguments and with them."""
        inner = (node for statement in function.body for node in ast.walk(statement))
        for node in inner:
            if isinstance(node, (ast.Name, ast.Attribute)) and self.declares(node, home):
                around = home.scopes.parents[node]
                whole = isinstance(around, ast.Call) and around.func is node
                yield node, around if whole and isinstance(around, ast.Call) else node


def _wrapper(node: Function, home: Module, printed: ast.expr) -> Wrapper:
    return Wrapper(
        id=f"{home.path}::{home.scopes.of_node[node].qualname}",
        path=home.path,
        place=home.place(printed),
        decorates=False,
        options=(),
        given=False,
        passes=False,
        function="",
        wraps=False,
        problem=PROBLEM,
    )
