"""An app that a function makes for a Flask application that it is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from celery2dramatiq.files import Source
from celery2dramatiq.index.declarations import scope_of
from celery2dramatiq.index.model import App, Place, Use
from celery2dramatiq.index.modules import Module, Modules, is_test
from celery2dramatiq.index.resolve import Resolver

_FLASK = re.compile(rb"^\s*(from|import)\s+flask\b", re.MULTILINE)
_KEPT = re.compile(r"\.extensions\[[\"'][\w.-]+[\"']\]$")


@dataclass(frozen=True, slots=True)
class Factory:
    """The function that makes an app (its `scope`), and what is made of it.

    app: its id. context: code of the Flask application whose context each task gets; "" if none.
    task_class: name of the class that opens it; class_place: its statement.
    makers: paths of modules that make the application when they are imported. kept: code behind
    which the application keeps the app (`.extensions["celery"]`), and used: where more is done
    with that than handing it on. started: an earlier run has been here.
    """

    app: str
    context: str = ""
    task_class: str = ""
    class_place: Place | None = None
    makers: tuple[str, ...] = ()
    kept: str = ""
    used: tuple[Place, ...] = ()
    started: bool = False


def read(app: App, uses: Sequence[Use], modules: Modules, resolver: Resolver) -> Factory | None:
    """Return what is said of a function that makes an app; None if none does for Flask.

    uses: those of the app. Modules that are needed are parsed.
    """
    module = modules.parsed(app.path)
    if module is None or not app.scope or app.kind != "Celery":
        return None
    node = _context_class(app, module)
    if node is None and not _FLASK.search(module.data):
        return None
    kept = next((code for use in uses if (code := _kept(use))), "")
    return Factory(
        app=app.id,
        context=_context(node) if node is not None else "",
        task_class=node.name if node is not None else "",
        class_place=module.place(node) if node is not None else None,
        makers=tuple(_ordered(_makers(app, modules, resolver), kept, uses, modules)),
        kept=kept,
        used=tuple(_used(kept, modules)) if kept else (),
        started=b"make_broker(" in module.data,
    )


# -- the class that opens a context


def _context_class(app: App, module: Module) -> ast.ClassDef | None:
    """Return the class that is the app's `task_cls`, if it only opens a context around a task."""
    named = {arg.code for arg in app.args if arg.keyword == "task_cls"}
    scopes = [scope for scopes in module.scopes.named.values() for scope in scopes]
    found = [scope.node for scope in scopes if isinstance(scope.node, ast.ClassDef)]
    return next((node for node in found if node.name in named and _context(node)), None)


def _context(node: ast.ClassDef) -> str:
    """Return the code of `app` in a class whose only method is what Flask's manual shows.

    `def __call__(self, *args, **kwargs): with app.app_context(): return self.run(*args, **kwargs)`
    """
    body = [one for one in node.body if not _is_trifle(one)]
    method = body[0] if len(body) == 1 else None
    if not isinstance(method, ast.FunctionDef) or method.name != "__call__":
        return ""
    inner = [one for one in method.body if not _is_trifle(one)]
    block = inner[0] if len(inner) == 1 else None
    if not isinstance(block, ast.With) or len(block.items) != 1 or len(block.body) != 1:
        return ""
    opened, returned = block.items[0].context_expr, block.body[0]
    if not isinstance(returned, ast.Return) or not _runs(returned.value):
        return ""
    found = re.fullmatch(r"([\w.]+)\.app_context\(\)", ast.unparse(opened))
    return found[1] if found is not None else ""


def _is_trifle(node: ast.stmt) -> bool:
    """Tell whether a statement is a docstring or `abstract = True`."""
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant or ast.unparse(node) == "abstract = True"


def _runs(node: ast.expr | None) -> bool:
    """Tell whether an expression runs the task, with the arguments of `__call__`."""
    code = ast.unparse(node) if node is not None else ""
    pattern = r"(self\.run|super\(.*\)\.__call__)\(\*args, \*\*kwargs\)"
    return re.fullmatch(pattern, code) is not None


# -- who calls the function


def _makers(app: App, modules: Modules, resolver: Resolver) -> list[str]:
    """Return the modules that call the factory, or what calls it, when they are imported."""
    targets = {f"{app.path}::{app.scope}"}
    while True:
        names = {target.rpartition("::")[2].rpartition(".")[2] for target in targets}
        found = [
            (module, node)
            for path in sorted(modules.sources)
            if not is_test(path) and any(f"{n}(" in modules.sources[path].text for n in names)
            if (module := modules.get(path)) is not None
            for node in _calls(module, targets, resolver)
        ]
        scopes = [(module, scope_of(node, module)) for module, node in found]
        more = {f"{m.path}::{s.qualname}" for m, s in scopes if s is not m.scopes.module}
        if more <= targets:
            break
        targets |= more
    tops = {module.path for module, scope in scopes if scope is module.scopes.module}
    return sorted(tops)


def _ordered(makers: Iterable[str], kept: str, uses: Sequence[Use], modules: Modules) -> list[str]:
    """Return the modules that have something to do with the app first: workers are given these."""
    named = {use.place.path for use in uses if not use.scope}
    own = {p for p in makers if p in named or (kept and kept in modules.sources[p].text)}
    return sorted(makers, key=lambda path: (path not in own, path))


def _calls(module: Module, targets: set[str], resolver: Resolver) -> Iterator[ast.Call]:
    """Yield the calls of functions, but for those that only a script makes."""
    for statement in module.tree.body:
        for node in ast.walk(statement) if not isinstance(statement, ast.If) else ():
            if isinstance(node, ast.Call):
                values = resolver.values(node.func, module)
                if any(value.target.name in targets and not value.steps for value in values):
                    yield node


# -- what the application keeps


def _kept(use: Use) -> str:
    found = _KEPT.search(use.role.detail) if use.role.kind == "other" else None
    return found[0] if found is not None else ""


def _used(kept: str, modules: Modules) -> Iterator[Place]:
    """Yield where an attribute of the kept app is taken, or one of a name that it was given."""
    key = re.escape(kept.partition("[")[2].strip("[]\"'"))
    code = rf"\.extensions(?:\[[\"']{key}[\"']\]|\.get\([\"']{key}[\"']\))"
    direct, named = re.compile(rf"{code}\s*\.\s*\w+"), re.compile(rf"(\w+)\s*=[^=\n]*{code}\s*\n")
    sources = [source for source in modules.sources.values() if not is_test(source.path)]
    names = {name for source in sources for name in named.findall(source.text)}
    for source in sources:
        own = [name for name in names if re.search(rf"(import.*|^){name}\b", source.text, re.M)]
        patterns = [direct, *(re.compile(rf"(?<![\w.]){name}\.\w+") for name in sorted(own))]
        for found in (found for pattern in patterns for found in pattern.finditer(source.text)):
            yield _place(source, found.start(), found.end())


def _place(source: Source, start: int, end: int) -> Place:
    first = len(source.text[:start].encode())
    line = source.text.count("\n", 0, start) + 1
    column = start - source.text.rfind("\n", 0, start)
    return Place(source.path, first, first + len(source.text[start:end].encode()), line, column)
