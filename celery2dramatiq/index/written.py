"""What a module, a class or a dictionary of the project writes under which names, in order."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from celery2dramatiq.index.arguments import may_change
from celery2dramatiq.index.declarations import enclosing_statement
from celery2dramatiq.index.model import Place
from celery2dramatiq.index.modules import Module, Modules
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.scopes import TRIES

# Base classes that bring no settings.
_BARE = ("object", "ABC", "Protocol", "Generic", "Enum", "NamedTuple", "BaseSettings", "BaseModel")
_DEEPEST = 20  # of modules that import each other with a star


@dataclass(frozen=True, slots=True)
class Written:
    """One name and what is written under it.

    settled: whatever happens. always: something is written under the name whatever happens, if
    not this. plain: the expression is the value; else it is only a part of it, or
    the value is computed elsewhere (the field of a class that reads the environment).
    """

    key: str
    value: ast.expr
    statement: ast.stmt
    module: Module
    settled: bool = True
    always: bool = True
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything written in one thing. open: what may write more than can be seen."""

    written: tuple[Written, ...] = ()
    open: tuple[Place, ...] = ()
    paths: tuple[str, ...] = ()

    def plus(self, other: Contents) -> Contents:
        """Return the contents with others after them."""
        paths = tuple(dict.fromkeys((*self.paths, *other.paths)))
        return Contents((*self.written, *other.written), (*self.open, *other.open), paths)


class Reader:
    """Reads contents; modules that are needed for it are parsed."""

    def __init__(self, modules: Modules, resolver: Resolver) -> None:
        self.modules = modules
        self.resolver = resolver
        self._open: set[object] = set()  # what is being read: names may lead back to themselves

    def module(self, path: str, depth: int = 0) -> Contents:
        """Return what importing a module leaves under its names."""
        module = self.modules.get(path) if depth < _DEEPEST else None
        if module is None:
            return Contents()
        body = self._body(module.tree.body, module, depth)
        return Contents((), (), (path,)).plus(body)

    def class_(self, name: str, *, made: bool = False) -> Contents:
        """Return what a class, "path::Name", and its bases in the project hold.

        made: what an object of it holds, which may have fields without a value, and properties.
        """
        path, _, qualname = name.partition("::")
        module = self.modules.get(path)
        scopes = module.scopes.named.get(qualname, []) if module is not None else []
        if module is not None and len(scopes) > 1:  # which one there is depends on the run
            return Contents((), tuple(module.place(one.node) for one in scopes), (path,))
        node = scopes[0].node if scopes else None
        if module is None or not isinstance(node, ast.ClassDef) or node in self._open:
            return Contents()
        self._open.add(node)
        found = Contents()
        for base in reversed(node.bases):
            found = found.plus(self._base(base, module, made=made))
        self._open.remove(node)
        own = self._body(node.body, module, 0)
        given = Contents(tuple(_given_to_objects(node, module)) if made else (), (), (path,))
        return found.plus(own).plus(given)

    def _base(self, base: ast.expr, module: Module, *, made: bool) -> Contents:
        """Return what a base class gives; one from outside the project may give anything."""
        plain = base.value if isinstance(base, ast.Subscript) else base
        values = self.resolver.values(plain, module)
        own = [value.target.name for value in values if value.target.kind == "class"]
        if not own:
            return Contents((), () if _last_name(plain) in _BARE else (module.place(base),))
        found = Contents()
        for name in own:
            found = found.plus(self.class_(name, made=made))
        return found

    def _body(self, body: Iterable[ast.stmt], module: Module, depth: int) -> Contents:
        found = Contents()
        for statement in body:
            found = found.plus(self._statement(statement, module, depth))
        return found

    def _statement(self, statement: ast.stmt, module: Module, depth: int) -> Contents:
        if isinstance(statement, ast.ImportFrom):
            return self._imported(statement, module, depth)
        if isinstance(statement, ast.If):
            first = self._body(statement.body, module, depth)
            return _either(first, self._body(statement.orelse, module, depth))
        if isinstance(statement, TRIES):
            rest = [*statement.orelse, *statement.finalbody]
            rest += [inner for handler in statement.handlers for inner in handler.body]
            found = self._body(statement.body, module, depth)
            return _either(found.plus(self._body(rest, module, depth)), Contents())
        if isinstance(statement, (ast.For, ast.While)):
            return _either(self._body(statement.body, module, depth), Contents())
        if isinstance(statement, ast.With):
            return self._body(statement.body, module, depth)
        return Contents(tuple(_assigned(statement, module)))

    def _imported(self, node: ast.ImportFrom, module: Module, depth: int) -> Contents:
        path = self.modules.imported(node.module or "", node.level, module.path)
        star = any(alias.name == "*" for alias in node.names)
        if path is None or path not in self.modules.sources:
            return Contents((), (module.place(node),) if star else ())
        if star:
            return self.module(path, depth + 1)
        given = self.module(path, depth + 1)
        return Contents(tuple(_taken(node, given)))

    # -- dictionaries

    def dictionary(self, node: ast.expr, module: Module) -> Contents | None:
        """Return the items of a dictionary that is written out, or of a name for one."""
        if isinstance(node, ast.Dict):
            return self._display(node, module)
        if isinstance(node, ast.Call) and is_builtin(node.func, "dict", module):
            found = Contents((), (), (module.path,))
            for value in node.args:
                found = found.plus(self._spread(value, module))
            return found.plus(self.keywords(node, module))
        if isinstance(node, ast.Name) and node in module.scopes.bases:
            return self._named(node, module)
        return None

    def _named(self, node: ast.Name, module: Module) -> Contents | None:
        owner = module.scopes.bases[node].owner(node.id)
        bindings = owner.bindings[node.id] if owner is not None else []
        one = bindings[0] if len(bindings) == 1 else None
        if owner is None or one is None or one.kind != "assign" or one.value is None:
            return None
        if one.value in self._open:
            return None
        self._open.add(one.value)
        found = self.dictionary(one.value, module)
        self._open.remove(one.value)
        if found is not None and may_change(node.id, owner, module):
            return replace(found, open=(*found.open, module.place(one.value)))
        return found

    def _display(self, node: ast.Dict, module: Module) -> Contents:
        found = Contents((), (), (module.path,))
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found = found.plus(_item(key.value, value, module))
            elif key is None:
                found = found.plus(self._spread(value, module))
            else:
                found = found.plus(Contents((), (module.place(value),)))
        return found

    def _spread(self, value: ast.expr, module: Module) -> Contents:
        """Return what a dictionary gives to another one, or that it cannot be seen."""
        return self.dictionary(value, module) or Contents((), (module.place(value),))

    def keywords(self, node: ast.Call, module: Module) -> Contents:
        """Return the keywords of a call, with those of `**` dictionaries."""
        found = Contents((), (), (module.path,))
        for keyword in node.keywords:
            if keyword.arg is not None:
                found = found.plus(_item(keyword.arg, keyword.value, module))
            else:
                found = found.plus(self._spread(keyword.value, module))
        return found


def is_builtin(node: ast.expr, name: str, module: Module) -> bool:
    """Tell whether a name is Python's own, and bound to nothing else."""
    plain = isinstance(node, ast.Name) and node.id == name
    return plain and not module.scopes.bases[node].lookup(name)


def _item(key: str, value: ast.expr, module: Module) -> Contents:
    return Contents((Written(key, value, enclosing_statement(value, module), module),))


def _either(first: Contents, second: Contents) -> Contents:
    """Return the contents of two branches, only one of which is run."""
    keys = [{one.key for one in branch.written if one.always} for branch in (first, second)]
    both = keys[0] & keys[1]
    found = first.plus(second)
    written = (
        replace(one, settled=False, always=one.always and one.key in both) for one in found.written
    )
    return replace(found, written=tuple(written))


def _assigned(statement: ast.stmt, module: Module) -> Iterator[Written]:
    """Yield the names that a statement gives a value, or whose value it changes."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield Written(target.id, statement.value, statement, module)
            elif isinstance(target, ast.Subscript) and (name := _of_item(target)):
                yield _changed(name, statement.value, statement, module)
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        if statement.value is not None:
            yield Written(statement.target.id, statement.value, statement, module)
    elif isinstance(statement, ast.AugAssign) and (name := _of_item(statement.target)):
        yield _changed(name, statement.value, statement, module)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        if isinstance(called, ast.Attribute) and (name := _of_item(called.value)):
            yield _changed(name, statement.value, statement, module)


def _of_item(node: ast.expr) -> str:
    """Return the name of which an expression is an item, or an item's item; "" if of none."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _given_to_objects(node: ast.ClassDef, module: Module) -> Iterator[Written]:
    """Yield what an object has beyond its class: fields, properties, what methods set."""
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            filled = node.bases or node.decorator_list  # by pydantic, dataclasses, attrs
            if statement.value is None and filled:
                name = statement.target.id
                yield Written(name, statement.annotation, statement, module, plain=False)
        elif isinstance(statement, Function):
            yield from _of_method(statement, module)


def _of_method(node: Function, module: Module) -> Iterator[Written]:
    """Yield what a property, or a method that sets attributes of `self`, gives to the object."""
    if node.decorator_list:
        yield Written(node.name, node.decorator_list[0], node, module, plain=False)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and _is_set_on_self(inner):
            statement = enclosing_statement(inner, module)
            sure = node.name == "__init__" and statement in node.body
            yield Written(inner.attr, inner, statement, module, sure, sure, plain=False)


def _is_set_on_self(node: ast.Attribute) -> bool:
    of_self = isinstance(node.value, ast.Name) and node.value.id == "self"
    return of_self and isinstance(node.ctx, ast.Store)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _changed(key: str, value: ast.expr, statement: ast.stmt, module: Module) -> Written:
    return Written(key, value, statement, module, settled=False, always=False, plain=False)


def _taken(node: ast.ImportFrom, given: Contents) -> Iterator[Written]:
    """Yield what names that are imported one by one stand for."""
    for alias in node.names:
        for one in given.written:
            if one.key == alias.name:
                yield replace(one, key=alias.asname or alias.name)
