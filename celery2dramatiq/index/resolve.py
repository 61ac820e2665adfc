"""What an expression stands for: followed through imports, re-exports, aliases and assignments."""

from __future__ import annotations

import ast
from functools import partial

from celery2dramatiq.index import flow
from celery2dramatiq.index.arguments import argument, arguments
from celery2dramatiq.index.definitions import Definitions
from celery2dramatiq.index.dynamic import DYNAMIC, Dynamic
from celery2dramatiq.index.imports import Imports
from celery2dramatiq.index.memo import Memo
from celery2dramatiq.index.mocks import Mocks
from celery2dramatiq.index.model import Step, Target
from celery2dramatiq.index.modules import Module, Modules
from celery2dramatiq.index.names import is_family
from celery2dramatiq.index.scopes import LINKS, Binding, Scope, under
from celery2dramatiq.index.values import (
    CELERY_APP,
    CHOICES,
    NEW,
    UNKNOWN,
    Value,
    Values,
    external,
    leaves,
    merge,
)


class Resolver:
    """Resolves expressions. Tasks and apps must be made known to it as they are found.

    Only modules that are parsed already are looked into; `forget` when there are more of them.
    """

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.tasks: dict[ast.AST, str] = {}  # function, or call that makes a task -> task id
        self.bound: dict[ast.AST, str] = {}  # function whose `self` is a task -> task id
        self.registered: dict[Target, str] = {}  # class whose instance is a task -> task id
        self.apps: dict[ast.AST, str] = {}  # Call that makes an app -> app id
        self.outside_apps: dict[str, str] = {}  # dotted external name -> app id
        self.app_classes: set[Target] = set()
        self._flows: dict[tuple[Scope, str], flow.Flow] = {}
        self.imports = Imports(self)
        self.definitions = Definitions(self)
        self.dynamic = Dynamic(self)
        self.mocks = Mocks(self)
        self.forget()

    def forget(self) -> None:
        """Drop what was resolved before: more is known now, or an evaluation broke off."""
        self.memo = Memo()

    # -- expressions

    def values(self, node: ast.AST, module: Module) -> Values:
        """Return every meaning the expression may have; none if nothing is known of it."""
        links: list[ast.AST] = []
        base: ast.AST | None = node
        while isinstance(base, LINKS) and base not in self.memo.known:
            entered = self.mocks.by_stack(base, module)
            if entered is not None:
                self.memo.known[base] = entered
                break
            links.append(base)
            base = under(base)
        assert base is not None  # every link has something under it
        values = self._base(base, module)
        for link in reversed(links):
            if not values:
                break
            values = self.memo.kept(link, partial(self._stepped, values, link, module))
        return values

    def dotted(self, node: ast.AST, module: Module) -> tuple[str, ...]:
        """Return the dotted names of what the expression stands for, for rules to compare."""
        values = self.values(node, module)
        return tuple(value.target.name + value.shape for value in values if value != UNKNOWN)

    def _base(self, node: ast.AST, module: Module) -> Values:
        if node in self.memo.known:
            return self.memo.known[node]
        if isinstance(node, ast.Name):
            return self._name(node, module)
        if isinstance(node, CHOICES):
            return self.memo.kept(node, partial(self._choice, node, module))
        return ()

    def _choice(self, node: ast.expr, module: Module) -> Values:
        return merge(self.values(leaf, module) for leaf in leaves(node))

    def _stepped(self, values: Values, link: ast.AST, module: Module) -> Values:
        if len(values) == 1:
            return self._step(values[0], link, module)
        return merge(self._step(value, link, module) for value in values)

    # -- names

    def name(self, name: str, scope: Scope, module: Module) -> Values:
        """Return all that a name may stand for, seen from a scope, at any time."""
        key = (scope, name)
        if key in self.memo.known:
            return self.memo.known[key]
        found = scope.lookup(name)
        if found:
            return self.memo.kept(key, partial(self._bindings, found, module))
        return self.memo.kept(key, partial(self._unbound, name, module))

    def export(self, path: str, name: str) -> Values:
        """Return what `from module import name` gives. path: of a file, or of a folder."""
        child = self.modules.child(path, name)
        inner = (Value(Target("module", child)),) if child is not None else ()
        module = self.modules.parsed(path)
        if module is None:
            unread = path in self.modules.sources and path not in self.modules.unparsed
            return inner or ((Value(Target("unread", f"{path}::{name}")),) if unread else ())
        top = module.scopes.module
        if name not in top.bindings:
            starred = partial(self.imports.starred, name, module)
            return self.memo.kept(("star", path, name), starred) or inner
        values = self.name(name, top, module)
        if len(values) > 1 and any(value.matters for value in values):
            return self._narrowed(name, None, top, top, module)
        return values

    def _name(self, node: ast.Name, module: Module) -> Values:
        """Return what a name may stand for in its place."""
        scope = module.scopes.bases.get(node)
        if scope is None:
            return ()  # it is bound or deleted here, and not read
        owner = scope.owner(node.id)
        values = self.name(node.id, scope, module)
        if owner is None:
            return values
        if owner.kind == "class":
            outer = owner.outer()
            assert outer is not None  # a class stands in something
            seen = (*values, *self.name(node.id, outer, module))
        else:
            seen = values if len(values) > 1 else ()
        if any(value.matters for value in seen):
            narrowed = partial(self._narrowed, node.id, node, scope, owner, module)
            return self.memo.kept(node, narrowed)
        return values

    def _narrowed(
        self, name: str, node: ast.AST | None, here: Scope, owner: Scope, module: Module
    ) -> Values:
        if (owner, name) not in self._flows:
            self._flows[owner, name] = flow.Flow(name, owner, module.scopes.parents)
        settles = partial(self._settles, name, module)
        found = self._flows[owner, name].reaching(node, here, settles)
        if found:
            return self._bindings(found, module)
        if here is owner and owner.kind == "class":  # not bound yet: the name outside is meant
            outer = owner.outer()
            assert outer is not None  # a class stands in something
            return self.name(name, outer, module)
        return self.name(name, here, module)

    def _settles(self, name: str, module: Module, binding: Binding) -> bool:
        """Tell whether a binding makes an end of what the name meant before."""
        if isinstance(module.scopes.parents.get(binding.node), ast.AugAssign):
            return False
        value = binding.value
        if value is None or not any(
            isinstance(node, ast.Name) and node.id == name for node in ast.walk(value)
        ):
            return True
        return bool(self.values(value, module))

    def _bindings(self, bindings: list[Binding], module: Module) -> Values:
        """Sum up bindings. None is nothing that a task or an app could be mistaken for."""
        meant = [binding for binding in bindings if not _is_none(binding)]
        found = {binding: self.binding(binding, module) for binding in meant}
        if len(found) > 1 and any(value.matters for vs in found.values() for value in vs):
            for spare in flow.fallbacks(bindings, module.scopes.parents):
                if not any(value.matters for value in found.get(spare, ())):
                    found.pop(spare, None)
        return merge(found.values())

    def binding(self, binding: Binding, module: Module) -> Values:
        """Return what one binding gives to its name."""
        if binding.kind == "import":
            return self.imports.plain(binding, module)
        if binding.kind == "from":
            return self.imports.chosen(binding, module)
        if binding.kind == "parameter":
            return self.definitions.parameter(binding, module)
        if binding.kind in ("def", "class"):
            return self.definitions.of_def(binding, module)
        if binding.value is None:
            return self.mocks.entered(binding, module)
        if binding.kind == "each":
            return self._elements(binding.value, module)
        return self.values(binding.value, module)

    def _unbound(self, name: str, module: Module) -> Values:
        values = self.imports.starred(name, module)
        builtin = external(f"builtins.{name}")
        return values or ((builtin,) if builtin.target.name in DYNAMIC else ())

    def _elements(self, iterable: ast.expr, module: Module) -> Values:
        """Return what a loop variable stands for, if the loop is over a literal collection."""
        if isinstance(iterable, ast.Name):
            bindings = module.scopes.bases[iterable].lookup(iterable.id)
            value = bindings[0].value if len(bindings) == 1 else None
            iterable = value if value is not None else iterable
        if isinstance(iterable, (ast.List, ast.Tuple, ast.Set)):
            return merge(self.values(element, module) for element in iterable.elts)
        return ()

    # -- steps

    def _step(self, value: Value, link: ast.AST, module: Module) -> Values:
        if value.target.kind == "unread":
            return (value,)
        if isinstance(link, ast.Attribute):
            return self._attribute(value, link, module)
        if isinstance(link, ast.Call):
            return self._called(value, link, module)
        assert isinstance(link, ast.Subscript)
        return self._item(value, link, module)

    def _attribute(self, value: Value, node: ast.Attribute, module: Module) -> Values:
        target = value.target
        if target.kind == "instance":
            return self.mocks.of_self(value, node.attr)
        if "mock" in target.kind:
            step = Step("attr", node.attr, module.place(node))
            return self.mocks.attribute(value, step)
        if value.steps or target.kind in ("task", "app", "self"):
            return (value.then(Step("attr", node.attr, module.place(node))),)
        if target.kind == "external":
            return self.imports.beyond(f"{target.name}.{node.attr}", module)
        if target.kind == "module" and node.attr == "__dict__":
            return (value.then(Step("attr", node.attr, module.place(node))),)
        if target.kind == "module":
            return self.export(target.name, node.attr)
        if target.kind == "class":
            inherited = partial(self._class_attribute, target, node, module)
            return self.memo.kept((target, node), inherited)
        return ()

    def _class_attribute(self, target: Target, node: ast.Attribute, module: Module) -> Values:
        for scope, home in self.definitions.scopes(target):
            if node.attr in scope.bindings:
                return self.name(node.attr, scope, home)
        bases = self.definitions.bases(target)
        return merge(self._attribute(base, node, module) for base in bases) if bases else ()

    def _called(self, value: Value, node: ast.Call, module: Module) -> Values:
        if node in self.apps:
            return (Value(Target("app", self.apps[node])),)
        if node in self.tasks:
            return (Value(Target("task", self.tasks[node])),)
        target = value.target
        if module.test:
            found = self.mocks.called(value, node, module)
            if found is not None:
                return found
        if value.steps or target.kind in ("task", "app", "self", "mock") or is_family(target):
            return (value.then(self._call(node, module)),)
        if target.kind == "function":
            return self.definitions.result(target)
        if target in self.registered and not node.args and not node.keywords:
            new = Step("attr", NEW, module.place(node))
            return (Value(Target("task", self.registered[target])).then(new),)
        if target.kind == "class":
            step = self._call(node, module)
            return tuple(base.then(step) for base in self.definitions.ancestors(target))
        if target.name in DYNAMIC:
            return self.dynamic.called(target.name, node, module)
        return ()

    def _call(self, node: ast.Call, module: Module) -> Step:
        return Step("call", "", module.place(node), arguments(node, module, self.dotted))

    def _item(self, value: Value, node: ast.Subscript, module: Module) -> Values:
        if value == Value(CELERY_APP):
            return (value,)  # Celery[...]: a generic class, subscripted
        key = argument(node.slice, module, self.dotted)
        if value == Value(Target("external", "sys.modules")):
            return self.dynamic.imported(key.literal, node.slice, module)
        if value.target.kind == "module" and value.shape == ".__dict__":
            known = self.export(value.target.name, str(key.literal))
            if isinstance(key.literal, str) and known:
                return known
        if value.steps or value.target.kind in ("app", "self") or is_family(value.target):
            return (value.then(Step("item", "", module.place(node), (key,))),)
        return ()


def _is_none(binding: Binding) -> bool:
    value = binding.value
    return binding.kind == "assign" and isinstance(value, ast.Constant) and value.value is None
