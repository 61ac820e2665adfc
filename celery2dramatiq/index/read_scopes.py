"""Reads the scopes of a module from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from celery2dramatiq.index.nodes import below, pairs, parameters, quoted
from celery2dramatiq.index.scopes import (
    COMPREHENSIONS,
    LINKS,
    Binding,
    Definition,
    Function,
    Scope,
    Scopes,
    under,
)

Children = Iterable[tuple[ast.AST, Scope]]


def read_scopes(tree: ast.Module) -> Scopes:
    """Bind every name of a module. Iterative, so that deep code is no danger to it."""
    reader = _Reader(tree)
    reader.read()
    return reader.found


class _Reader:
    """Walks over a tree, in order, and binds the names at the end, when all scopes are known."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.found = Scopes(Scope(tree, None, "", "module"))
        self.pending: list[tuple[str, Binding]] = []
        self.simple: set[ast.Name] = set()  # targets that take the value of one expression
        self.enter: dict[type[ast.AST], Callable[[ast.AST, Scope], Children]] = {
            **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda), self._function),
            **dict.fromkeys(COMPREHENSIONS, self._comprehension),
            **dict.fromkeys((ast.For, ast.AsyncFor), self._loop),
            **dict.fromkeys((ast.ExceptHandler, ast.MatchAs, ast.MatchStar), self._named),
            **dict.fromkeys(LINKS, self._link),
            ast.ClassDef: self._class,
            **dict.fromkeys((ast.Yield, ast.YieldFrom), self._yield),
            ast.Return: self._return,
            ast.arg: self._arg,
            ast.Name: self._name,
            ast.Constant: self._constant,
            ast.Import: self._import,
            ast.ImportFrom: self._from,
            ast.Assign: self._assignment,
            ast.AnnAssign: self._annotated,
            ast.NamedExpr: self._walrus,
            ast.MatchMapping: self._mapping,
            ast.Global: self._global,
            ast.Nonlocal: self._nonlocal,
        }

    def read(self) -> None:
        parents = self.found.parents
        stack: list[tuple[ast.AST, Scope]] = [(self.tree, self.found.module)]
        while stack:
            node, scope = stack.pop()
            enter = self.enter.get(type(node))
            children = list(enter(node, scope) if enter else _below(node, scope))
            for child, _ in children:
                parents[child] = node
            children.reverse()
            stack += children
        self._bind_all()

    def _bind_all(self) -> None:
        """Put each binding into the scope where its name lives."""
        later = []
        for name, binding in self.pending:
            scope = binding.scope
            if name in scope.around:
                later.append((name, binding))
            else:
                home = scope.module() if name in scope.outside else scope
                home.bindings.setdefault(name, []).append(binding)
        for name, binding in later:
            outer = binding.scope.outer()
            owner = outer.owner(name) if outer is not None else None
            (owner or binding.scope).bindings.setdefault(name, []).append(binding)

    def _bind(self, name: str, binding: Binding) -> None:
        self.pending.append((name, binding))

    # -- definitions

    def _scope(self, node: Definition, around: Scope, name: str, kind: str) -> Scope:
        scope = Scope(node, around, _qualify(around, name), kind)
        self.found.of_node[node] = scope
        self.found.named.setdefault(scope.qualname, []).append(scope)
        return scope

    def _function(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, Function)
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        inner = self._scope(node, scope, name, "function")
        if not isinstance(node, ast.Lambda):
            self._bind(node.name, Binding("def", node, scope))
            yield from _each(node.decorator_list, scope)
            yield from _each(getattr(node, "type_params", ()), scope)
            yield from self._annotation(node.returns, scope)
        yield node.args, scope
        for arg, default in parameters(node.args):
            self._bind(arg.arg, Binding("parameter", node, inner, default, name=arg.arg))
        yield from _each(node.body if isinstance(node.body, list) else [node.body], inner)

    def _class(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.ClassDef)
        self._bind(node.name, Binding("class", node, scope))
        inner = self._scope(node, scope, node.name, "class")
        for outer in (node.decorator_list, getattr(node, "type_params", ()), node.bases):
            yield from _each(outer, scope)
        yield from _each(node.keywords, scope)
        yield from _each(node.body, inner)

    def _comprehension(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, COMPREHENSIONS)
        inner = Scope(node, scope, _qualify(scope, "<comprehension>"), "function")
        for position, generator in enumerate(node.generators):
            yield generator.iter, inner if position else scope
            yield from self._targets(generator.target, generator.iter, generator, inner)
            yield from _each(generator.ifs, inner)
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                yield getattr(node, part), inner

    # -- statements and expressions that bind

    def _import(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.Import)
        for alias in node.names:
            first = alias.name.split(".")[0]
            top = alias.name if alias.asname else first
            binding = Binding("import", node, scope, module=alias.name, top=top)
            self._bind(alias.asname or first, binding)
        return ()

    def _from(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            binding = Binding("from", node, scope, None, node.module or "", alias.name, node.level)
            if alias.name == "*":
                scope.stars.append(binding)
            else:
                self._bind(alias.asname or alias.name, binding)
        return ()

    def _assignment(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.Assign)
        for target in node.targets:
            for name, value in pairs(target, node.value):
                self._bind(name.id, Binding("assign", node, scope, value))
                self.simple.add(name)
            yield target, scope
        yield node.value, scope

    def _annotated(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.AnnAssign)
        yield from self._annotation(node.annotation, scope)
        if not isinstance(node.target, ast.Name):
            yield node.target, scope
        elif node.value is not None:
            self._bind(node.target.id, Binding("assign", node, scope, node.value))
        if node.value is not None:
            yield node.value, scope

    def _walrus(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.NamedExpr)
        self._bind(node.target.id, Binding("assign", node, scope.named(), node.value))
        yield node.value, scope

    def _loop(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, (ast.For, ast.AsyncFor))
        yield node.iter, scope
        yield from self._targets(node.target, node.iter, node, scope)
        yield from _each(node.body, scope)
        yield from _each(node.orelse, scope)

    def _targets(
        self, target: ast.expr, iterable: ast.expr, node: ast.AST, scope: Scope
    ) -> Children:
        if isinstance(target, ast.Name):
            self._bind(target.id, Binding("each", node, scope, iterable))
        else:
            yield target, scope

    def _named(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar))
        if node.name is not None:
            self._bind(node.name, Binding("opaque", node, scope))
        return _below(node, scope)

    def _mapping(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.MatchMapping)
        if node.rest is not None:
            self._bind(node.rest, Binding("opaque", node, scope))
        return _below(node, scope)

    def _global(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.Global)
        scope.outside.update(node.names)
        return ()

    def _nonlocal(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.Nonlocal)
        scope.around.update(node.names)
        return ()

    # -- what is looked up later

    def _return(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.Return)
        if node.value is not None:
            scope.returned.append(node.value)
        return _below(node, scope)

    def _yield(self, node: ast.AST, scope: Scope) -> Children:
        scope.named().generator = True
        return _below(node, scope)

    def _arg(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.arg)
        return self._annotation(node.annotation, scope)

    def _name(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.Name)
        if isinstance(node.ctx, ast.Store):
            if node not in self.simple:
                self._bind(node.id, Binding("opaque", node, scope))
            if not isinstance(self.found.parents[node], ast.AugAssign):
                return ()
        if not isinstance(node.ctx, ast.Del):
            self.found.bases[node] = scope
        return ()

    def _link(self, node: ast.AST, scope: Scope) -> Children:
        base = under(node)
        if not isinstance(base, (ast.Name, *LINKS)):
            assert base is not None  # the node is a link
            self.found.bases[base] = scope
        if isinstance(node, ast.Call):
            self.found.calls.append(node)
        return _below(node, scope)

    def _constant(self, node: ast.AST, scope: Scope) -> Children:
        assert isinstance(node, ast.Constant)
        if isinstance(node.value, str):
            self.found.strings[node] = scope
        return ()

    def _annotation(self, annotation: ast.expr | None, scope: Scope) -> Children:
        """Yield an annotation, and read those strings in it that are annotations themselves."""
        if annotation is None:
            return
        yield annotation, scope
        for text in quoted(annotation):
            try:
                parsed = ast.parse(text.value.strip(), mode="eval").body  # type: ignore[union-attr]
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            for inner in ast.walk(parsed):
                self.found.moved[inner] = text
            self.found.quoted[text] = parsed
            yield parsed, scope


def _each(nodes: Iterable[ast.AST], scope: Scope) -> Children:
    return [(node, scope) for node in nodes]


def _below(node: ast.AST, scope: Scope) -> Children:
    """Return the node's children in order, all in the same scope."""
    return _each(below(node), scope)


def _qualify(scope: Scope, name: str) -> str:
    if not scope.qualname:
        return name
    return f"{scope.qualname}.{'' if scope.kind == 'class' else '<locals>.'}{name}"
