"""What import statements, and dotted names, give to names."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING

from celery2dramatiq.index.arguments import star_names
from celery2dramatiq.index.model import Target
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.names import CELERY_ALL, is_family
from celery2dramatiq.index.scopes import Binding
from celery2dramatiq.index.values import UNKNOWN, Value, Values, external, merge

if TYPE_CHECKING:
    from celery2dramatiq.index.resolve import Resolver


class Imports:
    """Follows imports for a resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._modules = resolver.modules
        self._all: dict[str, frozenset[str] | None] = {}  # by path

    def path(self, binding: Binding, module: Module) -> str | None:
        """Return the path of the module that an import statement names; None outside."""
        return self._modules.imported(binding.module, binding.level, module.path)

    def plain(self, binding: Binding, module: Module) -> Values:
        """Return what `import a.b` gives."""
        path = self._modules.absolute(binding.module, module.path)
        if path is not None and binding.top != binding.module:
            path = self._modules.above(path, binding.module.count("."))
        elif path is None:
            path = self._modules.absolute(binding.top, module.path)
        if path is not None:
            return (Value(Target("module", path)),)
        return self.beyond(binding.top, module)

    def chosen(self, binding: Binding, module: Module) -> Values:
        """Return what `from a import b` gives."""
        path = self.path(binding, module)
        if path is None:
            if binding.level:
                return ()
            return self.beyond(f"{binding.module}.{binding.name}", module)
        child = self._modules.child(path, binding.name) if path == module.path else None
        if child is not None:  # a package's `from . import name` inside its own __init__
            return (Value(Target("module", child)),)
        return self._resolver.export(path, binding.name)

    def beyond(self, dotted: str, module: Module) -> Values:
        """Return what a dotted name means whose first parts are no module of the project."""
        if not self._modules.may_hold(dotted) and dotted not in self._resolver.outside_apps:
            return (external(dotted),)
        path = self._modules.absolute(dotted, module.path)  # packages without an __init__.py
        if path is not None:
            return (Value(Target("module", path)),)
        value = external(dotted)
        if value.target.name in self._resolver.outside_apps:
            return (Value(Target("app", self._resolver.outside_apps[value.target.name])),)
        perhaps = list(self._perhaps(dotted))
        return merge([perhaps, (UNKNOWN,)]) if perhaps else (value,)

    def _perhaps(self, dotted: str) -> Iterator[Value]:
        """Yield what a dotted name could mean in modules that it cannot be told from."""
        for path in self._modules.possible(dotted):
            yield Value(Target("module", path))
        start, _, name = dotted.rpartition(".")
        for path in self._modules.possible(start):
            for value in self._resolver.export(path, name):
                if value.target.kind in ("task", "app"):
                    yield value

    def starred(self, name: str, module: Module) -> Values:
        """Return what the star imports of a module give for a name."""
        found = (self._by_star(name, star, module) for star in module.scopes.module.stars)
        return merge(values for values in found if values)

    def _by_star(self, name: str, star: Binding, module: Module) -> Values:
        path = self.path(star, module)
        if path is None:
            value = external(f"{star.module}.{name}")
            known = name in CELERY_ALL if star.module == "celery" else not hasattr(builtins, name)
            return (value,) if not star.level and is_family(value.target) and known else ()
        given = self._modules.parsed(path)
        if given is module or (given is not None and not self.star_gives(name, given)):
            return ()
        return self._resolver.export(path, name)

    def star_gives(self, name: str, module: Module) -> bool:
        """Tell whether a star import of the module may give a name, as its `__all__` says."""
        if module.path not in self._all:
            self._all[module.path] = star_names(module)
        names = self._all[module.path]
        if names is not None:
            return name in names
        return not name.startswith("_") or "__all__" in module.scopes.module.bindings
