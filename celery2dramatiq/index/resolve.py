"""What an expression stands for: followed through imports, re-exports, aliases and assignments."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from celery2dramatiq.index.model import MISSING, Arg, Step, Target
from celery2dramatiq.index.modules import FAMILY, Module, Modules
from celery2dramatiq.index.scopes import Binding, Scope

# Celery offers the same object under several names (celery/__init__.py, celery/app/__init__.py).
CANONICAL = {
    "celery.app.Celery": "celery.Celery",
    "celery.app.base.Celery": "celery.Celery",
    "celery.app.shared_task": "celery.shared_task",
    "celery.task.task": "celery.shared_task",
    "celery.task": "celery.shared_task",
    "celery.decorators.task": "celery.shared_task",
    "celery.app.task.Task": "celery.Task",
    "celery.task.Task": "celery.Task",
    "celery.app.task.TaskType": "celery.Task",
    "celery.canvas.chain": "celery.chain",
    "celery.canvas.chord": "celery.chord",
    "celery.canvas.group": "celery.group",
    "celery.canvas.signature": "celery.signature",
    "celery.canvas.Signature": "celery.Signature",
    "celery.canvas.subtask": "celery.signature",
    "celery._state.current_app": "celery.current_app",
    "celery._state.current_task": "celery.current_task",
    "celery.utils.log.get_task_logger": "celery.utils.log.get_task_logger",
}
DECORATORS = {"celery.shared_task"}
_DEPTH = 40  # of names that stand for names; deeper than any real project


@dataclass(frozen=True, slots=True)
class Value:
    """A meaning of an expression: what it started from, and the steps taken since."""

    target: Target
    steps: tuple[Step, ...] = ()


Values = tuple[Value, ...]
UNKNOWN = Value(Target("unknown", ""))


class Resolver:
    """Resolves expressions. Tasks and apps must be made known to it as they are found."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.tasks: dict[ast.AST, str] = {}  # function -> task id
        self.bound: dict[ast.AST, str] = {}  # function of a bound task -> task id
        self.apps: dict[ast.AST, str] = {}  # Call that makes an app -> app id
        self.outside_apps: dict[str, str] = {}  # dotted external name -> app id
        self.app_classes: set[Target] = set()
        self._depth = 0
        self._names: dict[tuple[Scope, str], Values] = {}
        self._returns: dict[Target, Values] = {}

    def forget(self) -> None:
        """Drop what was resolved before: more tasks or apps are known now."""
        self._names.clear()
        self._returns.clear()

    # -- expressions

    def values(self, node: ast.AST, module: Module) -> Values:
        """Return every meaning the expression may have; none if nothing is known of it."""
        if isinstance(node, ast.Name):
            scope = module.scopes.of_name.get(node)
            return self.name(node.id, scope, module) if scope is not None else ()
        if isinstance(node, ast.Attribute):
            return self._each(node.value, module, lambda v: self._attribute(v, node, module))
        if isinstance(node, ast.Call):
            return self._each(node.func, module, lambda v: self._called(v, node, module))
        if isinstance(node, ast.Subscript):
            return self._each(node.value, module, lambda v: self._item(v, node, module))
        if isinstance(node, ast.IfExp):
            return _merge([self._known(node.body, module), self._known(node.orelse, module)])
        if isinstance(node, ast.NamedExpr):
            return self.values(node.value, module)
        return ()

    def dotted(self, node: ast.AST, module: Module) -> tuple[str, ...]:
        """Return the dotted names of what the expression stands for, for rules to compare."""
        names = []
        for value in self.values(node, module):
            tail = "".join(step.shape for step in value.steps)
            names.append(f"{value.target.name}{tail}")
        return tuple(names)

    def _known(self, node: ast.AST, module: Module) -> Values:
        return self.values(node, module) or (UNKNOWN,)

    def _each(self, base: ast.AST, module: Module, step) -> Values:  # type: ignore[no-untyped-def]
        return _merge([step(value) for value in self.values(base, module)])

    # -- names

    def name(self, name: str, scope: Scope | None, module: Module) -> Values:
        """Return what a name stands for, seen from a scope."""
        if scope is None:
            return ()
        key = (scope, name)
        if key not in self._names:
            self._names[key] = ()  # a name that leads back to itself adds nothing
            found = scope.lookup(name)
            self._names[key] = (
                self._bindings(found, module) if found else self._starred(name, module)
            )
        return self._names[key]

    def export(self, path: str, name: str) -> Values:
        """Return what `from module import name` gives."""
        module = self.modules.get(path)
        if module is None:
            return ()
        top = module.scopes.module
        if name not in top.bindings:
            child = self.modules.child(path, name)
            if child is not None:
                return (Value(Target("module", child)),)
        return self.name(name, top, module)

    def _starred(self, name: str, module: Module) -> Values:
        if name.startswith("_"):
            return ()
        for star in module.scopes.module.stars:
            path = self.imported(star, module)
            if path is not None and path != module.path:
                values = self.export(path, name)
                if values:
                    return values
        return ()

    def _bindings(self, bindings: list[Binding], module: Module) -> Values:
        if self._depth > _DEPTH:
            return ()
        self._depth += 1
        values = [self._binding(binding, module) or (UNKNOWN,) for binding in bindings]
        self._depth -= 1
        merged = _merge(values)
        return () if merged == (UNKNOWN,) else merged

    def _binding(self, binding: Binding, module: Module) -> Values:
        if binding.kind == "import":
            return self._import(binding, module)
        if binding.kind == "from":
            return self._from(binding, module)
        if binding.kind == "assign":
            assert binding.value is not None
            return self.values(binding.value, module)
        if binding.kind == "parameter":
            return self._parameter(binding)
        if binding.kind in ("def", "class"):
            return self._definition(binding, module)
        return ()

    def _definition(self, binding: Binding, module: Module) -> Values:
        node = binding.node
        if node in self.tasks:
            return (Value(Target("task", self.tasks[node])),)
        kind = "class" if binding.kind == "class" else "function"
        if kind == "function" and node.decorator_list:  # type: ignore[attr-defined]
            return ()
        inner = module.scopes.of_node[node]
        return (Value(Target(kind, f"{module.path}::{inner.qualname}")),)

    def _parameter(self, binding: Binding) -> Values:
        task = self.bound.get(binding.node)
        if task is None:
            return ()
        arguments = binding.node.args  # type: ignore[attr-defined]
        first = (*arguments.posonlyargs, *arguments.args)[:1]
        if first and first[0].arg == binding.name:
            return (Value(Target("self", task)),)
        return ()

    # -- imports

    def imported(self, binding: Binding, module: Module) -> str | None:
        """Return the path of the module that an import statement names; None outside."""
        if binding.level:
            return self.modules.relative(binding.module, binding.level, module.path)
        return self.modules.absolute(binding.module, module.path)

    def _import(self, binding: Binding, module: Module) -> Values:
        path = self.modules.absolute(binding.module, module.path)
        if path is not None:
            return (Value(Target("module", path)),)
        return (external(binding.module),)

    def _from(self, binding: Binding, module: Module) -> Values:
        path = self.imported(binding, module)
        if path is None:
            if binding.level:
                return ()
            return self._beyond(f"{binding.module}.{binding.name}", module)
        if path == module.path:  # a package's `from . import name` inside its own __init__
            child = self.modules.child(path, binding.name)
            return (Value(Target("module", child)),) if child else ()
        return self.export(path, binding.name)

    def _beyond(self, dotted: str, module: Module) -> Values:
        """Return what a dotted name means whose first parts are no module of the project."""
        path = self.modules.absolute(dotted, module.path)  # packages without an __init__.py
        if path is not None:
            return (Value(Target("module", path)),)
        value = external(dotted)
        if value.target.name in self.outside_apps:
            return (Value(Target("app", self.outside_apps[value.target.name])),)
        return (value,)

    # -- steps

    def _attribute(self, value: Value, node: ast.Attribute, module: Module) -> Values:
        target = value.target
        if value.steps or target.kind in ("task", "app", "self"):
            return (_stepped(value, Step("attr", node.attr, module.place(node))),)
        if target.kind == "external":
            return self._beyond(f"{target.name}.{node.attr}", module)
        if target.kind == "module":
            return self.export(target.name, node.attr)
        if target.kind == "class":
            return self._class_attribute(target, node.attr)
        return ()

    def _class_attribute(self, target: Target, name: str) -> Values:
        path, _, qualname = target.name.partition("::")
        module = self.modules.get(path)
        assert module is not None  # the class was found in it
        for scope in module.scopes.of_node.values():
            if scope.qualname == qualname and name in scope.bindings:
                return self.name(name, scope, module)
        return ()

    def _called(self, value: Value, node: ast.Call, module: Module) -> Values:
        if node in self.apps:
            return (Value(Target("app", self.apps[node])),)
        target = value.target
        if not value.steps and target.kind == "function":
            return self._returned(target)
        if value.steps or target.kind in ("task", "app", "self") or is_family(target):
            step = Step("call", "", module.place(node), self.arguments(node, module))
            return (_stepped(value, step),)
        return ()

    def _returned(self, target: Target) -> Values:
        """Return what a function of the project returns, if that is an app."""
        path, _, qualname = target.name.partition("::")
        module = self.modules.get(path)
        if module is None:
            return ()
        if target not in self._returns:
            self._returns[target] = ()  # a function that returns its own result adds nothing
            node = next(n for n, s in module.scopes.of_node.items() if s.qualname == qualname)
            found = _merge([self.values(value, module) for value in _return_values(node)])
            if all(value.target.kind == "app" and not value.steps for value in found):
                self._returns[target] = found
        return self._returns[target]

    def _item(self, value: Value, node: ast.Subscript, module: Module) -> Values:
        if value.target.name == "celery.Celery" and not value.steps:
            return (value,)  # Celery[...]: a generic class, subscripted
        if value.steps or value.target.kind in ("app", "self"):
            args = (self.argument(None, "", node.slice, module),)
            return (_stepped(value, Step("item", "", module.place(node), args)),)
        return ()

    # -- arguments

    def arguments(self, node: ast.Call, module: Module) -> tuple[Arg, ...]:
        """Return the arguments of a call, in order; a `**` of a known dictionary is spread."""
        found: list[Arg] = []
        for position, value in enumerate(node.args):
            star = "*" if isinstance(value, ast.Starred) else ""
            plain = value.value if isinstance(value, ast.Starred) else value
            found.append(self.argument(None, star, plain, module, position))
        for keyword in node.keywords:
            star = "" if keyword.arg else "**"
            found.append(self.argument(keyword.arg, star, keyword.value, module))
        return tuple(found)

    def argument(
        self,
        keyword: str | None,
        star: str,
        node: ast.expr,
        module: Module,
        position: int | None = None,
    ) -> Arg:
        """Return one argument with all that is known of its value."""
        return Arg(
            keyword,
            star,
            module.place(node),
            module.code(node),
            self.literal(node, module),
            self.dotted(node, module),
            position,
        )

    def literal(self, node: ast.expr, module: Module) -> object:
        """Return the value of a literal, or of a name bound once to one; else MISSING."""
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            pass
        if not isinstance(node, ast.Name) or node not in module.scopes.of_name:
            return MISSING
        bindings = module.scopes.of_name[node].lookup(node.id)
        if len(bindings) != 1 or bindings[0].kind != "assign":
            return MISSING
        assert bindings[0].value is not None
        try:
            return ast.literal_eval(bindings[0].value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return MISSING


def external(dotted: str) -> Value:
    """Return the value of a name outside the project, under the name it goes by here."""
    return Value(Target("external", CANONICAL.get(dotted, dotted)))


def is_family(target: Target) -> bool:
    """Tell whether the target is a name of Celery's, or of a package that lives on it."""
    return target.kind == "external" and target.name.split(".")[0] in FAMILY


def _stepped(value: Value, step: Step) -> Value:
    return Value(value.target, (*value.steps, step))


def _merge(groups: list[Values]) -> Values:
    return tuple(dict.fromkeys(value for group in groups for value in group))


def _return_values(function: ast.AST) -> list[ast.expr]:
    """Return the expressions of the function's own `return` statements."""
    found: list[ast.expr] = []
    stack: list[ast.AST] = list(function.body)  # type: ignore[attr-defined]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            found.append(node.value)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))
    return found
