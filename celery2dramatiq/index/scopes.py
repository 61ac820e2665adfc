"""The lexical scopes of one module, and what each name in them is bound to."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

TRUE_PLACES_IN_FSTRINGS = sys.version_info >= (3, 12)
TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))  # Python 3.10 has no `except*`
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LINKS = (ast.Attribute, ast.Call, ast.Subscript)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = Function | ast.ClassDef

# Fields of nodes in which no expression, statement or string can be found.
_EMPTY = frozenset(
    [
        "ctx",
        "op",
        "ops",
        "names",
        "module",
        "level",
        "attr",
        "id",
        "asname",
        "type_comment",
        "kind",
        "conversion",
        "simple",
        "is_async",
        "lineno",
        "tag",
    ]
)


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


def read_scopes(tree: ast.Module) -> Scopes:
    """Bind every name of a module. Iterative, so that deep code is no danger to it."""
    reader = _Reader(tree)
    reader.read()
    return reader.found


Children = Iterable[tuple[ast.AST, "Scope"]]


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
            ast.JoinedStr: self._fstring,
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
        for arg, default in _parameters(node.args):
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
            for name, value in _pairs(target, node.value):
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

    def _fstring(self, node: ast.AST, scope: Scope) -> Children:
        """Before Python 3.12 `ast` has no true places for what is inside an f-string."""
        assert isinstance(node, ast.JoinedStr)
        if not TRUE_PLACES_IN_FSTRINGS:
            for inner in ast.walk(node):
                self.found.moved.setdefault(inner, node)
        return _below(node, scope)

    def _annotation(self, annotation: ast.expr | None, scope: Scope) -> Children:
        """Yield an annotation, and read those strings in it that are annotations themselves."""
        if annotation is None:
            return
        yield annotation, scope
        for text in _quoted(annotation):
            try:
                parsed = ast.parse(text.value.strip(), mode="eval").body  # type: ignore[union-attr]
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            for inner in ast.walk(parsed):
                self.found.moved[inner] = text
            self.found.quoted[text] = parsed
            yield parsed, scope


def _quoted(annotation: ast.expr) -> Iterator[ast.Constant]:
    stack: list[ast.AST] = [annotation]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        name = getattr(under(node), "attr", "") or getattr(under(node), "id", "")
        if name not in ("Literal", "Annotated"):
            stack.extend(ast.iter_child_nodes(node))


def _parameters(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    plain = [*arguments.posonlyargs, *arguments.args]
    without: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    yield from zip(plain, [*without, *arguments.defaults], strict=True)
    yield from zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for arg in (arguments.vararg, arguments.kwarg):
        if arg is not None:
            yield arg, None


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    """Yield the names that take the value of one expression, one by one for `a, b = c, d`."""
    if isinstance(target, ast.Name):
        yield target, value
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        plain = not any(isinstance(part, ast.Starred) for part in (*target.elts, *value.elts))
        if plain and len(target.elts) == len(value.elts):
            for part, its in zip(target.elts, value.elts, strict=True):
                if isinstance(part, ast.Name):
                    yield part, its


def _each(nodes: Iterable[ast.AST], scope: Scope) -> Children:
    return [(node, scope) for node in nodes]


def _below(node: ast.AST, scope: Scope) -> list[tuple[ast.AST, Scope]]:
    """Return the node's children in order, all in the same scope."""
    children: list[tuple[ast.AST, Scope]] = []
    for name in _fields(type(node).__name__):
        value = getattr(node, name, None)
        if isinstance(value, list):
            children += [(child, scope) for child in value if isinstance(child, ast.AST)]
        elif isinstance(value, ast.AST):
            children.append((value, scope))
    return children


@cache
def _fields(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of node in which there may be more nodes."""
    return tuple(name for name in getattr(ast, kind)._fields if name not in _EMPTY)


def _qualify(scope: Scope, name: str) -> str:
    if not scope.qualname:
        return name
    return f"{scope.qualname}.{'' if scope.kind == 'class' else '<locals>.'}{name}"
