"""What an expression stands for: followed through imports, re-exports, aliases and assignments."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from celery2dramatiq.index import flow
from celery2dramatiq.index.arguments import argument, arguments, literal, star_names
from celery2dramatiq.index.model import MISSING, Step, Target
from celery2dramatiq.index.modules import Module, Modules
from celery2dramatiq.index.names import APP, CELERY_ALL, canonical, is_family, matters
from celery2dramatiq.index.scopes import LINKS, Binding, Scope, under

_DEEPEST = 50  # of names that stand for names; deeper than any real project
_NEVER, _ALWAYS = 1 << 30, -1
_PATIENCE = 50_000  # evaluations that may be repeated before their results are kept all the same
_CHOICES = (ast.IfExp, ast.BoolOp, ast.NamedExpr)
_NAMESPACES = ("builtins.globals", "builtins.locals", "builtins.vars")
_IMPORTERS = ("builtins.__import__", "importlib.import_module")
_DYNAMIC = frozenset((*_NAMESPACES, *_IMPORTERS, "builtins.getattr"))
_TRANSPARENT = frozenset(("functools.cache", "functools.lru_cache"))
_APP_SIGNALS = (".on_after_configure.connect", ".on_after_finalize.connect")


@dataclass(frozen=True, slots=True)
class Value:
    """A meaning of an expression: what it started from, and the steps taken since.

    shape: all steps, as in `.delay()`. Two values of one shape mean the same here.
    """

    target: Target
    shape: str = ""
    steps: tuple[Step, ...] = field(default=(), compare=False)

    def then(self, step: Step) -> Value:
        """Return the value after one more step."""
        return Value(self.target, self.shape + step.shape, (*self.steps, step))

    @property
    def matters(self) -> bool:
        """Tell whether uses of the value are recorded."""
        return matters(self.target)


Values = tuple[Value, ...]
UNKNOWN = Value(Target("unknown", ""))
CELERY_APP = Target("external", APP)


class Resolver:
    """Resolves expressions. Tasks and apps must be made known to it as they are found.

    Only modules that are parsed already are looked into; `forget` when there are more of them.
    """

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.tasks: dict[ast.AST, str] = {}  # function -> task id
        self.bound: dict[ast.AST, str] = {}  # function of a bound task -> task id
        self.apps: dict[ast.AST, str] = {}  # Call that makes an app -> app id
        self.outside_apps: dict[str, str] = {}  # dotted external name -> app id
        self.app_classes: set[Target] = set()
        self._flows: dict[tuple[Scope, str], flow.Flow] = {}
        self._all: dict[str, frozenset[str] | None] = {}  # by path
        self.forget()

    def forget(self) -> None:
        """Drop what was resolved before: more is known now, or an evaluation broke off."""
        self._known: dict[Hashable, Values] = {}
        self._open: dict[Hashable, int] = {}  # what is being evaluated -> how deep
        self._cut = _NEVER  # depth of the outermost open thing that was asked for again
        self._repeated = 0

    # -- expressions

    def values(self, node: ast.AST, module: Module) -> Values:
        """Return every meaning the expression may have; none if nothing is known of it."""
        links: list[ast.AST] = []
        base: ast.AST | None = node
        while isinstance(base, LINKS) and base not in self._known:
            links.append(base)
            base = under(base)
        assert base is not None  # every link has something under it
        values = self._base(base, module)
        for link in reversed(links):
            if not values:
                break
            values = self._kept(link, partial(self._stepped, values, link, module))
        return values

    def dotted(self, node: ast.AST, module: Module) -> tuple[str, ...]:
        """Return the dotted names of what the expression stands for, for rules to compare."""
        values = self.values(node, module)
        return tuple(value.target.name + value.shape for value in values if value != UNKNOWN)

    def _base(self, node: ast.AST, module: Module) -> Values:
        if node in self._known:
            return self._known[node]
        if isinstance(node, ast.Name):
            return self._name(node, module)
        if isinstance(node, _CHOICES):
            return self._kept(node, partial(self._choice, node, module))
        return ()

    def _choice(self, node: ast.expr, module: Module) -> Values:
        return _merge(self.values(leaf, module) for leaf in _leaves(node))

    def _stepped(self, values: Values, link: ast.AST, module: Module) -> Values:
        if len(values) == 1:
            return self._step(values[0], link, module)
        return _merge(self._step(value, link, module) for value in values)

    def _kept(self, key: Hashable, evaluate: Callable[[], Values]) -> Values:
        """Evaluate, and keep the result unless it hangs on something that is still open.

        Names may lead back to themselves: that adds nothing to what they mean.
        """
        if key in self._open or len(self._open) > _DEEPEST:
            self._cut = min(self._cut, self._open.get(key, _ALWAYS))
            return ()
        outer, self._cut = self._cut, _NEVER
        depth = self._open[key] = len(self._open)
        values = evaluate()
        del self._open[key]
        if self._cut >= depth:
            self._cut = _NEVER
        else:
            self._repeated += 1
        if self._cut == _NEVER or self._repeated > _PATIENCE:
            self._known[key] = values
        self._cut = min(outer, self._cut) if depth else _NEVER
        return values

    # -- names

    def name(self, name: str, scope: Scope, module: Module) -> Values:
        """Return all that a name may stand for, seen from a scope, at any time."""
        key = (scope, name)
        if key in self._known:
            return self._known[key]
        found = scope.lookup(name)
        if found:
            return self._kept(key, partial(self._bindings, found, module))
        return self._kept(key, partial(self._unbound, name, module))

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
            starred = partial(self._starred, name, module)
            return self._kept(("star", path, name), starred) or inner
        values = self.name(name, top, module)
        if len(values) > 1 and any(value.matters for value in values):
            return self._narrowed(name, None, top, top, module)
        return values

    def _name(self, node: ast.Name, module: Module) -> Values:
        """Return what a name may stand for in its place."""
        scope = module.scopes.bases[node]
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
            return self._kept(node, narrowed)
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
        return _merge(found.values())

    def binding(self, binding: Binding, module: Module) -> Values:
        """Return what one binding gives to its name."""
        if binding.kind == "import":
            return self._import(binding, module)
        if binding.kind == "from":
            return self._from(binding, module)
        if binding.kind == "parameter":
            return self._parameter(binding, module)
        if binding.kind in ("def", "class"):
            return self._definition(binding, module)
        if binding.value is None:
            return ()
        if binding.kind == "each":
            return self._elements(binding.value, module)
        return self.values(binding.value, module)

    def _unbound(self, name: str, module: Module) -> Values:
        values = self._starred(name, module)
        builtin = external(f"builtins.{name}")
        return values or ((builtin,) if builtin.target.name in _DYNAMIC else ())

    def _starred(self, name: str, module: Module) -> Values:
        """Return what the star imports of a module give for a name."""
        found = (self._by_star(name, star, module) for star in module.scopes.module.stars)
        return _merge(values for values in found if values)

    def _by_star(self, name: str, star: Binding, module: Module) -> Values:
        path = self.imported(star, module)
        if path is None:
            value = external(f"{star.module}.{name}")
            known = name in CELERY_ALL if star.module == "celery" else not hasattr(builtins, name)
            return (value,) if not star.level and is_family(value.target) and known else ()
        given = self.modules.parsed(path)
        if given is module or (given is not None and not self.star_gives(name, given)):
            return ()
        return self.export(path, name)

    def star_gives(self, name: str, module: Module) -> bool:
        """Tell whether a star import of the module may give a name, as its `__all__` says."""
        if module.path not in self._all:
            self._all[module.path] = star_names(module)
        names = self._all[module.path]
        if names is not None:
            return name in names
        return not name.startswith("_") or "__all__" in module.scopes.module.bindings

    def _elements(self, iterable: ast.expr, module: Module) -> Values:
        """Return what a loop variable stands for, if the loop is over a literal collection."""
        if isinstance(iterable, ast.Name):
            bindings = module.scopes.bases[iterable].lookup(iterable.id)
            value = bindings[0].value if len(bindings) == 1 else None
            iterable = value if value is not None else iterable
        if isinstance(iterable, (ast.List, ast.Tuple, ast.Set)):
            return _merge(self.values(element, module) for element in iterable.elts)
        return ()

    # -- definitions

    def _definition(self, binding: Binding, module: Module) -> Values:
        node = binding.node
        if node in self.tasks:
            return (Value(Target("task", self.tasks[node])),)
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
            if not set(self.dotted(plain, module)) & _TRANSPARENT:
                return False
        return True

    def _parameter(self, binding: Binding, module: Module) -> Values:
        function = binding.node
        assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        parameters = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        arg = next((one for one in parameters if one.arg == binding.name), None)
        if arg is None:
            return ()  # *args, **kwargs
        first = arg is parameters[0]
        if first and function in self.bound:
            return (Value(Target("self", self.bound[function])),)
        if first or arg.arg == "sender":
            apps = self._signalled(function, module)
            if apps:
                return apps
        if arg.annotation is not None and self._is_app_class(arg.annotation, module):
            step = Step("call", "", module.place(arg))
            return (Value(CELERY_APP).then(step),)
        default = self.values(binding.value, module) if binding.value is not None else ()
        return _merge([default, (UNKNOWN,)])

    def _signalled(self, function: ast.AST, module: Module) -> Values:
        """Return the apps that a function gets as `sender`, as `app.on_after_configure` says."""
        found: dict[Value, None] = {}
        for decorator in getattr(function, "decorator_list", ()):
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            for value in self.values(plain, module):
                if value.target.kind == "app" and value.shape in _APP_SIGNALS:
                    found[Value(value.target)] = None
        return tuple(found)

    def _is_app_class(self, annotation: ast.expr, module: Module) -> bool:
        code = module.scopes.quoted.get(annotation, annotation)
        targets = {value.target for value in self.values(code, module) if not value.steps}
        return CELERY_APP in targets or bool(targets & self.app_classes)

    # -- imports

    def imported(self, binding: Binding, module: Module) -> str | None:
        """Return the path of the module that an import statement names; None outside."""
        return self.modules.imported(binding.module, binding.level, module.path)

    def _import(self, binding: Binding, module: Module) -> Values:
        path = self.modules.absolute(binding.module, module.path)
        if path is not None and binding.top != binding.module:
            path = self.modules.above(path, binding.module.count("."))
        elif path is None:
            path = self.modules.absolute(binding.top, module.path)
        if path is not None:
            return (Value(Target("module", path)),)
        return self._beyond(binding.top, module)

    def _from(self, binding: Binding, module: Module) -> Values:
        path = self.imported(binding, module)
        if path is None:
            if binding.level:
                return ()
            return self._beyond(f"{binding.module}.{binding.name}", module)
        child = self.modules.child(path, binding.name) if path == module.path else None
        if child is not None:  # a package's `from . import name` inside its own __init__
            return (Value(Target("module", child)),)
        return self.export(path, binding.name)

    def _beyond(self, dotted: str, module: Module) -> Values:
        """Return what a dotted name means whose first parts are no module of the project."""
        if not self.modules.may_hold(dotted) and dotted not in self.outside_apps:
            return (external(dotted),)
        path = self.modules.absolute(dotted, module.path)  # packages without an __init__.py
        if path is not None:
            return (Value(Target("module", path)),)
        value = external(dotted)
        if value.target.name in self.outside_apps:
            return (Value(Target("app", self.outside_apps[value.target.name])),)
        perhaps = list(self._perhaps(dotted))
        return _merge([perhaps, (UNKNOWN,)]) if perhaps else (value,)

    def _perhaps(self, dotted: str) -> Iterator[Value]:
        """Yield what a dotted name could mean in modules that it cannot be told from."""
        for path in self.modules.possible(dotted):
            yield Value(Target("module", path))
        start, _, name = dotted.rpartition(".")
        for path in self.modules.possible(start):
            for value in self.export(path, name):
                if value.target.kind in ("task", "app"):
                    yield value

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
        if value.steps or target.kind in ("task", "app", "self"):
            return (value.then(Step("attr", node.attr, module.place(node))),)
        if target.kind == "external":
            return self._beyond(f"{target.name}.{node.attr}", module)
        if target.kind == "module" and node.attr == "__dict__":
            return (value.then(Step("attr", node.attr, module.place(node))),)
        if target.kind == "module":
            return self.export(target.name, node.attr)
        if target.kind == "class":
            inherited = partial(self._class_attribute, target, node, module)
            return self._kept((target, node), inherited)
        return ()

    def _class_attribute(self, target: Target, node: ast.Attribute, module: Module) -> Values:
        for scope, home in self._definitions(target):
            if node.attr in scope.bindings:
                return self.name(node.attr, scope, home)
        bases = self._bases(target)
        return _merge(self._attribute(base, node, module) for base in bases) if bases else ()

    def _definitions(self, target: Target) -> Iterator[tuple[Scope, Module]]:
        """Yield the scope of every class or function of that name, and its module."""
        path, _, qualname = target.name.partition("::")
        module = self.modules.parsed(path)
        for scope in module.scopes.named.get(qualname, ()) if module is not None else ():
            assert module is not None
            yield scope, module

    def _bases(self, target: Target) -> Values:
        """Return what a class of the project is derived from."""
        return self._kept(("bases", target), partial(self._read_bases, target))

    def _read_bases(self, target: Target) -> Values:
        found = [
            self.values(base, home)
            for scope, home in self._definitions(target)
            if isinstance(scope.node, ast.ClassDef)
            for base in scope.node.bases
        ]
        return tuple(dict.fromkeys(value for values in found for value in values))

    def _called(self, value: Value, node: ast.Call, module: Module) -> Values:
        if node in self.apps:
            return (Value(Target("app", self.apps[node])),)
        target = value.target
        if value.steps or target.kind in ("task", "app", "self") or is_family(target):
            return (value.then(self._call(node, module)),)
        if target.kind == "function":
            return self.result(target)
        if target.kind == "class":
            step = self._call(node, module)
            return tuple(base.then(step) for base in self.ancestors(target))
        if target.name in _DYNAMIC:
            return self._dynamic(target.name, node, module)
        return ()

    def _call(self, node: ast.Call, module: Module) -> Step:
        return Step("call", "", module.place(node), arguments(node, module, self.dotted))

    def result(self, target: Target) -> Values:
        """Return what a function of the project returns, if it comes from a task or an app."""
        return self._kept(("result", target), partial(self._returned, target))

    def _returned(self, target: Target) -> Values:
        found = []
        for scope, home in self._definitions(target):
            if isinstance(scope.node, ast.FunctionDef) and not scope.generator:
                found += [self.values(value, home) for value in scope.returned]
        if any(_may_be_task_or_app(value) for values in found for value in values):
            return _merge(found)
        return ()

    def ancestors(self, target: Target) -> Values:
        """Return the classes of Celery's, and of apps, from which a class is derived."""
        found: dict[Value, None] = {}
        seen: set[Target] = set()
        classes = [target]
        while classes:
            current = classes.pop()
            for base in self._bases(current) if current not in seen else ():
                if base.target.kind == "class" and not base.shape:
                    classes.append(base.target)
                elif base.matters and base.target.kind != "module":
                    found[base] = None
            seen.add(current)
        return tuple(found)

    def _item(self, value: Value, node: ast.Subscript, module: Module) -> Values:
        if value == Value(CELERY_APP):
            return (value,)  # Celery[...]: a generic class, subscripted
        key = argument(node.slice, module, self.dotted)
        if value == Value(Target("external", "sys.modules")):
            return self._imported_by_name(key.literal, node.slice, module)
        if value.target.kind == "module" and value.shape == ".__dict__":
            known = self.export(value.target.name, str(key.literal))
            if isinstance(key.literal, str) and known:
                return known
        if value.steps or value.target.kind in ("app", "self") or is_family(value.target):
            return (value.then(Step("item", "", module.place(node), (key,))),)
        return ()

    # -- modules and their names by other means than imports

    def _dynamic(self, function: str, node: ast.Call, module: Module) -> Values:
        """Return what `getattr(module, "name")`, `globals()`, `import_module(...)` give."""
        first = node.args[0] if node.args else None
        if function in _IMPORTERS:
            name = MISSING if first is None else literal(first, module)
            return self._imported_by_name(name, first, module)
        if function in _NAMESPACES:
            return self._namespace(node, first, module)
        name = literal(node.args[1], module) if len(node.args) > 1 else MISSING
        if first is None or not isinstance(name, str):
            return ()
        values = [value for value in self.values(first, module) if not value.steps]
        modules = [value.target.name for value in values if value.target.kind == "module"]
        return _merge(self.export(path, name) for path in modules) if modules else ()

    def _namespace(self, node: ast.Call, first: ast.expr | None, module: Module) -> Values:
        step = Step("attr", "__dict__", module.place(node))
        if first is not None:
            values = self.values(first, module)
            return tuple(v.then(step) for v in values if v.target.kind == "module")
        scope = module.scopes.bases.get(node.func)
        if self.dotted(node.func, module) == ("builtins.globals",) or (
            scope is not None and scope.kind == "module"
        ):
            return (Value(Target("module", module.path)).then(step),)
        return ()

    def _imported_by_name(self, name: object, code: ast.AST | None, module: Module) -> Values:
        if isinstance(code, ast.Name) and code.id == "__name__":
            return (Value(Target("module", module.path)),)
        if not isinstance(name, str) or name.startswith("."):
            return ()
        return self._beyond(name, module)

    def named(self, dotted: str, module: Module) -> Values:
        """Return the tasks and apps that a dotted name in a string stands for."""
        parts = dotted.split(".")
        for count in range(len(parts) - 1, 0, -1):
            path = self.modules.absolute(".".join(parts[:count]), module.path)
            if path is not None and self.modules.parsed(path) is not None:
                return self._along(self.export(path, parts[count]), parts[count + 1 :])
        return ()

    def _along(self, values: Values, parts: Sequence[str]) -> Values:
        """Follow attributes of modules and classes up to a task or an app."""
        for part in parts:
            targets = [value.target for value in values if not value.steps]
            if any(target.kind in ("task", "app") for target in targets):
                break
            scopes = [pair for target in targets for pair in self._definitions(target)]
            values = _merge(
                [self.name(part, scope, home) for scope, home in scopes if part in scope.bindings]
                + [self.export(t.name, part) for t in targets if t.kind == "module"]
            )
        return tuple(v for v in values if v.target.kind in ("task", "app") and not v.steps)


def external(dotted: str) -> Value:
    """Return the value of a name outside the project, under the name it goes by here."""
    return Value(Target("external", canonical(dotted)))


def _merge(groups: Iterable[Iterable[Value]]) -> Values:
    """Sum up meanings; a group without any is something unknown beside the others."""
    found = dict.fromkeys(value for group in groups for value in (tuple(group) or (UNKNOWN,)))
    return () if list(found) == [UNKNOWN] else tuple(found)


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what a choice may come to."""
    stack = [node]
    while stack:
        leaf = stack.pop()
        if isinstance(leaf, ast.IfExp):
            stack += [leaf.orelse, leaf.body]
        elif isinstance(leaf, ast.BoolOp):
            stack += reversed(leaf.values)
        elif isinstance(leaf, ast.NamedExpr):
            stack.append(leaf.value)
        else:
            yield leaf


def _may_be_task_or_app(value: Value) -> bool:
    """Tell whether a value is made of a task or an app; what is configured is mere data."""
    return value.target.kind in ("task", "app") and not value.shape.startswith(".conf")


def _is_none(binding: Binding) -> bool:
    value = binding.value
    return binding.kind == "assign" and isinstance(value, ast.Constant) and value.value is None
