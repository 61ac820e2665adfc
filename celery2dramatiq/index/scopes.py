"""The lexical scopes of one module, and what each name in them is bound to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One way in which a name gets its value.

    kind: `import` (`import x.y`, `import x.y as z`), `from`, `def`, `class`, `assign` (a single
    name takes the value of one expression), `parameter`, or `opaque` (anything else).
    """

    kind: str
    node: ast.AST
    value: ast.expr | None = None
    module: str = ""
    name: str = ""
    level: int = 0


@dataclass(slots=True, eq=False)
class Scope:
    """A module, function, class, lambda or comprehension, with the names bound in it."""

    node: ast.AST
    parent: Scope | None
    qualname: str
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)  # declared global
    stars: list[Binding] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Return `module`, `class` or `function` (lambdas and comprehensions too)."""
        if isinstance(self.node, ast.Module):
            return "module"
        return "class" if isinstance(self.node, ast.ClassDef) else "function"

    def bind(self, name: str, binding: Binding) -> None:
        """Add a binding, in the module's scope if the name is declared global here."""
        scope = self.module() if name in self.outside else self
        scope.bindings.setdefault(name, []).append(binding)

    def module(self) -> Scope:
        """Return the outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def lookup(self, name: str) -> list[Binding]:
        """Return what the name is bound to as seen from here, by Python's rules of scope."""
        if name in self.outside:
            return self.module().bindings.get(name, [])
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bindings and (scope is self or scope.kind != "class"):
                return scope.bindings[name]
            scope = scope.parent
        return []


@dataclass(frozen=True, slots=True)
class Scopes:
    """What `read_scopes` finds: the module's scope, each name's scope, each node's parent."""

    module: Scope
    of_name: dict[ast.Name, Scope]
    of_node: dict[ast.AST, Scope]  # functions, classes, lambdas
    parents: dict[ast.AST, ast.AST]


def read_scopes(tree: ast.Module) -> Scopes:
    """Bind every name of a module. Iterative, so that deep code is no danger to it."""
    module = Scope(tree, None, "")
    found = Scopes(module, {}, {}, {})
    stack: list[tuple[ast.AST, Scope]] = [(node, module) for node in reversed(tree.body)]
    found.parents.update((node, tree) for node in tree.body)
    while stack:
        node, scope = stack.pop()
        children = list(_enter(node, scope, found))
        for child, _ in children:
            found.parents[child] = node
        stack.extend(reversed(children))
    return found


def _enter(node: ast.AST, scope: Scope, found: Scopes) -> Iterator[tuple[ast.AST, Scope]]:
    """Bind what the node binds; yield its children, each with the scope it stands in."""
    if isinstance(node, ast.Name):
        found.of_name[node] = scope
    elif isinstance(node, FUNCTIONS):
        yield from _enter_function(node, scope, found)
        return
    elif isinstance(node, ast.ClassDef):
        yield from _enter_class(node, scope, found)
        return
    elif isinstance(node, COMPREHENSIONS):
        yield from _enter_comprehension(node, scope)
        return
    else:
        _bind(node, scope)
    for child in ast.iter_child_nodes(node):
        yield child, scope


def _enter_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope, found: Scopes
) -> Iterator[tuple[ast.AST, Scope]]:
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    inner = Scope(node, scope, _qualify(scope, name))
    found.of_node[node] = inner
    if not isinstance(node, ast.Lambda):
        scope.bind(node.name, Binding("def", node))
        for outer in (*node.decorator_list, *([node.returns] if node.returns else [])):
            yield outer, scope
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None]
    for arg in every:
        inner.bind(arg.arg, Binding("parameter", node, name=arg.arg))
        if arg.annotation is not None:
            yield arg.annotation, scope
    for default in (*arguments.defaults, *arguments.kw_defaults):
        if default is not None:
            yield default, scope
    for child in node.body if isinstance(node.body, list) else [node.body]:
        yield child, inner


def _enter_class(
    node: ast.ClassDef, scope: Scope, found: Scopes
) -> Iterator[tuple[ast.AST, Scope]]:
    scope.bind(node.name, Binding("class", node))
    inner = Scope(node, scope, _qualify(scope, node.name))
    found.of_node[node] = inner
    for outer in (*node.decorator_list, *node.bases, *node.keywords):
        yield outer, scope
    for child in node.body:
        yield child, inner


def _enter_comprehension(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    inner = Scope(node, scope, _qualify(scope, "<comprehension>"))
    generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
    for position, generator in enumerate(generators):
        yield generator.iter, scope if position == 0 else inner
        _bind_targets(generator.target, inner, generator)
        yield generator.target, inner
        for condition in generator.ifs:
            yield condition, inner
    for part in ("elt", "key", "value"):
        if hasattr(node, part):
            yield getattr(node, part), inner


def _bind(node: ast.AST, scope: Scope) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            module = alias.name if alias.asname else name
            scope.bind(name, Binding("import", node, module=module))
    elif isinstance(node, ast.ImportFrom):
        _bind_from(node, scope)
    elif isinstance(node, ast.Assign):
        _bind_assignment(node, scope)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        _bind_annotated(node, scope)
    elif isinstance(node, ast.Global):
        scope.outside.update(node.names)
    else:
        _bind_opaque(node, scope)


def _bind_from(node: ast.ImportFrom, scope: Scope) -> None:
    for alias in node.names:
        binding = Binding(
            "from", node, module=node.module or "", name=alias.name, level=node.level
        )
        if alias.name == "*":
            scope.stars.append(binding)
        else:
            scope.bind(alias.asname or alias.name, binding)


def _bind_assignment(node: ast.Assign, scope: Scope) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.bind(target.id, Binding("assign", node, node.value))
        else:
            _bind_targets(target, scope, node)


def _bind_annotated(node: ast.AnnAssign | ast.NamedExpr, scope: Scope) -> None:
    if not isinstance(node.target, ast.Name) or node.value is None:
        return
    while isinstance(node, ast.NamedExpr) and isinstance(scope.node, COMPREHENSIONS):
        assert scope.parent is not None  # a comprehension stands in something
        scope = scope.parent
    scope.bind(node.target.id, Binding("assign", node, node.value))


def _bind_opaque(node: ast.AST, scope: Scope) -> None:
    if isinstance(node, (ast.AugAssign, ast.For, ast.AsyncFor)):
        _bind_targets(node.target, scope, node)
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        for item in node.items:
            if item.optional_vars is not None:
                _bind_targets(item.optional_vars, scope, node)
    elif isinstance(node, ast.Delete):
        for target in node.targets:
            _bind_targets(target, scope, node)
    else:
        name = _other_name(node)
        if name is not None:
            scope.bind(name, Binding("opaque", node))


def _other_name(node: ast.AST) -> str | None:
    """Return the name that an `except ... as`, or a pattern, binds."""
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return node.name
    return node.rest if isinstance(node, ast.MatchMapping) else None


def _bind_targets(target: ast.expr, scope: Scope, node: ast.AST) -> None:
    for part in ast.walk(target):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            scope.bind(part.id, Binding("opaque", node))


def _qualify(scope: Scope, name: str) -> str:
    if not scope.qualname:
        return name
    return f"{scope.qualname}.{'' if scope.kind == 'class' else '<locals>.'}{name}"
