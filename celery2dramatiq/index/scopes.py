"""The lexical scopes of one module, and what each name in them is bound to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))  # Python 3.10 has no `except*`
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LINKS = (ast.Attribute, ast.Call, ast.Subscript)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = Function | ast.ClassDef


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One way in which a name gets its value.

    kind: `import` (`import x.y`, `import x.y as z`), `from`, `def`, `class`, `assign` (a single
    name takes the value of one expression), `each` (of the elements of one), `parameter`, or
    `opaque` (anything else).
    node: what binds, a statement or a part of one. scope: where it is written, which is not where
    the name lives if it is declared global or nonlocal.
    value: of an assignment, the iterable of a loop, the default of a parameter.
    module, name, level: of an import, as written; `top` is what `import` binds the name to.
    """

    kind: str
    node: ast.AST
    scope: Scope
    value: ast.expr | None = None
    module: str = ""
    name: str = ""
    level: int = 0
    top: str = ""


@dataclass(slots=True, eq=False)
class Scope:
    """A module, function, class, lambda or comprehension, with the names bound in it."""

    node: ast.AST
    parent: Scope | None
    qualname: str
    kind: str  # "module", "class" or "function" (lambdas and comprehensions too)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)  # declared global
    around: set[str] = field(default_factory=set)  # declared nonlocal
    stars: list[Binding] = field(default_factory=list)
    returned: list[ast.expr] = field(default_factory=list)
    generator: bool = False

    def module(self) -> Scope:
        """Return the outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def owner(self, name: str) -> Scope | None:
        """Return the scope whose name is meant here, by Python's rules; None if it is unbound."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.outside:
                scope = scope.module()
            if name in scope.bindings and (scope is self or scope.kind != "class"):
                return scope
            scope = scope.parent
        return None

    def lookup(self, name: str) -> list[Binding]:
        """Return what the name is bound to, as seen from here."""
        owner = self.owner(name)
        return owner.bindings[name] if owner is not None else []

    def outer(self) -> Scope | None:
        """Return the next scope around whose names can be seen from inside."""
        scope = self.parent
        while scope is not None and scope.kind == "class":
            scope = scope.parent
        return scope

    def named(self) -> Scope:
        """Return the module, class, function or lambda around, if this is a comprehension."""
        scope = self
        while isinstance(scope.node, COMPREHENSIONS):
            assert scope.parent is not None  # a comprehension stands in something
            scope = scope.parent
        return scope


@dataclass(frozen=True, slots=True)
class Scopes:
    """What `read_scopes` finds.

    of_node: the scopes of functions, classes and lambdas.
    bases: what chains of attributes, calls and items begin with, and the scope it stands in.
    moved: nodes that have no place of their own, and the node whose place they are given.
    named: scopes by qualified name: a class or function may be defined again.
    quoted: annotations in strings, and what they say.
    """

    module: Scope
    of_node: dict[Definition, Scope] = field(default_factory=dict)
    bases: dict[ast.AST, Scope] = field(default_factory=dict)
    strings: dict[ast.Constant, Scope] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    moved: dict[ast.AST, ast.expr] = field(default_factory=dict)
    named: dict[str, list[Scope]] = field(default_factory=dict)
    quoted: dict[ast.AST, ast.expr] = field(default_factory=dict)

    def all(self) -> Iterator[Scope]:
        """Yield the module's scope, then those of functions, classes and lambdas."""
        yield self.module
        yield from self.of_node.values()


def under(link: ast.AST) -> ast.expr | None:
    """Return what an attribute, call or item is taken of; None for anything else."""
    if isinstance(link, ast.Call):
        return link.func
    if isinstance(link, (ast.Attribute, ast.Subscript)):
        return link.value
    return None
