"""The project's own classes of tasks: what they are derived from, and what they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from celery2dramatiq.index.class_body import OPTIONS, attributes, code_of
from celery2dramatiq.index.declarations import Declarations
from celery2dramatiq.index.model import Arg, Target, Task, TaskClass
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.names import TASK
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.reads import HANDED_ON, reads
from celery2dramatiq.index.values import Value


class TaskClassFinder:
    """Finds the classes; asked once everything is parsed."""

    def __init__(self, found: Declarations) -> None:
        self.found = found
        self.resolver = found.resolver
        self.classes: dict[str, TaskClass] = {}

    def find(self) -> dict[str, TaskClass]:
        """Return the classes that are derived from Celery's Task, by id."""
        for module in self.found.modules.all_parsed():
            for scopes in list(module.scopes.named.values()):
                for scope in scopes:
                    if isinstance(scope.node, ast.ClassDef):
                        self._add(scope.node, f"{module.path}::{scope.qualname}", module)
        return self.classes

    def _add(self, node: ast.ClassDef, id_: str, module: Module) -> None:
        bases = [self._bases(base, module) for base in node.bases]
        if not any(bases):
            return
        certain = len(module.scopes.named[id_.partition("::")[2]]) == 1
        problem = "" if certain else "it is defined more than once"
        if node.keywords or node.decorator_list:
            problem = "its class has a decorator or a metaclass"
        self.classes[id_] = TaskClass(
            id=id_,
            name=node.name,
            path=module.path,
            place=module.place(node),
            bases=tuple(id_ for base in bases for id_ in base if id_ != TASK),
            attributes=tuple(attributes(node, module, self.resolver.dotted)),
            methods=tuple(one.name for one in node.body if isinstance(one, Function)),
            uses=tuple(sorted({use for one in node.body for use in _uses(one)})),
            nested=module.scopes.of_node[node].parent is not module.scopes.module,
            problem=problem or ("" if all(bases) else "it has another base beside"),
        )

    def _bases(self, base: ast.expr, module: Module) -> tuple[str, ...]:
        """Return the classes of tasks that a base stands for, `TASK` for Celery's own."""
        return tuple(filter(None, map(self._class_of, self.resolver.values(base, module))))

    def _class_of(self, value: Value) -> str:
        target = value.target
        if target == Target("external", TASK) and not value.shape:
            return TASK
        if target.kind == "app" and value.shape == ".Task":
            return TASK
        if target.kind != "class" or value.shape:
            return ""
        above = self.resolver.definitions.ancestors(target)
        return target.name if any(self._class_of(one) for one in above) else ""

    # -- the tasks

    def with_class(self, task: Task) -> Task:
        """Return the task with its class, and the options that this gives."""
        given = task.option("base")
        node = self._base_of(task) if given is not None else None
        home = self.found.modules.parsed(task.path)
        values = self.resolver.values(node, home) if node is not None and home is not None else ()
        if given is None or len(values) != 1 or values[0].target.kind != "class":
            return task
        target = values[0].target
        if target.name not in self.classes:
            outside = self.resolver.definitions.ancestors(target)
            return replace(task, base=outside[0].target.name if outside else "")
        own = {arg.keyword for arg in task.options}
        options = inherited(target.name, given, self.classes)
        return replace(
            task,
            base=target.name,
            options=(*task.options, *(arg for arg in options if arg.keyword not in own)),
        )

    def _base_of(self, task: Task) -> ast.expr | None:
        """Return the expression of the option `base`, if it stands at the decorator."""
        function = self.found.functions.get(task.id)
        for decorator in function.decorator_list if function is not None else ():
            if isinstance(decorator, ast.Call) and decorator in self.found.decorators:
                return next((w.value for w in decorator.keywords if w.arg == "base"), None)
        return None


def ancestry(id_: str, classes: Mapping[str, TaskClass]) -> list[TaskClass]:
    """Return a class and those of the project that it is derived from, the nearest first."""
    found: dict[str, TaskClass] = {}
    waiting = [id_]
    while waiting:
        one = waiting.pop(0)
        if one in classes and one not in found:
            found[one] = classes[one]
            waiting += classes[one].bases
    return list(found.values())


def inherited(id_: str, given: Arg, classes: Mapping[str, TaskClass]) -> Iterator[Arg]:
    """Yield the options that a class gives to its tasks. given: the option `base`."""
    seen: set[str] = set()
    for one in ancestry(id_, classes):
        for arg in one.attributes:
            name = str(arg.keyword)
            if name in OPTIONS and name not in seen:
                seen.add(name)
                yield replace(arg, code=code_of(arg, given.code), place=given.place, spread=True)


def _uses(node: ast.stmt) -> Iterator[str]:
    """Yield what a method does with its first parameter; `HANDED_ON` of one without any."""
    if not isinstance(node, Function):
        return
    plain = [*node.args.posonlyargs, *node.args.args]
    static = any(ast.unparse(one) in ("staticmethod", "classmethod") for one in node.decorator_list)
    if static:
        return
    yield from reads(node, plain[0].arg) if plain else (HANDED_ON,)
