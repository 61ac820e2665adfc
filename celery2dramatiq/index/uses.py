"""Finds every use of a task, an app, a task's `self`, or a name of Celery's in a module."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from celery2dramatiq.index.declarations import (
    Declarations,
    enclosing_statement,
    scope_name,
)
from celery2dramatiq.index.model import ImportUse, Place, Role, Step, Target, Use
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.resolve import Resolver, Value, Values, is_family
from celery2dramatiq.index.scopes import Scope

_LAUNCHERS = ("delay", "apply_async", "s", "si", "signature", "subtask")
_NAMED_IN = ("send_task", "signature", "subtask", "Signature")
_TRUE_PLACES_IN_FSTRINGS = sys.version_info >= (3, 12)
_ROLES: tuple[tuple[type[ast.AST], str], ...] = (
    (ast.Return, "returned"),
    (ast.Yield, "returned"),
    (ast.Await, "awaited"),
    (ast.BinOp, "operand"),
    (ast.FormattedValue, "formatted"),
    (ast.List, "element"),
    (ast.Tuple, "element"),
    (ast.Set, "element"),
    (ast.Dict, "element"),
    (ast.ClassDef, "base"),
    (ast.arg, "annotation"),
    (ast.ExceptHandler, "caught"),
    (ast.Raise, "raised"),
)


@dataclass(frozen=True, slots=True)
class TaskNames:
    """By what strings and bare names a task may be meant."""

    by_string: dict[str, tuple[str, ...]]
    by_function: dict[str, tuple[str, ...]]


class UseFinder:
    """Finds the uses in one module; `names` are those of all tasks of the project."""

    def __init__(self, module: Module, found: Declarations, names: TaskNames) -> None:
        self.module = module
        self.resolver: Resolver = found.resolver
        self.found = found
        self.names = names

    def uses(self) -> Iterator[Use]:
        """Yield the uses in order of place."""
        for node in self.module.scopes.parents:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from self._string(node, node.value)
            elif _is_chain(node) and not self._is_continued(node):
                yield from self._chain(node)

    def imports(self) -> Iterator[ImportUse]:
        """Yield the names that the module imports and that matter here."""
        scopes = (self.module.scopes.module, *self.module.scopes.of_node.values())
        for scope in scopes:
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    if binding.kind in ("import", "from"):
                        yield from self._import(name, scope)
                        break

    # -- chains of attributes, calls and items

    def _is_continued(self, node: ast.AST) -> bool:
        parent = self.module.scopes.parents[node]
        return _is_chain(parent) and _base(parent) is node

    def _chain(self, node: ast.AST) -> Iterator[Use]:
        """Yield the uses of the longest beginning of a chain that means something."""
        if node in self.found.decorators or _is_binding(node):
            return
        part: ast.AST | None = node
        while part is not None and _is_chain(part):
            values = self.resolver.values(part, self.module)
            if any(_matters(value) for value in values):
                if part is not node and values[0].target.kind == "module":
                    return  # an attribute of a module that is no task
                role = self._role(part) if part is node else Role("other")
                yield from self._uses(part, values, role)
                return
            part = _base(part)
        yield from self._unknown(node)

    def _uses(self, node: ast.AST, values: Values, role: Role) -> Iterator[Use]:
        place = self.module.place(node)
        for value in values:
            if _matters(value):
                made = tuple(step for step in value.steps if not place.holds(step.place))
                steps = value.steps[len(made) :]
                yield self._use(value.target, node, role, steps, made, certain=len(values) == 1)

    def _unknown(self, node: ast.AST) -> Iterator[Use]:
        """Yield a doubtful use for `something.name.delay` where `name` is a task's."""
        part: ast.AST | None = node
        while part is not None and _is_chain(part):
            if isinstance(part, ast.Attribute) and part.attr in _LAUNCHERS:
                for task in self._perhaps(part.value):
                    step = Step("attr", part.attr, self.module.place(part))
                    target = Target("task", task)
                    yield self._use(target, node, Role("other"), (step,), (), certain=False)
                return
            part = _base(part)

    def _perhaps(self, receiver: ast.expr) -> tuple[str, ...]:
        if isinstance(receiver, ast.Attribute):
            values = self.resolver.values(receiver, self.module)
            if not values or self._may_be_here(values):
                return self.names.by_function.get(receiver.attr, ())
        if isinstance(receiver, ast.Name):
            scope = self.module.scopes.of_name[receiver]
            values = self.resolver.name(receiver.id, scope, self.module)
            if not scope.lookup(receiver.id) or self._may_be_here(values):
                return self.names.by_function.get(receiver.id, ())
        return ()

    def _may_be_here(self, values: Values) -> bool:
        """Tell whether a name from outside could be one of the project's modules after all."""
        for value in values:
            module = value.target.name.rpartition(".")[0]
            if value.target.kind == "external" and self.found.modules.may_be(module):
                return True
        return False

    # -- strings

    def _string(self, node: ast.Constant, text: str) -> Iterator[Use]:
        tasks = self.names.by_string.get(text, ())
        if not tasks and "." in text:
            start = text.rpartition(".")[0]
            tasks = self.names.by_string.get(start, ()) if "." in start else ()
        if not tasks or ("." not in text and not self._names_a_task(node)):
            return
        parents = self.module.scopes.parents
        if parents.get(parents[node]) in self.found.decorators:
            return  # `name=` of the declaration itself
        around = self._role(node)
        value = self.resolver.argument(None, "", node, self.module)
        role = Role("string", around.detail, value, around.index, around.keyword)
        for task in tasks:
            yield self._use(Target("task", task), node, role, (), (), certain=len(tasks) == 1)

    def _names_a_task(self, node: ast.Constant) -> bool:
        parent = self.module.scopes.parents[node]
        if isinstance(parent, ast.Dict):
            pairs = zip(parent.keys, parent.values, strict=True)
            return any(
                value is node and isinstance(key, ast.Constant) and key.value == "task"
                for key, value in pairs
            )
        if isinstance(parent, ast.Call) and node in parent.args[:1]:
            function = parent.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            return name in _NAMED_IN
        return isinstance(parent, ast.Subscript)

    # -- what is around a use

    def _use(
        self,
        target: Target,
        node: ast.AST,
        role: Role,
        steps: tuple[Step, ...],
        made: tuple[Step, ...],
        *,
        certain: bool,
    ) -> Use:
        statement = enclosing_statement(node, self.module)
        return Use(
            target=target,
            place=self.module.place(node),
            statement=self.module.place(statement),
            role=role,
            steps=steps,
            made=made,
            owner=self._owner(node),
            scope=scope_name(node, self.module),
            certain=certain,
            test=self.module.test,
            misplaced=self._misplaced(node),
            guard=self._guard(statement),
        )

    def _owner(self, node: ast.AST) -> str | None:
        parents = self.module.scopes.parents
        child, parent = node, parents.get(node)
        while parent is not None:
            task = self.resolver.tasks.get(parent)
            if task is not None and child in parent.body:  # type: ignore[attr-defined]
                return task
            child, parent = parent, parents.get(parent)
        return None

    def _misplaced(self, node: ast.AST) -> bool:
        if _TRUE_PLACES_IN_FSTRINGS:
            return False
        parent: ast.AST | None = node
        while parent is not None and not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.JoinedStr):
                return True
            parent = self.module.scopes.parents.get(parent)
        return False

    def _guard(self, statement: ast.AST) -> Place | None:
        parent: ast.AST | None = statement
        while parent is not None:
            if isinstance(parent, ast.If) and "__main__" in self.module.code(parent.test):
                return self.module.place(parent)
            parent = self.module.scopes.parents.get(parent)
        return None

    # -- roles

    def _role(self, node: ast.AST) -> Role:
        parent = self.module.scopes.parents[node]
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return self._stored(node, parent)
        if isinstance(parent, ast.Expr):
            return Role("discarded")
        if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
            return self._assigned(node, parent)
        if isinstance(parent, (ast.Call, ast.keyword, ast.Starred)):
            return self._argument(node, parent)
        if isinstance(parent, ast.Lambda):
            return self._lambda(parent)
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return self._of_definition(node, parent)
        return Role(next((name for kind, name in _ROLES if isinstance(parent, kind)), "other"))

    def _stored(self, node: ast.AST, parent: ast.AST) -> Role:
        if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
            value = self.resolver.argument(None, "", parent.value, self.module)
            return Role("stored", value=value)
        if isinstance(parent, ast.AnnAssign) and parent.value is not None:
            value = self.resolver.argument(None, "", parent.value, self.module)
            return Role("stored", value=value)
        return Role("stored")

    def _assigned(
        self, node: ast.AST, parent: ast.Assign | ast.AnnAssign | ast.NamedExpr
    ) -> Role:
        if isinstance(parent, ast.AnnAssign) and node is parent.annotation:
            return Role("annotation")
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        if node in targets:
            return Role("other")
        if all(isinstance(target, ast.Name) for target in targets):
            first = targets[0]
            assert isinstance(first, ast.Name)
            return Role("assigned", detail=first.id)
        return Role("other")

    def _argument(self, node: ast.AST, parent: ast.AST) -> Role:
        keyword = None
        if isinstance(parent, ast.Starred):
            return Role("other")
        if isinstance(parent, ast.keyword):
            keyword = parent.arg
            parent = self.module.scopes.parents[parent]
        if not isinstance(parent, ast.Call):
            return Role("other")  # a class keyword
        index = parent.args.index(node) if node in parent.args else None  # type: ignore[arg-type]
        following = None
        if index == 0 and len(parent.args) > 1:  # getattr(module, "name"), patch.object(...)
            following = self.resolver.argument(None, "", parent.args[1], self.module)
        return Role("argument", self._callee(parent), following, index, keyword)

    def _callee(self, call: ast.Call) -> str:
        names = self.resolver.dotted(call.func, self.module)
        return names[0] if len(names) == 1 else self.module.code(call.func)

    def _lambda(self, node: ast.Lambda) -> Role:
        around = self._role(node)
        return Role("lambda", around.detail if around.kind == "argument" else "")

    def _of_definition(self, node: ast.AST, parent: ast.AST) -> Role:
        if node in parent.decorator_list:  # type: ignore[attr-defined]
            return Role("decorator", detail=parent.name)  # type: ignore[attr-defined]
        if isinstance(parent, ast.ClassDef):
            return Role("base", detail=parent.name)
        return Role("annotation")

    # -- imports

    def _import(self, name: str, scope: Scope) -> Iterator[ImportUse]:
        values = self.resolver.name(name, scope, self.module)
        for binding in scope.bindings[name]:
            for value in values:
                if binding.kind in ("import", "from") and _matters(value) and not value.steps:
                    yield ImportUse(
                        self.module.path,
                        name,
                        value.target,
                        binding.module,
                        binding.level,
                        binding.name,
                        scope.qualname,
                        self.module.place(binding.node),
                        self.resolver.imported(binding, self.module),
                    )


def _matters(value: Value) -> bool:
    return value.target.kind in ("task", "app", "self", "module") or is_family(value.target)


def _is_binding(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def _is_chain(node: ast.AST) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))


def _base(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.Call):
        return node.func
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return node.value
    return None
