"""Finds the apps and the tasks that a module declares."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from celery2dramatiq.index import called, kept, registered
from celery2dramatiq.index.arguments import arguments
from celery2dramatiq.index.model import MISSING, App, Arg, Parameter, Place, Target, Task
from celery2dramatiq.index.model import Function as GivenFunction
from celery2dramatiq.index.modules import Module, Modules
from celery2dramatiq.index.names import CURRENT_APP, DECORATORS, looks_like_an_app
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.opaque import OpaqueFinder
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.scopes import LINKS, Scope, under
from celery2dramatiq.index.values import CELERY_APP, Value, Values
from celery2dramatiq.index.wrappers import WrapperFinder, Wrapping


@dataclass(slots=True)
class _Candidates:
    """What of a module may still turn out to be an app or a task."""

    classes: list[ast.ClassDef]
    calls: list[ast.Call]
    functions: list[Function]
    made: list[called.Call]


class Declarations:
    """Every app and task found so far. `scan` may be called again when more is parsed."""

    def __init__(
        self, modules: Modules, resolver: Resolver, outside: frozenset[str] = frozenset()
    ) -> None:
        self.modules = modules
        self.outside = outside  # dotted names of decorators outside the project
        self.resolver = resolver
        self.apps: dict[str, App] = {}
        self.tasks: dict[str, Task] = {}
        self.decorators: set[ast.AST] = set()  # the expressions that declare tasks
        self.functions: dict[str, Function] = {}
        self.nameless: set[str] = set()  # ids of tasks that no name stands for
        self.wrappers: dict[str, Wrapping] = {}  # those that declare tasks
        self.wrapped: set[Place] = set()  # what comes to be the task in them
        self._open: dict[str, _Candidates] = {}

    @property
    def count(self) -> int:
        """How much is known: it grows with every find."""
        return len(self.apps) + len(self.tasks) + len(self.resolver.app_classes)

    def scan(self) -> None:
        """Add what all parsed modules declare. An app may come to light by another one's class."""
        for module in self.modules.all_parsed():
            if module.path not in self._open:
                self._open[module.path] = _candidates(module)
        known = -1
        while known < self.count:
            known = self.count
            self.resolver.forget()
            for module in self.modules.all_parsed():
                self._apps_of(module)
        for module in self.modules.all_parsed():
            self._tasks_of(module)
        self.resolver.forget()

    def _stays_open(self, values: Values) -> bool:
        """Tell whether more may come to be known of what an expression means."""
        return any(value.target.kind in ("unread", "class", "function") for value in values)

    # -- apps

    def _apps_of(self, module: Module) -> None:
        """Add the apps, and the classes of apps, that the module makes."""
        candidates = self._open[module.path]
        candidates.classes = [one for one in candidates.classes if self._app_class(one, module)]
        candidates.calls = [call for call in candidates.calls if self._app(call, module)]

    def _app_class(self, node: ast.ClassDef, module: Module) -> bool:
        """Note a class of apps; tell whether the class must be looked at again."""
        name = f"{module.path}::{module.scopes.of_node[node].qualname}"
        bases = [self.resolver.values(base, module) for base in node.bases]
        if any(self._makes_app(value) for values in bases for value in values):
            self.resolver.app_classes.add(Target("class", name))
            return False
        return any(map(self._stays_open, bases))

    def _makes_app(self, value: Value) -> bool:
        known = value.target == CELERY_APP or value.target in self.resolver.app_classes
        return known and not value.steps

    def _app(self, node: ast.Call, module: Module) -> bool:
        """Add an app; tell whether the call must be looked at again."""
        values = self.resolver.values(node.func, module)
        makers = [value for value in values if self._makes_app(value)]
        if not makers:
            return self._stays_open(values)
        place = module.place(node)
        statement = enclosing_statement(node, module)
        app_id = f"{module.path}::{place.start}"
        self.resolver.apps[node] = app_id
        own_class = any(maker.target.kind == "class" for maker in makers)
        self.apps[app_id] = App(
            id=app_id,
            variable=_variable(statement, node),
            path=module.path,
            module="",
            scope=scope_name(node, module),
            place=place,
            statement=module.place(statement),
            args=arguments(node, module, self.resolver.dotted),
            kind="subclass" if own_class else "Celery",
            certain=len(values) == 1,
            test=module.test,
        )
        return False

    def _outside_app(self, dotted: str, node: ast.AST, module: Module) -> str:
        app_id = f"outside::{dotted}"
        self.resolver.outside_apps[dotted] = app_id
        place = module.place(node)
        app = App(app_id, dotted, module.path, "", "", place, place, kind="external")
        self.apps.setdefault(app_id, app)
        return app_id

    # -- tasks

    def _tasks_of(self, module: Module) -> None:
        """Add the tasks that the module declares."""
        candidates = self._open[module.path]
        candidates.functions = [one for one in candidates.functions if self._task(one, module)]
        candidates.made = [one for one in candidates.made if self._called_task(one, module)]

    def _task(self, node: Function, module: Module) -> bool:
        """Add a task; tell whether the function must be looked at again."""
        again = False
        for position, decorator in enumerate(node.decorator_list):
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            declared = self._declares(plain, module)
            if module.place(decorator) in self.wrapped:
                return False
            if declared is not None:
                self._add(node, position, declared, module)
                return False
            wrapping = self.wrapping(plain, isinstance(decorator, ast.Call), module)
            if wrapping is not None:
                self._add(node, position, (wrapping.app, wrapping.certain), module, wrapping)
                return False
            again = again or self._stays_open(self.resolver.values(plain, module))
        return again

    def wrapping(self, plain: ast.expr, called: bool, module: Module) -> Wrapping | None:
        """Return the wrapper that a decorator is, if it is used as it has to be."""
        values = self.resolver.values(plain, module)
        for value in values if len(values) == 1 else ():
            found = self.wrapper(value.target) if not value.shape else self._kept(value, plain)
            if found is not None:
                return found if found.called in (None, called) else None
        return OpaqueFinder(module, self.resolver, self._declares).find(plain)

    def _kept(self, value: Value, plain: ast.expr) -> Wrapping | None:
        """Return Celery's decorator with its options, if that is what a name stands for."""
        found = kept.decorator_of(value)
        home = self.modules.parsed(found[1].place.path) if found is not None else None
        if found is None or home is None:
            return None
        declared = self._declared_by(found[0], plain, home)
        return kept.wrapping(found[1], declared, home) if declared is not None else None

    def wrapper(self, target: Target) -> Wrapping | None:
        """Return the wrapper of that name, if it is one."""
        found = list(self.resolver.definitions.scopes(target))
        if target.kind != "function" or len(found) != 1:
            return None
        scope, home = found[0]
        return WrapperFinder(home, self.resolver, self._declares).find(scope.node)

    def _note_wrapper(self, wrapping: Wrapping) -> None:
        """Note a wrapper that declares tasks: what it calls is no task itself."""
        if wrapping.wrapper.id in self.wrappers:
            return
        self.wrappers[wrapping.wrapper.id] = wrapping
        home = self.modules.parsed(wrapping.wrapper.path)
        assert home is not None  # the wrapper was found in it
        for node in wrapping.nodes:
            self.wrapped.add(home.place(node))
            inner = home.scopes.parents[node]
            task = self.resolver.tasks.pop(inner, None)
            self.resolver.bound.pop(inner, None)
            if task is not None:
                del self.tasks[task]

    def _declares(self, plain: ast.expr, module: Module) -> tuple[str | None, bool] | None:
        """Return the app (None: whichever is current) and whether that is certain."""
        values = self.resolver.values(plain, module)
        for value in values:
            found = self._declared_by(value, plain, module)
            if found is not None:
                return found[0], len(values) == 1
            if self._may_declare(value, module):
                return None, False
        return None

    def _declared_by(
        self, value: Value, plain: ast.expr, module: Module
    ) -> tuple[str | None] | None:
        target = value.target
        if target.kind == "app" and value.shape == ".task":
            return (target.name,)
        if value.shape == "().task" and (target == CELERY_APP or target.name in CURRENT_APP):
            return (None,)  # of a parameter that is annotated as an app, or the current app
        if target.kind != "external" or value.steps:
            return None
        if target.name in DECORATORS or target.name in self.outside:
            return (None,)
        app, _, attribute = target.name.rpartition(".")
        if attribute == "task" and looks_like_an_app(app):
            return (self._outside_app(app, plain, module),)
        return None

    def _may_declare(self, value: Value, module: Module) -> bool:
        """Tell whether `@app.task` may be Celery's, with an app from outside of another name."""
        start, _, name = value.target.name.rpartition(".")
        outside = value.target.kind == "external" and not value.steps
        app = start.rpartition(".")[2] == "app"
        return outside and app and name == "task" and b"celery" in module.data.lower()

    def _add(
        self,
        node: Function,
        position: int,
        declared: tuple[str | None, bool],
        module: Module,
        wrapping: Wrapping | None = None,
    ) -> None:
        if wrapping is not None:
            self._note_wrapper(wrapping)
        decorator = node.decorator_list[position]
        options: tuple[Arg, ...] = ()
        if isinstance(decorator, ast.Call):
            options = spread(arguments(decorator, module, self.resolver.dotted))
        plain = decorator.func if isinstance(decorator, ast.Call) else decorator
        wrapper = self._wrapper_id(plain, wrapping, module)
        if wrapping is not None:
            options = (*options, *wrapping.wrapper.options)
        scope = module.scopes.of_node[node]
        assert scope.parent is not None  # a function stands in something
        task_id = self._new_id(f"{module.path}::{scope.qualname}")
        bound = _is_bound(options)
        self.resolver.tasks[node] = task_id
        if bound:
            self.resolver.bound[node] = task_id
        self.decorators.add(decorator)
        self.functions[task_id] = node
        self.tasks[task_id] = Task(
            id=task_id,
            name=None,
            function=node.name,
            qualname=scope.qualname,
            path=module.path,
            module="",
            place=module.place(node),
            decorator=module.place(decorator),
            body=module.place(node.body[0]),
            options=options,
            called=isinstance(decorator, ast.Call),
            parameters=tuple(_parameters(node, module)),
            above=tuple(module.code(d) for d in node.decorator_list[:position]),
            below=tuple(module.code(d) for d in node.decorator_list[position + 1 :]),
            app=declared[0],
            declared_by=module.code(plain),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            bound=bound,
            nested="" if scope.parent.kind == "module" else scope.parent.kind,
            test=module.test,
            locals=frozenset(module.scopes.of_node[node].bindings),
            certain=declared[1],
            wrapper=wrapper,
        )

    def _called_task(self, call: called.Call, module: Module) -> bool:
        """Add a task that a call makes; tell whether the call must be looked at again."""
        declared = self._declares(call.plain, module)
        if declared is None:
            return self._registered_task(call, module)
        args = arguments(call.printed, module, self.resolver.dotted)
        options = spread(args[int(call.given) :])
        self._open_modules_of(call.function, module)
        found = called.function_of(call.function, module, self.resolver)
        given = _given(call, found)
        function = call.variable or given.name
        task_id = self._new_id(f"{module.path}::{function}")
        if not call.variable:
            self.nameless.add(task_id)
        self.resolver.tasks[call.whole] = task_id
        self.decorators.update((call.whole, call.printed))
        self.tasks[task_id] = Task(
            id=task_id,
            name=None,
            function=function,
            qualname=function,
            path=module.path,
            module="",
            place=module.place(call.statement),
            decorator=module.place(call.printed),
            body=module.place(call.function),
            options=options,
            called=True,
            parameters=(),
            app=declared[0],
            declared_by=module.code(call.plain),
            is_async=found is not None and isinstance(found[0], ast.AsyncFunctionDef),
            test=module.test,
            certain=declared[1],
            bound=_is_bound(options),
            called_with=given,
        )
        return False

    def _registered_task(self, call: called.Call, module: Module) -> bool:
        """Add a task that is an instance of a class; tell whether the call is to be looked at."""
        values = self.resolver.values(call.plain, module)
        if any(value.target.kind == "app" for value in values):
            node = call.function
            self._open_modules_of(node.func if isinstance(node, ast.Call) else node, module)
        found = registered.read(call, module, self.resolver)
        if found is None:
            return self._stays_open(values)
        function = call.variable or found.node.name
        task_id = self._new_id(f"{module.path}::{function}")
        if not call.variable:
            self.nameless.add(task_id)
        self.resolver.tasks[call.whole] = task_id
        self.resolver.registered[found.target] = task_id
        self.resolver.bound.update(dict.fromkeys(found.methods(), task_id))
        self.decorators.update((call.whole, call.function))
        self.tasks[task_id] = Task(
            id=task_id,
            name=None,
            function=function,
            qualname=function,
            path=module.path,
            module="",
            place=module.place(call.statement),
            decorator=module.place(call.whole),
            body=module.place(call.function),
            options=found.options(self.resolver),
            called=True,
            parameters=(),
            app=found.app,
            declared_by=module.code(call.plain),
            is_async=isinstance(found.run, ast.AsyncFunctionDef),
            test=module.test,
            locals=found.names(),
            called_with=GivenFunction(found.home.path, found.node.name, given=True),
            instance=found.instance(module),
        )
        return False

    def _open_modules_of(self, node: ast.expr, module: Module) -> None:
        """Parse the modules that a function comes from: they need not mention Celery."""
        while True:
            values = self.resolver.values(node, module)
            unread = [value.target.name for value in values if value.target.kind == "unread"]
            if not unread:
                return
            for name in unread:
                self.modules.get(name.partition("::")[0])
            self.resolver.forget()

    def _wrapper_id(self, plain: ast.expr, wrapping: Wrapping | None, module: Module) -> str:
        if wrapping is not None:
            return wrapping.wrapper.id
        names = self.resolver.dotted(plain, module)
        return next((name for name in names if name in self.outside), "")

    def _new_id(self, plain: str) -> str:
        count = 1
        while (found := plain if count == 1 else f"{plain}#{count}") in self.tasks:
            count += 1
        return found

    def is_only(self, task: Task) -> bool:
        """Tell whether the task's name stands for nothing else where it is declared."""
        module = self.modules.parsed(task.path)
        assert module is not None  # the task was found in it
        if task.id in self.nameless:
            return True
        scope: Scope | None = module.scopes.module
        if task.id in self.functions:
            scope = module.scopes.of_node[self.functions[task.id]].parent
        assert scope is not None  # a function stands in something
        values = self.resolver.name(task.function, scope, module)
        own = Target("class", task.instance.of) if task.instance is not None else None
        left = tuple(value for value in values if value.target != own)  # `Work` was the class
        return left == (Value(Target("task", task.id)),)


def _candidates(module: Module) -> _Candidates:
    nodes = list(module.scopes.of_node)
    return _Candidates(
        [node for node in nodes if isinstance(node, ast.ClassDef) and node.bases],
        [call for call in module.scopes.calls if isinstance(call.func, (ast.Name, *LINKS))],
        [node for node in nodes if isinstance(node, Function) and node.decorator_list],
        called.calls_of(module),
    )


def _given(call: called.Call, found: tuple[Function, Module] | None) -> GivenFunction:
    if found is None:
        return GivenFunction("", "", call.given)
    return GivenFunction(found[1].path, found[0].name, call.given)


def _is_bound(options: tuple[Arg, ...]) -> bool:
    return any(
        arg.keyword == "bind" and arg.literal is not MISSING and bool(arg.literal)
        for arg in options
    )


def spread(options: tuple[Arg, ...]) -> tuple[Arg, ...]:
    """Return the options with those of a `**` dictionary that is known written out."""
    found: list[Arg] = []
    for arg in options:
        if arg.star == "**" and isinstance(arg.literal, dict):
            for name, value in arg.literal.items():
                found.append(Arg(str(name), "", arg.place, repr(value), value, spread=True))
        elif arg.star == "**" and arg.items:
            found.extend(arg.items)
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
    if task.called_with is not None:
        return f"{module}.{task.called_with.name}" if task.called_with.name else None
    return f"{module}.{task.function}"


def scope_name(node: ast.AST, module: Module) -> str:
    """Return the qualified name of the function or class in which a chain or a string stands."""
    return scope_of(node, module).named().qualname


def scope_of(node: ast.AST, module: Module) -> Scope:
    """Return the scope in which a chain or a string stands."""
    while (below := under(node)) is not None:
        node = below
    if isinstance(node, ast.Constant):
        return module.scopes.strings[node]
    return module.scopes.bases[node]


def enclosing_statement(node: ast.AST, module: Module) -> ast.stmt:
    """Return the innermost statement around an expression."""
    while not isinstance(node, ast.stmt):
        node = module.scopes.parents[node]
    return node


def _variable(statement: ast.stmt, call: ast.Call) -> str:
    """Return the one name that a statement gives to a call's value."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign) and statement.value is call:
        targets = statement.targets
    if isinstance(statement, ast.AnnAssign) and statement.value is call:
        targets = [statement.target]
    if len(targets) == 1 and isinstance(targets[0], ast.Name):
        return targets[0].id
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
