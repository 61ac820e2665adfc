"""Finds every use of a task, an app, a task's `self`, or a name of Celery's in a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from celery2dramatiq.index.arguments import argument, arguments
from celery2dramatiq.index.asked import asked
from celery2dramatiq.index.declarations import Declarations, enclosing_statement, scope_of
from celery2dramatiq.index.mocks import API, MOCK
from celery2dramatiq.index.model import Arg, ImportUse, Place, Role, Step, Target, Use
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.names import matters
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.roles import Roles
from celery2dramatiq.index.scopes import TRIES, Binding, Scope, under
from celery2dramatiq.index.strings import TaskNames, meant
from celery2dramatiq.index.values import Values

LAUNCHERS = frozenset(
    [
        "delay",
        "apply_async",
        "apply",
        "s",
        "si",
        "signature",
        "subtask",
        "chunks",
        "starmap",
        "delay_on_commit",
        "apply_async_on_commit",
    ]
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class UseFinder:
    """Finds the uses in one module; `names` are those of all tasks of the project."""

    def __init__(self, module: Module, found: Declarations, names: TaskNames) -> None:
        self.module = module
        self.resolver: Resolver = found.resolver
        self.found = found
        self.names = names
        self.parents = module.scopes.parents
        self.roles = Roles(module, found.resolver)
        self.guarded = b"__main__" in module.data
        self.standing_in: set[ast.AST] = set()  # expressions that say what a mock replaces

    def uses(self) -> Iterator[Use]:
        """Yield the uses, in no particular order."""
        if self.module.test:
            yield from self._patched()
            yield from self._asked()
        for base in self.module.scopes.bases:
            yield from self._chain(chain_of(base, self.module))
        for scope in self.module.scopes.all():
            if scope.kind == "class":
                yield from self._imported_into(scope)
        for string in self.module.scopes.strings:
            yield from self._string(string)

    # -- chains of attributes, calls and items

    def _chain(self, chain: Sequence[ast.AST]) -> Iterator[Use]:
        """Yield the uses of the longest beginning of a chain that means something."""
        whole = chain[-1]
        if whole in self.found.decorators or whole in self.standing_in:
            return
        found = self._longest(chain)
        if found is None:
            yield from self._unknown(chain)
            return
        length, values = found
        part = chain[length - 1]
        role = self.roles.of(part) if part is whole else Role("other")
        own = {self.module.place(link) for link in chain[1:length]}
        among = tuple(value.target.name for value in values if value.target.kind == "task")
        together = among if len(among) == len(values) > 1 else ()
        for value in values:
            if value.matters and not any(step.place in self.found.wrapped for step in value.steps):
                made = tuple(step for step in value.steps if step.place not in own)
                steps = value.steps[len(made) :]
                certain = len(values) == 1
                use = self._use(value.target, part, role, steps, made, certain=certain)
                yield replace(use, among=together)

    def _longest(self, chain: Sequence[ast.AST]) -> tuple[int, Values] | None:
        """Return how much of the chain means something, and what.

        A module counts where it stands alone: of what is taken of it, only tasks and apps matter.
        """
        found = None
        for length, part in enumerate(chain, start=1):
            values = self.resolver.values(part, self.module)
            if not values:
                break
            matter = [value for value in values if value.matters]
            alone = part is chain[-1] or any(value.steps for value in matter)
            if any(alone or value.target.kind != "module" for value in matter):
                found = length, values
        return found

    def _unknown(self, chain: Sequence[ast.AST]) -> Iterator[Use]:
        """Yield a doubtful use for `something.name.delay` where `name` is a task's."""
        for part in reversed(chain):
            if isinstance(part, ast.Attribute) and part.attr in LAUNCHERS:
                step = Step("attr", part.attr, self.module.place(part))
                if self.module.test and _is_mocked(part, chain):
                    target = Target("unknown mock", "")
                    yield self._use(target, chain[-1], Role("other"), (step,), (), certain=True)
                    return
                for task in self._perhaps(part.value):
                    target = Target("task", task)
                    use = self._use(target, chain[-1], Role("other"), (step,), (), certain=False)
                    yield replace(use, guessed=True)
                return

    def _perhaps(self, receiver: ast.expr) -> Iterator[str]:
        """Yield the tasks of the receiver's name, if nothing says that it is something else."""
        values = self.resolver.values(receiver, self.module)
        unread = [value.target for value in values if value.target.kind == "unread"]
        if len(unread) < len(values):
            return
        names = {target.name.rpartition("::")[2] for target in unread if self._is_open(target)}
        if not values and isinstance(receiver, ast.Attribute):
            names = {receiver.attr}
        elif not values and isinstance(receiver, ast.Name):
            bindings = self.module.scopes.bases[receiver].lookup(receiver.id)
            imports = [b.name for b in bindings if b.kind in ("import", "from")]
            if len(imports) == len(bindings):
                names = set(imports) or {receiver.id}
        for name in sorted(names):
            yield from self.names.by_function.get(name, ())

    def _is_open(self, unread: Target) -> bool:
        """Tell whether a name of a module that was not looked into may be anything."""
        path, _, name = unread.name.partition("::")
        modules = self.found.modules
        seen: set[tuple[str, str]] = set()
        while (path, name) not in seen:
            seen.add((path, name))
            module = modules.get(path)
            bindings = module.scopes.module.bindings.get(name, []) if module is not None else []
            if not bindings or bindings[-1].kind != "from":
                return not bindings
            last = bindings[-1]
            found = modules.imported(last.module, last.level, path)
            if found is None:
                return bool(last.level or modules.possible(last.module))
            path, name = found, last.name
        return True

    def _imported_into(self, scope: Scope) -> Iterator[Use]:
        """Yield the tasks and apps that become attributes of a class by an import in its body."""
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if binding.kind in ("import", "from"):
                    for value in self.resolver.binding(binding, self.module):
                        if value.target.kind in ("task", "app"):
                            role = Role("attribute", name)
                            yield self._use_in(scope, value.target, binding.node, role)

    # -- tests

    def _asked(self) -> Iterator[Use]:
        """Yield what is asked of Celery itself."""
        for kind, name, node in asked(self.module, self.resolver.modules):
            target, role = Target(kind, f"celery.{name}"), Role("other", name)
            yield self._use_in(self.module.scopes.module, target, node, role)

    def _patched(self) -> Iterator[Use]:
        """Yield the tasks, and what of them, that mocks are put in place of."""
        for call in self.module.scopes.calls:
            self.standing_in.update(one for one in self._specified(call) if self._is_task(one))
            yield from self._told(call)
            found = self.resolver.mocks.replaced(call, self.module)
            values = found.values if found is not None else ()
            if found is None or not any(value.target.kind == MOCK for value in values):
                continue
            self.standing_in.update(one for one in (found.node, found.of) if one is not None)
            node = found.node or found.shown
            end = Step("call", "", self.module.place(call), self._given(call))
            value = argument(node, self.module, self.resolver.dotted) if found.node else None
            role = Role("string", self.module.code(call.func), value)
            for one in values:
                target = Target("patched", one.target.name)
                use = self._use_in(scope_of(call, self.module), target, node, role)
                yield replace(use, steps=(*one.steps, end), certain=len(values) == 1)

    def _told(self, call: ast.Call) -> Iterator[Use]:
        """Yield the tasks that a mock with attributes stands in for."""
        for one in self.resolver.mocks.told(call, self.module):
            end = Step("call", "", self.module.place(call), self._given(call))
            target = Target("told mock", one.target.name)
            use = self._use_in(scope_of(call, self.module), target, call, Role("other"))
            yield replace(use, steps=(*one.steps, end))

    def _specified(self, call: ast.Call) -> Iterator[ast.expr]:
        return self.resolver.mocks.specified(call, self.module)

    def _is_task(self, node: ast.expr) -> bool:
        values = self.resolver.values(node, self.module)
        return any(value.target.kind == "task" and not value.steps for value in values)

    def _given(self, call: ast.Call) -> tuple[Arg, ...]:
        return arguments(call, self.module, self.resolver.dotted)

    # -- strings

    def _string(self, node: ast.Constant) -> Iterator[Use]:
        if node in self.standing_in:
            return
        targets = list(meant(node, self.module, self.names, self.resolver))
        if not targets or self._is_own_name(node):
            return
        around = self.roles.of(node)
        value = argument(node, self.module, self.resolver.dotted)
        role = Role("string", around.detail, value, around.index, around.keyword)
        for target in targets:
            yield self._use(target, node, role, (), (), certain=len(targets) == 1)

    def _is_own_name(self, node: ast.Constant) -> bool:
        """Tell whether the string is the `name=` of a task's own declaration, or its class's."""
        parent = self.parents[node]
        if isinstance(parent, (ast.Assign, ast.AnnAssign)):
            return self._names_a_class(parent)
        return isinstance(parent, ast.keyword) and self.parents[parent] in self.found.decorators

    def _names_a_class(self, statement: ast.Assign | ast.AnnAssign) -> bool:
        """Tell whether that is what the body of a class that is registered calls its task."""
        around = self.parents.get(statement)
        plain = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if not isinstance(around, ast.ClassDef) or "name" not in map(ast.unparse, plain):
            return False
        scope = self.module.scopes.of_node[around]
        return Target("class", f"{self.module.path}::{scope.qualname}") in self.resolver.registered

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
        use = self._use_in(scope_of(node, self.module), target, node, role)
        return replace(use, steps=steps, made=made, certain=certain)

    def _use_in(self, scope: Scope, target: Target, node: ast.AST, role: Role) -> Use:
        statement = enclosing_statement(node, self.module)
        owner = self._owner(scope)
        may_raise = target.kind in ("self", "external") or owner == target.name
        return Use(
            target=target,
            place=self.module.place(node),
            statement=self.module.place(statement),
            role=role,
            owner=owner,
            scope=scope.named().qualname,
            test=self.module.test,
            misplaced=node in self.module.scopes.moved,
            caught=tuple(self._caught(node)) if may_raise else (),
            guard=self._guard(statement) if self.guarded else None,
        )

    def _owner(self, scope: Scope | None) -> str | None:
        while scope is not None:
            for found in (self.resolver.tasks, self.resolver.bound):
                if scope.node in found:
                    return found[scope.node]
            scope = scope.parent
        return None

    def _caught(self, node: ast.AST) -> Iterator[tuple[tuple[str, bool], ...]]:
        """Yield the `except`s of each `try` in whose body the node stands."""
        child, around = node, self.parents.get(node)
        while around is not None and not isinstance(around, _FUNCTIONS):
            if isinstance(around, TRIES) and child in around.body:
                yield tuple(map(self._handler, around.handlers))
            child, around = around, self.parents.get(around)

    def _handler(self, handler: ast.ExceptHandler) -> tuple[str, bool]:
        caught = self.module.code(handler.type) if handler.type is not None else ""
        last = handler.body[-1]
        return caught, isinstance(last, ast.Raise) and last.exc is None

    def _guard(self, statement: ast.AST) -> Place | None:
        around: ast.AST | None = statement
        while around is not None:
            if isinstance(around, ast.If) and "__main__" in self.module.code(around.test):
                return self.module.place(around)
            around = self.parents.get(around)
        return None

    # -- imports

    def imports(self) -> Iterator[ImportUse]:
        """Yield the names that the module imports and that matter here."""
        for scope in self.module.scopes.all():
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    if binding.kind in ("import", "from"):
                        yield from self._import(name, binding)

    def _import(self, name: str, binding: Binding) -> Iterator[ImportUse]:
        plain = binding.kind == "import"
        for value in self.resolver.binding(binding, self.module):
            if matters(value.target) and not value.steps:
                yield ImportUse(
                    path=self.module.path,
                    name=name,
                    target=value.target,
                    module="" if plain else binding.module,
                    level=binding.level,
                    original=binding.module if plain else binding.name,
                    scope=binding.scope.qualname,
                    place=self.module.place(binding.node),
                    origin=self.resolver.imports.path(binding, self.module),
                )


def _is_mocked(launcher: ast.Attribute, chain: Sequence[ast.AST]) -> bool:
    """Tell whether a launcher is one of a mock: it is set, or asked what mocks are asked."""
    if not isinstance(launcher.ctx, ast.Load):
        return True
    following = chain[chain.index(launcher) + 1 :]
    return bool(following) and getattr(following[0], "attr", "") in API


def chain_of(base: ast.AST, module: Module) -> list[ast.AST]:
    """Return the chain that begins with the base: each part holds the one before."""
    parents = module.scopes.parents
    chain = [base]
    while under(parents[chain[-1]]) is chain[-1]:
        chain.append(parents[chain[-1]])
    return chain
