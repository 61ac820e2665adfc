"""What a Django project says about itself: its settings modules, `INSTALLED_APPS`, `manage.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from celery2dramatiq.index.environments import settings_modules
from celery2dramatiq.index.model import Place
from celery2dramatiq.index.modules import Module, Modules, is_test

_DEFAULT = re.compile(r"[\"']DJANGO_SETTINGS_MODULE[\"']\s*[\],]\s*=?\s*[\"']([\w.]+)[\"']")
_SETUP = re.compile(r"\b(django\.setup|get_[aw]sgi_application)\(\)")
_STAR = "*"


@dataclass(frozen=True, slots=True)
class Installed:
    """One place that gives INSTALLED_APPS a value, other than by adding to what it has.

    statement: at the top of its module, the one that holds the place. value: the expression.
    first: where the list begins: a list or a tuple that is written out (`kind` is `element`), or a
    name for one (`name`); None where that cannot be told. brackets: `[]` or `()`.
    names: the strings in it.
    """

    statement: Place
    value: Place
    first: Place | None
    kind: str = ""
    brackets: str = "[]"
    code: str = ""
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Django:
    """A Django project.

    settings: paths of the modules that settings are read from. installed: see there.
    folders: of the project's own applications that are installed, each relative to the root.
    manage: path of manage.py, "" if there is none. manage_settings, app_settings: the settings
    module that it names, and the one that the Celery app's module names.
    broker: what the DRAMATIQ_BROKER of the settings names, "" if there is none.
    early: paths of modules that a program imports above its `django.setup()`, or the like.
    time_zone: the TIME_ZONE of the settings; "" if none is written out, or several are.
    """

    settings: tuple[str, ...]
    installed: tuple[Installed, ...]
    folders: tuple[str, ...]
    manage: str = ""
    manage_settings: str = ""
    app_settings: str = ""
    broker: str = ""
    early: tuple[str, ...] = ()
    time_zone: str = ""


def read(modules: Modules, app_path: str) -> Django | None:
    """Return what is said of the Django project that an app belongs to; None if there is none.

    app_path: path of the module that makes the Celery app.
    """
    source = modules.sources.get(app_path)
    paths = _with_bases(settings_modules(modules, app_path), modules)
    parsed = [module for path in paths if (module := modules.get(path)) is not None]
    installed = tuple(one for module in parsed for one in _installed(module, parsed))
    if not installed or source is None:
        return None
    manage = _manage(modules, paths)
    return Django(
        settings=tuple(paths),
        installed=installed,
        folders=tuple(dict.fromkeys(_folders(parsed, modules))),
        manage=manage,
        manage_settings=_default(modules.sources[manage].text) if manage else "",
        app_settings=_default(source.text),
        early=tuple(dict.fromkeys(_before_setup(modules))),
        broker=next((text for module in parsed for text in _broker(module)), ""),
        time_zone=_time_zone(parsed),
    )


def _with_bases(paths: Iterable[str], modules: Modules) -> list[str]:
    """Return the settings modules, with those of which they take everything."""
    found = dict.fromkeys(paths)
    stack = list(paths)
    while stack:
        module = modules.get(stack.pop())
        for statement in ast.walk(module.tree) if module is not None else ():
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == _STAR:
                assert module is not None
                path = modules.imported(statement.module or "", statement.level, module.path)
                if path is not None and path in modules.sources and path not in found:
                    found[path] = None
                    stack.append(path)
    return list(found)


def _manage(modules: Modules, settings: Sequence[str]) -> str:
    """Return the path of the manage.py that runs the project, the outermost first."""
    found = [
        path
        for path, source in modules.sources.items()
        if PurePosixPath(path).name == "manage.py" and "execute_from_command_line" in source.text
    ]
    own = [
        path
        for path in found
        if modules.absolute(_default(modules.sources[path].text), path) in settings
    ]
    return min(own or found, key=lambda path: (path.count("/"), path), default="")


def _default(text: str) -> str:
    found = _DEFAULT.search(text)
    return found[1] if found is not None else ""


def _before_setup(modules: Modules) -> Iterator[str]:
    """Yield what programs import before Django, and with it the broker, is there."""
    for path, source in sorted(modules.sources.items()):
        module = modules.get(path) if _SETUP.search(source.text) and not is_test(path) else None
        for statement in module.tree.body if module is not None else ():
            if _SETUP.search(ast.unparse(statement)):
                break
            yield from _imported(statement, path, modules)


def _imported(statement: ast.stmt, path: str, modules: Modules) -> Iterator[str]:
    names: list[str | None] = []
    if isinstance(statement, ast.Import):
        names = [modules.absolute(alias.name, path) for alias in statement.names]
    elif isinstance(statement, ast.ImportFrom):
        home = modules.imported(statement.module or "", statement.level, path)
        names = [home, *(modules.child(home, a.name) for a in statement.names if home is not None)]
    for name in names:
        if name is not None and modules.get(name) is not None:
            yield name


# -- INSTALLED_APPS


def _installed(module: Module, settings: Sequence[Module]) -> Iterator[Installed]:
    for statement in module.tree.body:
        for node in ast.walk(statement):
            value = _value_of(node, "INSTALLED_APPS")
            if value is not None and not _mentions(value, "INSTALLED_APPS"):
                yield _place(value, statement, module, settings)


def _value_of(node: ast.AST, name: str) -> ast.expr | None:
    """Return what an assignment gives to a name, if it is one to that name."""
    targets: Sequence[ast.expr] = ()
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    if any(isinstance(target, ast.Name) and target.id == name for target in targets):
        assert isinstance(node, (ast.Assign, ast.AnnAssign))
        return node.value
    return None


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node))


def _place(
    value: ast.expr, statement: ast.stmt, module: Module, settings: Sequence[Module]
) -> Installed:
    left = value
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        left = left.left
    kind, brackets = "", "[]"
    if isinstance(left, (ast.List, ast.Tuple)):
        kind, brackets = "element", "[]" if isinstance(left, ast.List) else "()"
    elif isinstance(left, ast.Name):
        brackets = _brackets(left.id, settings)
        kind = "name" if brackets else ""
    return Installed(
        statement=module.place(statement),
        value=module.place(value),
        first=module.place(left) if kind else None,
        kind=kind,
        brackets=brackets,
        code=module.code(left),
        names=frozenset(_strings(value)),
    )


def _brackets(name: str, settings: Sequence[Module]) -> str:
    """Return what a list under a name is written in; "" if that cannot be told."""
    found = {
        type(value)
        for module in settings
        for node in ast.walk(module.tree)
        if (value := _value_of(node, name)) is not None
    }
    return {ast.List: "[]", ast.Tuple: "()"}.get(found.pop(), "") if len(found) == 1 else ""


def _strings(node: ast.AST) -> set[str]:
    return {
        inner.value
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    }


def _time_zone(settings: Sequence[Module]) -> str:
    """Return what all settings modules that name a time zone call it; "" if that is unknown."""
    found = {
        _text(value)
        for module in settings
        for node in ast.walk(module.tree)
        if (value := _value_of(node, "TIME_ZONE")) is not None
    }
    return found.pop() if len(found) == 1 else ""


def _broker(module: Module) -> Iterator[str]:
    """Yield what a DRAMATIQ_BROKER names to make the broker; "?" if that is not written out."""
    for node in ast.walk(module.tree):
        value = _value_of(node, "DRAMATIQ_BROKER")
        if value is not None:
            keys, values = (value.keys, value.values) if isinstance(value, ast.Dict) else ([], [])
            items = dict(zip(map(_text, keys), values, strict=True))
            yield _text(items.get("BROKER")) or "?"


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


# -- the applications


def _folders(settings: Sequence[Module], modules: Modules) -> Iterator[str]:
    """Yield the folders of the installed applications that are the project's own."""
    for module in settings:
        for name in sorted(_named(module, settings)):
            path = modules.absolute(name, module.path) or ""
            if not path:
                path = _configured(name, module, modules)
            if path.endswith("/__init__.py"):
                yield path.removesuffix("/__init__.py")


def _named(module: Module, settings: Sequence[Module]) -> set[str]:
    """Return the strings in what INSTALLED_APPS is made of."""
    parts = {"INSTALLED_APPS"}
    while True:
        more = {
            inner.id
            for one in settings
            for node in ast.walk(one.tree)
            for name in parts
            if (value := _value_of(node, name)) is not None
            for inner in ast.walk(value)
            if isinstance(inner, ast.Name)
        }
        if more <= parts:
            break
        parts |= more
    return {
        text
        for statement in ast.walk(module.tree)
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr))
        if any(_mentions(statement, part) for part in parts)
        for text in _strings(statement)
    }


def _configured(name: str, module: Module, modules: Modules) -> str:
    """Return the path of the package that `shop.apps.ShopConfig` is for."""
    home, _, config = name.rpartition(".")
    path = modules.absolute(home, module.path) if home else None
    inner = modules.get(path) if path is not None else None
    if inner is None:
        return ""
    for node in ast.walk(inner.tree):
        if isinstance(node, ast.ClassDef) and node.name == config:
            for statement in node.body:
                value = _value_of(statement, "name")
                if value is not None and _text(value):
                    return modules.absolute(_text(value), inner.path) or ""
    return modules.absolute(home.rpartition(".")[0], module.path) or ""
