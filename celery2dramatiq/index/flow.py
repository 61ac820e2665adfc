"""Which of a name's bindings reach one use of it, where the code is plain enough to tell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence

from celery2dramatiq.index.scopes import TRIES, Binding, Scope

Parents = Mapping[ast.AST, ast.AST]
Settles = Callable[[Binding], bool]

# Statements after which their names have their value, whatever else happens.
_SURE = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.With, ast.AsyncWith,
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
)  # fmt: skip
_WITH = (ast.With, ast.AsyncWith)
# Statements of which a part may run after one that is written below it, or be left in the middle.
_LOOPS = (ast.For, ast.AsyncFor)
_LOOSE = (*_LOOPS, ast.While, *TRIES)
_HAVE_STATEMENTS = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_AT_ONCE = (ast.ListComp, ast.SetComp, ast.DictComp, ast.ClassDef)
_BLOCKS = ("body", "orelse", "finalbody")
_IMPORT_ERRORS = ("ImportError", "ModuleNotFoundError")
_ALL_ERRORS = ("Exception", "BaseException")


def fallbacks(bindings: Sequence[Binding], parents: Parents) -> set[Binding]:
    """Return the bindings for the case that an import fails, and those for type checkers alone."""
    return {
        binding
        for binding in bindings
        if _is_fallback(binding, bindings, parents) or is_for_types(binding, parents)
    }


def is_for_types(binding: Binding, parents: Parents) -> bool:
    """Tell whether a binding stands in an `if TYPE_CHECKING:`."""
    node: ast.AST | None = binding.node
    while node is not None:
        parent = parents.get(node)
        if isinstance(parent, ast.If) and node in parent.body:
            name = getattr(parent.test, "attr", getattr(parent.test, "id", ""))
            if name == "TYPE_CHECKING":
                return True
        node = parent
    return False


def _is_fallback(binding: Binding, bindings: Sequence[Binding], parents: Parents) -> bool:
    """Tell whether a binding stands in the `except ImportError` of a `try` that binds the name."""
    node: ast.AST = binding.node
    while not isinstance(node, (ast.ExceptHandler, ast.Module)):
        node = parents[node]
    attempt = parents.get(node)
    if not isinstance(node, ast.ExceptHandler) or not isinstance(attempt, ast.Try):
        return False
    tried = [other for other in bindings if _is_below(other.node, attempt.body, parents)]
    if _catches(node.type, _IMPORT_ERRORS):
        return bool(tried)
    imports = any(other.kind in ("import", "from") for other in tried)
    return imports and (node.type is None or _catches(node.type, _ALL_ERRORS))


def _catches(caught: ast.expr | None, names: Sequence[str]) -> bool:
    every = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(one, ast.Name) and one.id in names for one in every)


def _is_below(node: ast.AST, block: Sequence[ast.AST], parents: Parents) -> bool:
    around: ast.AST | None = node
    while around is not None:
        if around in block:
            return True
        around = parents.get(around)
    return False


def _runs_later(here: Scope, owner: Scope) -> ast.AST | None:
    """Return the outermost function around a scope, in the owner, if it is not run in its place."""
    later = None
    while here is not owner:
        assert here.parent is not None  # the owner is around it
        if not isinstance(here.node, _AT_ONCE):
            later = here.node
        here = here.parent
    return later


class Flow:
    """The bindings of one name in its scope, by the statements in which they stand."""

    def __init__(self, name: str, owner: Scope, parents: Parents) -> None:
        self.owner = owner
        self.parents = parents
        self.bindings = owner.bindings[name]
        self.parameters = [one for one in self.bindings if one.kind == "parameter"]
        self.own: dict[ast.AST, list[Binding]] = {}  # by statement
        self.inside: dict[ast.AST, list[Binding]] = {}  # by any around it
        elsewhere = any(binding.scope is not owner for binding in self.bindings)
        self.plain = isinstance(owner.node, _HAVE_STATEMENTS) and not elsewhere
        for binding in self.bindings if self.plain else ():
            if binding.kind != "parameter":
                self._add(binding)

    def _add(self, binding: Binding) -> None:
        around = list(self.around(binding.node))
        statement = next(node for node in around if isinstance(node, ast.stmt))
        self.own.setdefault(statement, []).append(binding)
        for node in around:
            self.inside.setdefault(node, []).append(binding)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the node and everything around it in the owner's body."""
        while node is not self.owner.node:
            yield node
            node = self.parents[node]

    def reaching(self, node: ast.AST | None, here: Scope, settles: Settles) -> list[Binding]:
        """Return the bindings that may hold at the node.

        node: an expression in the scope `here`; None for the end of the module. settles: tells of
        a binding whether what the name meant before it can be forgotten.
        All bindings where code that runs at another time is involved; none at the very beginning.
        """
        if not self.plain:
            return self.bindings
        search = _Search(self, settles)
        if node is None:
            assert isinstance(self.owner.node, ast.Module)
            search.before(self.owner.node.body, len(self.owner.node.body))
        else:
            later = _runs_later(here, self.owner)
            search.climb(later or node)
            if later is not None:
                search.after(later)
        return [binding for binding in self.bindings if binding in search.found]


class _Search:
    """Goes backwards from a node to the bindings before it."""

    def __init__(self, flow: Flow, settles: Settles) -> None:
        self.flow = flow
        self.settles = settles
        self.found: set[Binding] = set()

    def climb(self, node: ast.AST) -> None:
        """Find what reaches the node: go from statement to statement, inside out."""
        around = [one for one in self.flow.around(node) if not isinstance(one, ast.expr)]
        statement = next(one for one in around if isinstance(one, ast.stmt))
        self._add_own(statement)
        below: ast.AST | None = None
        for current in around[around.index(statement) :]:
            if below is not None and self._enters(current, below):
                return
            if self._after_neighbours(current):
                return
            below = current
        self.found.update(self.flow.parameters)

    def after(self, node: ast.AST) -> None:
        """Add what is bound behind the beginning of a function: it may be called after that."""
        start = _position(node)
        self.found.update(one for one in self.flow.bindings if _position(one.node) >= start)

    def _add_own(self, statement: ast.AST) -> None:
        """Add what the node's own statement binds, if that can be before the node."""
        if isinstance(statement, ast.While):
            self.found.update(self.flow.inside.get(statement, ()))
        for binding in self.flow.own.get(statement, ()):
            if isinstance(binding.node, ast.NamedExpr) or isinstance(statement, _WITH):
                self.found.add(binding)

    def _enters(self, around: ast.AST, below: ast.AST) -> bool:
        """Add what is bound on the way into a compound statement; tell whether that settles it."""
        own = self.flow.own.get(around, [])
        if isinstance(around, ast.ExceptHandler):
            own = [
                binding for binding in self.flow.inside.get(around, ()) if binding.node is around
            ]
        if isinstance(around, _LOOSE):
            self.found.update(self.flow.inside.get(around, ()))
        self.found.update(own)
        in_body = isinstance(around, _LOOPS) and below in around.body
        return bool(own) and (in_body or isinstance(around, (*_WITH, ast.ExceptHandler)))

    def _after_neighbours(self, statement: ast.AST) -> bool:
        parent = self.flow.parents[statement]
        for name in _BLOCKS:
            block = getattr(parent, name, None)
            if isinstance(block, list) and statement in block:
                return self.before(block, block.index(statement))
        return False

    def before(self, block: Sequence[ast.AST], index: int) -> bool:
        """Add what the statements before that one bind; tell whether that settles it."""
        for statement in reversed(block[:index]):
            self.found.update(self.flow.inside.get(statement, ()))
            own = self.flow.own.get(statement, ())
            sure = [one for one in own if not isinstance(one.node, ast.NamedExpr)]
            if sure and isinstance(statement, _SURE) and all(map(self.settles, sure)):
                return True
        return False


def _position(node: ast.AST) -> tuple[int, int]:
    assert isinstance(node, (ast.stmt, ast.expr, ast.ExceptHandler, ast.pattern))
    return node.lineno, node.col_offset
