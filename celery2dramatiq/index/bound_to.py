"""What a name is bound to, through imports: the definition or the assignment itself."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.scopes import Binding

Open = Callable[[str], "Module | None"]


def bindings_of(
    node: ast.AST, module: Module, resolver: Resolver, opened: Open
) -> Iterator[tuple[Binding, Module]]:
    """Yield what a name, or an attribute of a module, is bound to, and where.

    opened: gives the module of a path; that of `Modules` that parses it, or not.
    """
    found: list[tuple[Binding, Module]] = []
    if isinstance(node, ast.Name) and node in module.scopes.bases:
        found = [(one, module) for one in module.scopes.bases[node].lookup(node.id)]
    elif isinstance(node, ast.Attribute):
        for value in resolver.values(node.value, module):
            home = opened(value.target.name)
            if value.target.kind == "module" and home is not None:
                tops = home.scopes.module.bindings.get(node.attr, [])
                found += [(one, home) for one in tops]
    for one, home in found:
        yield from _imported(one, home, resolver, opened)


def _imported(
    one: Binding, home: Module, resolver: Resolver, opened: Open
) -> Iterator[tuple[Binding, Module]]:
    seen: set[str] = set()
    while one.kind == "from" and home.path not in seen:
        seen.add(home.path)
        path = resolver.modules.imported(one.module, one.level, home.path)
        inner = opened(path) if path is not None else None
        tops = inner.scopes.module.bindings.get(one.name, []) if inner is not None else []
        if inner is None or len(tops) != 1:
            return
        one, home = tops[0], inner
    yield one, home
