"""Finds the apps and the tasks that a module declares."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from celery2dramatiq.index.model import App, Arg, Parameter, Target, Task
from celery2dramatiq.index.modules import Module, Modules
from celery2dramatiq.index.resolve import DECORATORS, Resolver, Values

_APP_NAMES = ("celery", "celery_app", "celeryapp", "app")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Declarations:
    """Every app and task found so far. `scan` may be called again when more is known."""

    def __init__(self, modules: Modules, resolver: Resolver) -> None:
        self.modules = modules
        self.resolver = resolver
        self.apps: dict[str, App] = {}
        self.tasks: dict[str, Task] = {}
        self.decorators: set[ast.AST] = set()  # the expressions that declare tasks
        self.functions: dict[str, Function] = {}

    def scan(self, module: Module) -> None:
        """Add what the module declares and was not known before."""
        for node, scope in list(module.scopes.of_node.items()):
            if isinstance(node, ast.ClassDef):
                self._app_class(node, f"{module.path}::{scope.qualname}", module)
        for node in module.scopes.parents:
            if isinstance(node, ast.Call) and node not in self.resolver.apps:
                self._app(node, module)
        for node, scope in list(module.scopes.of_node.items()):
            if not isinstance(node, (ast.ClassDef, ast.Lambda)):
                assert isinstance(node, Function)
                self._task(node, scope.qualname, module)

    # -- apps

    def _app_class(self, node: ast.ClassDef, name: str, module: Module) -> None:
        for base in node.bases:
            if any(self._makes_app(self.resolver.values(base, module))):
                self.resolver.app_classes.add(Target("class", name))

    def _makes_app(self, values: Values) -> Iterator[bool]:
        for value in values:
            if not value.steps:
                yield value.target == Target("external", "celery.Celery")
                yield value.target in self.resolver.app_classes

    def _app(self, node: ast.Call, module: Module) -> None:
        if not isinstance(node.func, (ast.Name, ast.Attribute, ast.Subscript)):
            return
        values = self.resolver.values(node.func, module)
        if not any(self._makes_app(values)):
            return
        place = module.place(node)
        statement = enclosing_statement(node, module)
        app_id = f"{module.path}::{place.start}"
        self.resolver.apps[node] = app_id
        own_class = values[0].target.kind == "class"
        self.apps[app_id] = App(
            id=app_id,
            variable=_variable(statement, node),
            path=module.path,
            module=self.modules.name(module.path)[0],
            scope=scope_name(node, module),
            place=place,
            statement=module.place(statement),
            args=self.resolver.arguments(node, module),
            kind="subclass" if own_class else "Celery",
            certain=len(values) == 1,
            test=module.test,
        )

    def _outside_app(self, dotted: str, node: ast.AST, module: Module) -> str:
        app_id = f"outside::{dotted}"
        self.resolver.outside_apps[dotted] = app_id
        place = module.place(node)
        self.apps.setdefault(
            app_id,
            App(app_id, dotted, module.path, "", "", place, place, kind="external"),
        )
        return app_id

    # -- tasks

    def _task(self, node: Function, qualname: str, module: Module) -> None:
        if node in self.resolver.tasks:
            return
        for position, decorator in enumerate(node.decorator_list):
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            declared = self._declares(plain, module)
            if declared is not None:
                self._add(node, qualname, position, declared, module)
                return

    def _declares(self, plain: ast.expr, module: Module) -> tuple[str | None, bool] | None:
        """Return the app (None: whichever is current) and whether that is certain."""
        values = self.resolver.values(plain, module)
        for value in values:
            shape = "".join(step.shape for step in value.steps)
            target = value.target
            if target.kind == "external" and not value.steps:
                if target.name in DECORATORS or target.name == "celery.current_app.task":
                    return None, len(values) == 1
                app, _, attribute = target.name.rpartition(".")
                if attribute == "task" and _looks_like_an_app(app):
                    return self._outside_app(app, plain, module), len(values) == 1
            if target.kind == "app" and shape == ".task":
                return target.name, len(values) == 1
        return None

    def _add(
        self,
        node: Function,
        qualname: str,
        position: int,
        declared: tuple[str | None, bool],
        module: Module,
    ) -> None:
        decorator = node.decorator_list[position]
        options: tuple[Arg, ...] = ()
        if isinstance(decorator, ast.Call):
            options = self.resolver.arguments(decorator, module)
        plain = decorator.func if isinstance(decorator, ast.Call) else decorator
        task_id = f"{module.path}::{qualname}"
        again = task_id in self.tasks
        self.resolver.tasks[node] = task_id
        bound = any(arg.keyword == "bind" and arg.literal is True for arg in spread(options))
        if bound:
            self.resolver.bound[node] = task_id
        self.decorators.update((decorator, plain))
        self.functions[task_id] = node
        scope = module.scopes.of_node[node].parent
        rebound = scope is not None and len(scope.bindings.get(node.name, ())) > 1
        self.tasks[task_id] = Task(
            id=task_id,
            name=None,
            function=node.name,
            qualname=qualname,
            path=module.path,
            module="",
            place=module.place(node),
            decorator=module.place(decorator),
            body=module.place(node.body[0]),
            options=spread(options),
            called=isinstance(decorator, ast.Call),
            parameters=tuple(_parameters(node, module)),
            above=tuple(module.code(d) for d in node.decorator_list[:position]),
            below=tuple(module.code(d) for d in node.decorator_list[position + 1 :]),
            app=declared[0],
            declared_by=module.code(plain),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            bound=bound,
            nested=_nested(scope.kind if scope is not None else "module"),
            test=module.test,
            certain=declared[1] and not rebound and not again,
        )


def spread(options: tuple[Arg, ...]) -> tuple[Arg, ...]:
    """Return the options with those of a `**` dictionary that is known written out."""
    found: list[Arg] = []
    for arg in options:
        if arg.star == "**" and isinstance(arg.literal, dict):
            for name, value in arg.literal.items():
                found.append(Arg(str(name), "", arg.place, repr(value), value, spread=True))
        else:
            found.append(arg)
    return tuple(found)


def task_name(task: Task, module: str) -> str | None:
    """Return Celery's name of a task (celery/utils/imports.py: gen_task_name)."""
    given = task.option("name")
    if given is not None:
        return given.literal if isinstance(given.literal, str) else None
    if any(arg.star == "**" for arg in task.options):
        return None
    return f"{module}.{task.function}"


def scope_name(node: ast.AST, module: Module) -> str:
    """Return the qualified name of the function or class in which the node stands."""
    parents = module.scopes.parents
    child, parent = node, parents.get(node)
    while parent is not None:
        scope = module.scopes.of_node.get(parent)
        if scope is not None and _in_body(child, parent):
            return scope.qualname
        child, parent = parent, parents.get(parent)
    return ""


def enclosing_statement(node: ast.AST, module: Module) -> ast.stmt:
    """Return the innermost statement around an expression."""
    while not isinstance(node, ast.stmt):
        node = module.scopes.parents[node]
    return node


def _in_body(child: ast.AST, parent: ast.AST) -> bool:
    body = getattr(parent, "body", None)
    return child in body if isinstance(body, list) else child is body


def _nested(kind: str) -> str:
    return "" if kind == "module" else kind


def _looks_like_an_app(dotted: str) -> bool:
    """Tell whether a name from outside the project is a Celery app, by its own words."""
    parts = dotted.split(".")
    return (
        len(parts) > 1
        and parts[0] != "celery"
        and parts[-1] in _APP_NAMES
        and any("celery" in part for part in parts)
    )


def _variable(statement: ast.stmt, call: ast.Call) -> str:
    if isinstance(statement, ast.Assign) and statement.value is call:
        targets = statement.targets
        if len(targets) == 1 and isinstance(targets[0], ast.Name):
            return targets[0].id
    if isinstance(statement, ast.AnnAssign) and statement.value is call:
        return statement.target.id if isinstance(statement.target, ast.Name) else ""
    return ""


def _parameters(node: Function, module: Module) -> Iterator[Parameter]:
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    first_default = len(plain) - len(arguments.defaults)
    for position, arg in enumerate(plain):
        kind = "positional" if position < len(arguments.posonlyargs) else "plain"
        yield _parameter(arg, kind, position >= first_default, module)
    if arguments.vararg is not None:
        yield _parameter(arguments.vararg, "*", False, module)
    for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(arg, "keyword", default is not None, module)
    if arguments.kwarg is not None:
        yield _parameter(arguments.kwarg, "**", False, module)


def _parameter(arg: ast.arg, kind: str, default: bool, module: Module) -> Parameter:
    annotation = module.code(arg.annotation) if arg.annotation is not None else ""
    return Parameter(arg.arg, kind, default, annotation, module.place(arg))
