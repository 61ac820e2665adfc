"""What holds an app's settings: a module, a class, an object, a dictionary, Django, Flask."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from celery2dramatiq.index.bound_to import bindings_of
from celery2dramatiq.index.declarations import enclosing_statement
from celery2dramatiq.index.later import is_set_later
from celery2dramatiq.index.model import Reading
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.written import Contents, Reader, Written

DJANGO = "django.conf.settings"
_DEEPEST = 10  # of names that stand for names


@dataclass(frozen=True, slots=True)
class Holder:
    """Something that holds settings. kind, name: see `configuration.Source`.

    reading: how the module that names it reads one of them; its key is left out.
    """

    kind: str
    name: str
    contents: Contents
    reading: Reading


class Holders:
    """Finds what an expression that is given to `config_from_object` or `update` holds."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.modules = reader.modules
        self.resolver = reader.resolver

    def held(self, node: ast.expr, module: Module) -> Holder | None:
        """Return what an expression holds; None if that cannot be told."""
        if isinstance(node, ast.Constant):
            return self._named(node.value, module)
        if isinstance(node, ast.Name) and node.id == "__name__":
            return self._of_module(module.path, Reading("", ""))
        owner = Reading(module.code(node), "")
        values = [value for value in self.resolver.values(node, module) if not value.steps]
        targets = {(value.target.kind, value.target.name) for value in values}
        if targets == {("external", DJANGO)}:
            return Holder("django", "", Contents(), owner)
        kind, name = targets.pop() if len(targets) == 1 else ("", "")
        if kind == "module":
            return self._of_module(name, owner)
        if kind == "class":
            return Holder("class", name, self.reader.class_(name), owner)
        flask = self._of_flask(node, owner)
        return flask or self._defined(node, module, owner)

    def _of_module(self, path: str, reading: Reading) -> Holder | None:
        contents = self.reader.module(path)
        return Holder("module", path, contents, reading) if contents.paths else None

    # -- strings

    def _named(self, text: object, module: Module) -> Holder | None:
        """Return what a string names, as celery/loaders/base.py: `_smart_import` reads it."""
        if not isinstance(text, str):
            return None
        if text.replace(":", ".") == DJANGO:
            reading = Reading("settings", "", module="django.conf", name="settings")
            return Holder("django", "", Contents(), reading)
        path = self.modules.absolute(text, module.path) if ":" not in text else None
        if path is not None:
            package, _, last = text.rpartition(".")
            name = last if package else ""
            return self._of_module(path, Reading(last, "", module=package or last, name=name))
        start, _, name = text.replace(":", ".").rpartition(".")
        path = self.modules.absolute(start, module.path)
        inner = self.modules.get(path) if path is not None else None
        if inner is None:
            return None
        return self._top(name, inner, Reading(name, "", module=start, name=name))

    def _top(self, name: str, module: Module, reading: Reading) -> Holder | None:
        """Return what a name at the top of a module holds."""
        bindings = module.scopes.module.bindings.get(name, [])
        one = bindings[0] if len(bindings) == 1 else None
        if one is not None and one.kind == "class":
            full = f"{module.path}::{name}"
            return Holder("class", full, self.reader.class_(full), reading)
        if one is None or one.kind != "assign" or one.value is None:
            return None
        if is_set_later(one.value, module):
            return None
        return self._defined(one.value, module, reading)

    # -- names for dictionaries and objects

    def _defined(
        self, node: ast.expr, module: Module, reading: Reading, depth: int = 0
    ) -> Holder | None:
        items = self.reader.dictionary(node, module)
        if items is not None:
            shown = isinstance(node, (ast.Dict, ast.Call)) and module.code(node) == reading.owner
            owner = replace(reading, owner="" if shown else reading.owner, item=True)
            return Holder("dictionary", "", items, owner)
        if isinstance(node, ast.Call):
            return self._made(node, module, reading, depth)
        found = self._value(node, module) if depth < _DEEPEST else None
        if found is None or is_set_later(*found):
            return None
        return self._defined(*found, reading, depth + 1)

    def _made(self, node: ast.Call, module: Module, reading: Reading, depth: int) -> Holder | None:
        """Return what an object of a class of the project holds, or what a function returns."""
        for value in self.resolver.values(node.func, module):
            if value.target.kind == "class" and not value.steps:
                name = value.target.name
                return Holder("object", name, self.reader.class_(name, made=True), reading)
        returned = list(self._returned(node.func, module))
        if len(returned) != 1 or depth >= _DEEPEST:
            return None
        home, result = returned[0]
        return self._defined(result, home, reading, depth + 1)

    def _returned(self, node: ast.expr, module: Module) -> Iterator[tuple[Module, ast.expr]]:
        """Yield what each function of the project that a name may stand for returns."""
        for binding, home in bindings_of(node, module, self.resolver, self.modules.get):
            made = binding.node
            if binding.kind != "def" or not isinstance(made, Function):
                continue
            inner = home.scopes.of_node.get(made)
            if inner is not None and len(inner.returned) == 1:
                yield home, inner.returned[0]

    def _value(self, node: ast.expr, module: Module) -> tuple[ast.expr, Module] | None:
        """Return the one expression that a name stands for, and its module."""
        found = list(bindings_of(node, module, self.resolver, self.modules.get))
        if len(found) != 1 or found[0][0].kind != "assign" or found[0][0].value is None:
            return None
        return found[0][0].value, found[0][1]

    # -- Flask

    def _of_flask(self, node: ast.expr, reading: Reading) -> Holder | None:
        """Return what `app.config`, or an item of it, holds: what all the project puts there."""
        key = _item_key(node)
        config = node.value if isinstance(node, ast.Subscript) else node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            config = node.func.value
        if not (isinstance(config, ast.Attribute) and config.attr == "config"):
            return None
        written = tuple(self._put_into_config())
        owner = replace(reading, item=True)
        if config is node:
            paths = tuple(dict.fromkeys(one.module.path for one in written))
            return Holder("dictionary", "", Contents(written, (), paths), owner)
        named = [one for one in written if one.key == key]
        items = [self.reader.dictionary(one.value, one.module) for one in named]
        if len(items) != 1 or items[0] is None:
            return None
        # The whole item may be another one where the application is configured from outside.
        settled = not self._is_configured_outside()
        found = (replace(w, settled=w.settled and settled, always=False) for w in items[0].written)
        return Holder("dictionary", "", replace(items[0], written=tuple(found)), owner)

    def _is_configured_outside(self) -> bool:
        """Tell whether a Flask configuration takes anything that cannot be seen."""
        return any(
            isinstance(node, ast.Call) and _is_of_config(node.func) and _takes_unseen(node)
            for module in self.modules.all_parsed()
            for node in ast.walk(module.tree)
        )

    def _put_into_config(self) -> Iterator[Written]:
        """Yield what any module puts into a Flask configuration, the later after the earlier."""
        for module in self.modules.all_parsed():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and _is_of_config(node.func):
                    yield from self._put(node, module)
                elif isinstance(node, ast.Assign) and _is_config_item(node.targets[0]):
                    key = _item_key(node.targets[0])
                    settled = node.col_offset == 0
                    yield Written(key, node.value, node, module, settled, settled)

    def _put(self, node: ast.Call, module: Module) -> Iterator[Written]:
        assert isinstance(node.func, ast.Attribute)
        if node.func.attr in ("from_mapping", "update"):
            contents = self.reader.keywords(node, module)
            for value in node.args:
                contents = contents.plus(self.reader.dictionary(value, module) or Contents())
            settled = enclosing_statement(node, module).col_offset == 0
            for one in contents.written:
                yield replace(one, settled=one.settled and settled, always=one.always and settled)
        elif node.func.attr == "from_object" and node.args:
            held = self.held(node.args[0], module)
            for one in held.contents.written if held is not None else ():
                if one.key.isupper():
                    yield one


def _is_of_config(node: ast.expr) -> bool:
    inner = node.value if isinstance(node, ast.Attribute) else None
    return isinstance(inner, ast.Attribute) and inner.attr == "config"


def _takes_unseen(node: ast.Call) -> bool:
    assert isinstance(node.func, ast.Attribute)
    if node.func.attr in ("from_prefixed_env", "from_envvar", "from_pyfile", "from_file"):
        return True
    plain = node.func.attr in ("from_mapping", "update")
    return plain and any(not isinstance(value, ast.Dict) for value in node.args)


def _is_config_item(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and _is_of_config_value(node.value)


def _is_of_config_value(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "config"


def _item_key(node: ast.expr) -> str:
    """Return the key of `x["key"]` and `x.get("key")`."""
    key: ast.expr | None = node.slice if isinstance(node, ast.Subscript) else None
    if isinstance(node, ast.Call) and node.args:
        key = node.args[0]
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
