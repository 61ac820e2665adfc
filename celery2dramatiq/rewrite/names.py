"""What a module binds and uses: which imports may go, and which names are taken."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celery2dramatiq.index.read_scopes import read_scopes
from celery2dramatiq.index.scopes import COMPREHENSIONS, Binding, Scope
from celery2dramatiq.rewrite.errors import Unprintable
from celery2dramatiq.rewrite.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery2dramatiq.specs import FileEdit

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_TYPE_COMMENT = re.compile(r"#\s*type:(?!\s*ignore)(.*)")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Imported:
    """A name that an import binds. statement: which of the module's imports, from 0."""

    statement: int
    name: str
    scope: str
    used: bool
    tried: bool  # the import may fail


class Names:
    """What one state of a module binds and uses."""

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.source = Source(text)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes are the project's own affair
                tree = ast.parse(text)
        except SyntaxError as error:
            raise Unprintable(
                f"{path}:{error.lineno}: the edit is no valid Python ({error.msg})"
            ) from error
        self.scopes = read_scopes(tree)
        self._parents = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        nodes = [node for node in ast.walk(tree) if isinstance(node, _IMPORTS)]
        nodes.sort(key=lambda node: (node.lineno, node.col_offset))
        self._statements: dict[ast.AST, int] = {node: i for i, node in enumerate(nodes)}
        self.exported = frozenset(_exported(tree))
        self._used = set(self._uses(tree, text))

    def imported(self) -> Iterator[Imported]:
        """Yield the names that imports bind."""
        for scope in (self.scopes.module, *self.scopes.of_node.values()):
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    number = self.number(binding)
                    if number is not None:
                        used = (binding.node, name) in self._used
                        tried = self._is_tried(binding.node)
                        yield Imported(number, name, scope.qualname, used, tried)

    def bound(self, name: str) -> list[Binding]:
        """Return what the module itself binds to a name."""
        return self.scopes.module.bindings.get(name, [])

    def inside(self, name: str, offset: int) -> list[Binding]:
        """Return what functions and classes around a byte bind to a name there."""
        scope = self._scope_at(offset)
        inner = scope
        while scope.parent is not None:
            if name in scope.bindings and (scope is inner or scope.kind != "class"):
                return scope.bindings[name]
            scope = scope.parent
        return []

    def number(self, binding: Binding) -> int | None:
        """Return which of the module's imports makes a binding, if one does."""
        return self._statements.get(binding.node)

    def _scope_at(self, offset: int) -> Scope:
        found = [(len(self.source.data) + 1, self.scopes.module)]
        for node, scope in self.scopes.of_node.items():
            assert isinstance(node, ast.stmt | ast.expr)
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            start = self.source.offset(node.lineno, node.col_offset)
            end = self.source.offset(node.end_lineno, node.end_col_offset)
            if start <= offset < end:
                found.append((end - start, scope))
        return min(found, key=lambda pair: pair[0])[1]

    def _bindings(self, node: ast.Name) -> list[Binding]:
        """Return what a name stands for."""
        if self._is_bound_by_comprehension(node):
            return []
        scope = self._scope_of(node)
        bindings = scope.lookup(node.id)
        if scope.kind == "class" and scope.parent is not None:
            lines = [getattr(binding.node, "lineno", 0) for binding in bindings]
            if bindings and node.lineno <= min(lines):  # not bound yet
                return [*bindings, *scope.parent.lookup(node.id)]
        return bindings

    def _is_bound_by_comprehension(self, node: ast.Name) -> bool:
        inside: ast.AST = node
        while (parent := self._parents.get(inside)) is not None:
            if isinstance(parent, ast.comprehension):
                around = self._parents[parent]
                assert isinstance(around, COMPREHENSIONS)
                if parent is around.generators[0] and inside is parent.iter:
                    parent = around  # it does not see the comprehension's own names
            elif isinstance(parent, COMPREHENSIONS) and node.id in _targets(parent):
                return True
            inside = parent
        return False

    def _scope_of(self, node: ast.AST) -> Scope:
        """Return the scope that a node stands in; a comprehension's counts as that around it."""
        while (parent := self._parents.get(node)) is not None:
            if isinstance(parent, _DEFINITIONS) and _is_inside(node, parent):
                return self.scopes.of_node[parent]
            node = parent
        return self.scopes.module

    def _is_tried(self, node: ast.AST) -> bool:
        parent = self._parents[node]
        return isinstance(parent, ast.Try) and bool(parent.handlers) and node in parent.body

    def _uses(self, tree: ast.Module, text: str) -> Iterator[tuple[ast.AST, str]]:
        """Yield the imports whose names are used."""
        for node, parent in self._parents.items():
            if not isinstance(node, ast.Name):
                continue
            if not isinstance(node.ctx, ast.Store) or isinstance(parent, ast.AugAssign):
                yield from ((binding.node, node.id) for binding in self._bindings(node))
        quoted = {word for string in _annotations(tree) for word in _WORD.findall(string)}
        for comment in _TYPE_COMMENT.findall(text):
            quoted.update(_WORD.findall(comment))
        for scope in (self.scopes.module, *self.scopes.of_node.values()):
            for name in quoted & scope.bindings.keys():
                yield from ((binding.node, name) for binding in scope.bindings[name])


def useless(before: Names, after: Names, edit: FileEdit) -> set[tuple[int, str]]:
    """Return the imports, by statement and name, that go."""
    were_used = {(one.scope, one.name) for one in before.imported() if one.used}
    were_used |= {("", name) for name in before.exported}
    found = set()
    for one in after.imported():
        if one.used:
            continue
        forgotten = (
            one.name in edit.forget
            and (one.scope, one.name) in were_used
            and not (one.scope == "" and one.name in after.exported)
            and not one.tried
        )
        if forgotten or one.name in edit.drop:
            found.add((one.statement, one.name))
    return found


def _targets(comprehension: Comprehension) -> set[str]:
    """Return the names that a comprehension binds."""
    parts = (part for each in comprehension.generators for part in ast.walk(each.target))
    return {part.id for part in parts if isinstance(part, ast.Name)}


def _is_inside(node: ast.AST, definition: ast.AST) -> bool:
    """Tell whether a child of a function or class sees its names: decorators do not."""
    body = getattr(definition, "body", None)
    return body is node or (isinstance(body, list) and any(node is part for part in body))


def _exported(tree: ast.Module) -> Iterator[str]:
    """Yield what `__all__` lists."""
    for node in tree.body:
        mentions = any(isinstance(n, ast.Name) and n.id == "__all__" for n in ast.walk(node))
        if mentions and isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
            yield from _strings(node)


def _annotations(tree: ast.Module) -> Iterator[str]:
    """Yield strings that stand for types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield from _strings(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield from _strings(node.returns)
        elif isinstance(node, ast.Call) and _called(node) in ("cast", "TypeVar", "NewType"):
            yield from _strings(node)


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _strings(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
