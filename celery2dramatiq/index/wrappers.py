"""Functions of the project's own that declare tasks: decorators around Celery's decorator."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from celery2dramatiq.index.arguments import arguments
from celery2dramatiq.index.model import Arg, Wrapper
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.resolve import Resolver

Function = ast.FunctionDef | ast.AsyncFunctionDef
# What declares a task: the app (None: whichever is current), and whether that is certain.
Declares = Callable[[ast.expr, Module], "tuple[str | None, bool] | None"]
WRAPS = "functools.wraps"


@dataclass(frozen=True, slots=True)
class Wrapping:
    """A wrapper, and what the index needs of it besides.

    nodes: what comes to be the task, in the wrapper. called: it is given options, and what it
    returns gets the function (None: it may be either).
    """

    wrapper: Wrapper
    nodes: tuple[ast.expr, ...]
    app: str | None
    certain: bool
    called: bool | None


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a wrapper calls Celery's decorator.

    plain: the decorator without its arguments. printed: with them. task: the task that comes of
    it, None if that is returned as a decorator. function: what becomes the task.
    """

    plain: ast.expr
    printed: ast.expr
    task: ast.expr | None
    function: ast.expr | Function | None
    given: bool = False  # the function is the first argument of `printed`


class WrapperFinder:
    """Tells of a function whether it is a wrapper."""

    def __init__(self, module: Module, resolver: Resolver, declares: Declares) -> None:
        self.module = module
        self.resolver = resolver
        self.declares = declares

    def find(self, node: ast.AST) -> Wrapping | None:
        """Return what a function wraps, if it calls one decorator of Celery's and returns that."""
        if not isinstance(node, ast.FunctionDef) or node.decorator_list:
            return None
        returned = self.module.scopes.of_node[node].returned
        if len(returned) != 1 or not isinstance(returned[0], (ast.Call, ast.Name)):
            return None  # before the walk, which is most of the time that an index takes
        sites = list(self._sites(node))
        if len(sites) != 1:
            return None
        inner, called = self._inner(node, sites[0])
        if inner is None:
            return None
        return self._wrapping(node, sites[0], inner, called)

    # -- where it calls Celery's decorator

    def _sites(self, function: ast.FunctionDef) -> Iterator[_Site]:
        for node in ast.walk(function):
            if isinstance(node, Function) and node is not function:
                for decorator in node.decorator_list:
                    plain = decorator.func if isinstance(decorator, ast.Call) else decorator
                    if self._is_celerys(plain):
                        yield _Site(plain, decorator, decorator, node)
            elif isinstance(node, ast.Call) and self._is_called(node):
                yield self._site(node)

    def _is_celerys(self, plain: ast.expr) -> bool:
        return self.declares(plain, self.module) is not None

    def _is_called(self, node: ast.Call) -> bool:
        return self._is_celerys(node.func) and not self._decorates(node)

    def _decorates(self, node: ast.AST) -> bool:
        around = self.module.scopes.parents[node]
        return isinstance(around, Function) and node in around.decorator_list

    def _site(self, node: ast.Call) -> _Site:
        around = self.module.scopes.parents[node]
        if isinstance(around, ast.Call) and around.func is node and len(around.args) == 1:
            return _Site(node.func, node, around, around.args[0])
        first = node.args[0] if node.args else None
        if first is None or isinstance(first, ast.Starred):
            return _Site(node.func, node, None, None)
        return _Site(node.func, node, node, first, given=True)

    # -- who returns it

    def _inner(
        self, function: ast.FunctionDef, site: _Site
    ) -> tuple[ast.FunctionDef | None, bool | None]:
        """Return the function that is called with the task's, and whether options come first."""
        if site.task is None:
            return (function, None) if self._returns(function, site.printed) else (None, None)
        if self._returns(function, site.task):
            return function, False
        for node in function.body:
            if isinstance(node, ast.FunctionDef) and self._returns(node, site.task):
                alone = not node.decorator_list and len(_names(node)) == 1
                return (node, True) if alone and _hands_on(function, node) else (None, None)
        return None, None

    def _returns(self, function: ast.FunctionDef, task: ast.expr) -> bool:
        """Tell whether a function returns just that: the expression, or the name that it has."""
        returned = self.module.scopes.of_node[function].returned
        if len(returned) != 1:
            return False
        if returned[0] is task:
            return True
        around = self.module.scopes.parents[task]
        name = ""
        if isinstance(around, ast.FunctionDef) and around in function.body:
            name = around.name
        if isinstance(around, ast.Assign) and around in function.body:
            name = getattr(around.targets[0], "id", "")
        return bool(name) and isinstance(returned[0], ast.Name) and returned[0].id == name

    # -- what it does with it

    def _wrapping(
        self, node: ast.FunctionDef, site: _Site, inner: ast.FunctionDef, called: bool | None
    ) -> Wrapping | None:
        names = _names(inner)
        given = names[0] if names and called is not None else ""
        as_it_is = isinstance(site.function, ast.Name) and site.function.id == given
        wrapped = not as_it_is and self._wraps(site.function, given, inner)
        if called is not None and not as_it_is and not wrapped:
            return None
        declared = self.declares(site.plain, self.module)
        assert declared is not None  # else it were no site
        printed = site.printed
        args: tuple[Arg, ...] = ()
        if isinstance(printed, ast.Call):
            args = arguments(printed, self.module, self.resolver.dotted)[int(site.given) :]
        hands_on = node.args.kwarg.arg if node.args.kwarg is not None else ""
        passes = any(arg.star == "**" and arg.code == hands_on for arg in args)
        options = tuple(arg for arg in args if not arg.star)
        wrapper = Wrapper(
            id=f"{self.module.path}::{self.module.scopes.of_node[node].qualname}",
            path=self.module.path,
            place=self.module.place(printed),
            decorates=self._decorates(printed),
            options=tuple(replace(arg, spread=True) for arg in options),
            given=site.given,
            passes=passes,
            function=given,
            wraps=wrapped,
        )
        problem = _problem(node, inner, printed, hands_on)
        task = site.task if site.task is not None else printed
        app, certain = declared
        return Wrapping(replace(wrapper, problem=problem), (task,), app, certain, called)

    def _wraps(self, function: ast.AST | None, given: str, inner: ast.FunctionDef) -> bool:
        """Tell whether a function inside goes by the name of the one that is given."""
        if isinstance(function, ast.Name):
            defs = [n for n in inner.body if isinstance(n, Function) and n.name == function.id]
            function = defs[0] if len(defs) == 1 else None
        if not isinstance(function, Function):
            return False
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and len(decorator.args) == 1:
                plain = self.resolver.dotted(decorator.func, self.module)
                first = decorator.args[0]
                if plain == (WRAPS,) and isinstance(first, ast.Name) and first.id == given:
                    return True
        return False


def _names(node: ast.FunctionDef) -> list[str]:
    """Return a function's plain parameters."""
    return [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]


def _hands_on(outer: ast.FunctionDef, inner: ast.FunctionDef) -> bool:
    """Tell whether the outer function ends by returning the inner one."""
    last = outer.body[-1]
    name = last.value if isinstance(last, ast.Return) else None
    return isinstance(name, ast.Name) and name.id == inner.name


def _problem(
    outer: ast.FunctionDef, inner: ast.FunctionDef, printed: ast.expr, hands_on: str
) -> str:
    """Return why what the wrapper hands to Celery cannot be told, if so."""
    local = {arg.arg for arg in ast.walk(outer) if isinstance(arg, ast.arg)}
    names = [node for node in ast.walk(outer) if isinstance(node, ast.Name)]
    local |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
    for word in printed.keywords if isinstance(printed, ast.Call) else ():
        used = {node.id for node in ast.walk(word.value) if isinstance(node, ast.Name)}
        if used & (local - ({hands_on} if word.arg is None else set())):
            return f"`{word.arg or '**'}` depends on what it is given"
    if hands_on and [name.id for name in names].count(hands_on) != 1:
        return f"it does something else with `{hands_on}`"
    own = len(_names(outer)) + len(outer.args.kwonlyargs) - (inner is outer)
    return "it has parameters of its own" if own > 0 else ""
