"""What is done with the value of an expression, told from what stands around it."""

from __future__ import annotations

import ast

from celery2dramatiq.index.arguments import argument
from celery2dramatiq.index.declarations import scope_of
from celery2dramatiq.index.model import Role
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.scopes import COMPREHENSIONS, Scope, under

_COLLECTIONS = (ast.List, ast.Tuple, ast.Set, ast.Dict, *COMPREHENSIONS)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_PLAIN: tuple[tuple[type[ast.AST], str], ...] = (
    (ast.Expr, "discarded"),
    (ast.Return, "returned"),
    (ast.Yield, "returned"),
    (ast.Await, "awaited"),
    (ast.FormattedValue, "formatted"),
    (ast.ExceptHandler, "caught"),
    (ast.Raise, "raised"),
    (ast.arguments, "default"),
    (ast.withitem, "entered"),
    (ast.Compare, "compared"),
)
_OPERATORS: dict[type[ast.operator], str] = {ast.BitOr: "|", ast.Add: "+", ast.Mod: "%"}


class Roles:
    """Tells the roles of the expressions of one module."""

    def __init__(self, module: Module, resolver: Resolver) -> None:
        self.module = module
        self.resolver = resolver
        self.parents = module.scopes.parents

    def of(self, node: ast.AST) -> Role:
        """Return the role of a chain, or of a string, that is no part of a longer chain."""
        return self._of(node, scope_of(node, self.module))

    def _of(self, node: ast.AST, scope: Scope) -> Role:
        parent = self.parents[node]
        context = getattr(node, "ctx", None)
        if isinstance(context, ast.Del):
            return Role("deleted")
        if isinstance(context, ast.Store):
            return self._stored(parent)
        if self._is_annotation(node):
            return Role("annotation")
        if isinstance(parent, (ast.Assign, ast.AnnAssign)):
            return self._assigned(parent, scope)
        if isinstance(parent, ast.NamedExpr):
            return self._walrus(parent, scope)
        if isinstance(parent, (ast.IfExp, ast.BoolOp)) and not self._is_test(node, parent):
            return self._choice(parent, scope)
        return self._of_value(node, parent)

    def _choice(self, choice: ast.AST, scope: Scope) -> Role:
        """Take the role of the whole `a if x else b` where a name is followed, or nothing is."""
        node, around = choice, self.parents[choice]
        while isinstance(around, (ast.IfExp, ast.BoolOp)):
            node, around = around, self.parents[around]
        if under(around) is node:
            return Role("other")
        role = self._of(node, scope)
        return role if role.kind in ("assigned", "discarded") else Role("other")

    def _of_value(self, node: ast.AST, parent: ast.AST) -> Role:
        if isinstance(parent, (ast.Call, ast.keyword)):
            return self._argument(node, parent)
        if self._is_test(node, parent):
            return Role("tested")
        if self._is_iterated(node, parent):
            return Role("iterated")
        if isinstance(parent, (*_COLLECTIONS, ast.Starred)):
            return self._element(node, parent)
        if isinstance(parent, ast.Lambda):
            return self._lambda(parent)
        if isinstance(parent, _DEFINITIONS):
            kind = "decorator" if node in parent.decorator_list else "base"
            return Role(kind, parent.name)
        return self._other(parent)

    def _other(self, parent: ast.AST) -> Role:
        if isinstance(parent, ast.BinOp):
            return Role("operand", _OPERATORS.get(type(parent.op), ""))
        if isinstance(parent, ast.AugAssign):
            return Role("operand", _OPERATORS.get(type(parent.op), "") + "=")
        return Role(next((name for kind, name in _PLAIN if isinstance(parent, kind)), "other"))

    def _is_test(self, node: ast.AST, parent: ast.AST) -> bool:
        """Tell whether all that counts is whether the value is true."""
        while isinstance(parent, ast.BoolOp):
            node, parent = parent, self.parents[parent]
        if isinstance(parent, ast.UnaryOp):
            return isinstance(parent.op, ast.Not)
        if isinstance(parent, COMPREHENSIONS):
            return any(node in generator.ifs for generator in parent.generators)
        return getattr(parent, "test", None) is node

    def _is_iterated(self, node: ast.AST, parent: ast.AST) -> bool:
        if isinstance(parent, COMPREHENSIONS):
            return any(generator.iter is node for generator in parent.generators)
        return isinstance(parent, (ast.For, ast.AsyncFor)) and parent.iter is node

    def _is_annotation(self, node: ast.AST) -> bool:
        """Tell whether the expression is, or is part of, the annotation of something."""
        parent = self.parents[node]
        while isinstance(parent, (ast.Subscript, ast.Tuple, ast.List, ast.BinOp)):
            node, parent = parent, self.parents[parent]
        if isinstance(parent, ast.AnnAssign):
            return node not in (parent.target, parent.value)
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return node not in parent.decorator_list
        return isinstance(parent, ast.arg)

    def _stored(self, parent: ast.AST) -> Role:
        if isinstance(parent, ast.AugAssign):
            return Role("augmented", value=argument(parent.value, self.module, self._dotted))
        if isinstance(parent, ast.AnnAssign) or (
            isinstance(parent, ast.Assign) and len(parent.targets) == 1
        ):
            value = parent.value
            if value is not None:
                return Role("stored", value=argument(value, self.module, self._dotted))
        return Role("stored")

    def _assigned(self, parent: ast.Assign | ast.AnnAssign, scope: Scope) -> Role:
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if len(names) < len(targets):
            return Role("other", self.module.code(targets[0]) if len(targets) == 1 else "")
        if scope.kind == "class" and not set(names) <= scope.outside:
            return Role("attribute", names[0])  # also reached through the class: not followed
        return Role("assigned", names[0])

    def _walrus(self, parent: ast.NamedExpr, scope: Scope) -> Role:
        """Take the role of the whole `(name := value)`, unless that is a plain assignment."""
        around = self.parents[parent]
        chained = under(around) is parent
        role = None if chained else self._of(parent, scope)
        if role is None or role.kind in ("discarded", "tested"):
            return Role("assigned", parent.target.id)
        return role

    def _argument(self, node: ast.AST, parent: ast.AST) -> Role:
        keyword = None
        if isinstance(parent, ast.keyword):
            keyword = parent.arg
            parent = self.parents[parent]
        if not isinstance(parent, ast.Call):
            return Role("other")  # a class keyword
        index = next((i for i, value in enumerate(parent.args) if value is node), None)
        following = None
        if index == 0 and len(parent.args) > 1:  # getattr(module, "name"), patch.object(...)
            following = argument(parent.args[1], self.module, self._dotted)
        around = self._handed_to(parent)
        return Role("argument", self._callee(parent), following, index, keyword, around)

    def _handed_to(self, call: ast.Call) -> str:
        """Return what is called with the result of a call, "" if nothing is."""
        around = self.parents[call]
        if isinstance(around, ast.keyword):
            around = self.parents[around]
        handed = isinstance(around, ast.Call) and around.func is not call
        return self._callee(around) if handed and isinstance(around, ast.Call) else ""

    def _element(self, node: ast.AST, parent: ast.AST) -> Role:
        """Say what the outermost collection is an argument of, if it is one."""
        if _is_looped_over(parent, self.parents[parent]):
            return Role("looped")
        while isinstance(parent, (*_COLLECTIONS, ast.Starred)):
            node, parent = parent, self.parents[parent]
        if isinstance(parent, (ast.Call, ast.keyword)):
            around = self._argument(node, parent)
            return Role("element", around.detail, None, around.index, around.keyword)
        return Role("element")

    def _lambda(self, parent: ast.Lambda) -> Role:
        around = self.parents[parent]
        handed = isinstance(around, (ast.Call, ast.keyword))
        return Role("lambda", self._argument(parent, around).detail if handed else "")

    def _callee(self, call: ast.Call) -> str:
        names = self._dotted(call.func, self.module)
        return names[0] if len(names) == 1 else self.module.code(call.func)

    def _dotted(self, node: ast.AST, module: Module) -> tuple[str, ...]:
        return self.resolver.dotted(node, module)


def _is_looped_over(collection: ast.AST, parent: ast.AST) -> bool:
    """Tell whether each element of a collection goes to a name that is followed."""
    if not isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
        return False
    literal = isinstance(collection, (ast.List, ast.Tuple, ast.Set))
    return literal and parent.iter is collection and isinstance(parent.target, ast.Name)
