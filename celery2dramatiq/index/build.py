"""Builds the index: which files matter, what they declare, and every use of it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from celery2dramatiq.files import Source, Unreadable
from celery2dramatiq.index.declarations import Declarations, task_name
from celery2dramatiq.index.model import FileRecord, Index, ModuleRecord, Task, Use
from celery2dramatiq.index.modules import FAMILY, Module, Modules
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.uses import TaskNames, UseFinder

_MENTIONS = re.compile(rb"celery", re.IGNORECASE)
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")


def build(sources: Mapping[str, Source], unreadable: Sequence[Unreadable] = ()) -> Index:
    """Index a project from its Python files, by path. Nothing is read, run or imported here."""
    modules = Modules(sources)
    found = Declarations(modules, Resolver(modules))
    _explore(modules, found)
    tasks = _named(found, modules)
    names = _names(tasks, modules)
    uses: list[Use] = []
    imports = []
    for module in modules.parsed:
        finder = UseFinder(module, found, names)
        uses.extend(finder.uses())
        imports.extend(finder.imports())
    return Index(
        files=tuple(_files(modules, unreadable)),
        modules={module.path: _record(module, modules) for module in modules.parsed},
        apps=tuple(sorted(found.apps.values(), key=lambda app: app.place)),
        tasks=tuple(sorted(tasks, key=lambda task: task.place)),
        uses=tuple(sorted(uses, key=lambda use: use.place)),
        imports=tuple(sorted(imports, key=lambda use: (use.place, use.name))),
    )


def _explore(modules: Modules, found: Declarations) -> None:
    """Parse what mentions Celery, then what may use the names found, until nothing is new."""
    for path, source in modules.sources.items():
        if _MENTIONS.search(source.data):
            modules.get(path)
    searched: set[tuple[str, str]] = set()
    while True:
        _declare(modules, found)
        exported = set(_exports(modules, found)) - searched
        if not exported:
            return
        searched |= exported
        for path in list(_mentioning(exported, modules)):
            modules.get(path)


def _declare(modules: Modules, found: Declarations) -> None:
    """Scan until neither a module, an app nor a task is new: each may reveal the others."""
    before = (-1, -1, -1)
    while before != (now := (len(list(modules.parsed)), len(found.apps), len(found.tasks))):
        before = now
        for module in list(modules.parsed):
            _note_imports(module, found)
            found.scan(module)
            found.resolver.forget()


def _note_imports(module: Module, found: Declarations) -> None:
    """Note by which absolute names the module imports others."""
    modules = found.modules
    scopes = (module.scopes.module, *module.scopes.of_node.values())
    for scope in scopes:
        for bindings in (*scope.bindings.values(), scope.stars):
            for binding in bindings:
                if binding.kind not in ("import", "from") or binding.level:
                    continue
                names = [binding.module, f"{binding.module}.{binding.name}"]
                for name in names if binding.name else names[:1]:
                    path = modules.absolute(name, module.path)
                    if path is not None:
                        modules.imported_as[path].add(name)


def _exports(modules: Modules, found: Declarations) -> Iterator[tuple[str, str]]:
    """Yield (path, name) for every name of a module that stands for a task or an app."""
    for task in found.tasks.values():
        yield task.path, task.qualname.split(".")[0]
    for module in list(modules.parsed):
        top = module.scopes.module
        for name, bindings in top.bindings.items():
            if all(binding.kind not in ("from", "assign") for binding in bindings):
                continue
            values = found.resolver.name(name, top, module)
            if any(value.target.kind in ("task", "app") for value in values):
                yield module.path, name


def _mentioning(exported: set[tuple[str, str]], modules: Modules) -> Iterator[str]:
    """Yield files in which one of the names occurs, and the name of the module it is in."""
    by_tail: defaultdict[bytes, set[bytes]] = defaultdict(set)
    by_folder: defaultdict[str, set[bytes]] = defaultdict(set)
    for path, name in exported:
        pure = PurePosixPath(path)
        by_tail[(pure.parent.name if pure.stem == "__init__" else pure.stem).encode()].add(
            name.encode()
        )
        by_folder[str(pure.parent)].add(name.encode())
    parsed = {module.path for module in modules.parsed}
    for path, source in modules.sources.items():
        if path in parsed:
            continue
        wanted = set(by_folder.get(str(PurePosixPath(path).parent), ()))
        for tail, names in by_tail.items():
            if tail in source.data:
                wanted |= names
        if wanted and not wanted.isdisjoint(_WORD.findall(source.data)):
            yield path


def _named(found: Declarations, modules: Modules) -> list[Task]:
    """Give every task its module's dotted name and Celery's name for it."""
    tasks = []
    for task in found.tasks.values():
        module, _ = modules.name(task.path)
        name = task_name(task, module)
        if len(modules.imported_as[task.path]) > 1 and task.option("name") is None:
            name = None  # Celery registers it once under each name
        tasks.append(replace(task, module=module, name=name))
    return tasks


def _names(tasks: Sequence[Task], modules: Modules) -> TaskNames:
    strings: defaultdict[str, set[str]] = defaultdict(set)
    functions: defaultdict[str, set[str]] = defaultdict(set)
    for task in tasks:
        if task.name is not None:
            strings[task.name].add(task.id)
        for module in {task.module, *modules.imported_as[task.path]}:
            strings[f"{module}.{task.qualname}"].add(task.id)
        functions[task.function].add(task.id)
    return TaskNames(
        {name: tuple(sorted(ids)) for name, ids in strings.items()},
        {name: tuple(sorted(ids)) for name, ids in functions.items()},
    )


def _files(modules: Modules, unreadable: Sequence[Unreadable]) -> Iterator[FileRecord]:
    parsed = {module.path for module in modules.parsed}
    records = [
        FileRecord(file.path, "unreadable", file.reason, file.line, file.mentions_celery)
        for file in unreadable
    ]
    for path, source in modules.sources.items():
        celery = bool(_MENTIONS.search(source.data))
        failure = modules.unparsed.get(path)
        if failure is not None:
            records.append(FileRecord(path, "unreadable", failure.reason, failure.line, celery))
        else:
            status = "parsed" if path in parsed else "read"
            records.append(FileRecord(path, status, celery=celery))
    yield from sorted(records, key=lambda record: record.path)


def _record(module: Module, modules: Modules) -> ModuleRecord:
    name, root = modules.name(module.path)
    return ModuleRecord(
        path=module.path,
        name=name,
        names=tuple(sorted(modules.imported_as.get(module.path, ()))),
        package=module.package,
        root=root,
        imports=tuple(sorted(set(_imported(module, modules)))),
        exports=tuple(sorted(module.scopes.module.bindings)),
        bound=frozenset(_bound(module)),
        broker=_broker(module),
        quote="'" if module.data.count(b"'") > module.data.count(b'"') else '"',
        test=module.test,
    )


def _bound(module: Module) -> Iterator[str]:
    """Yield the names bound in any scope, but for those imported from Celery: they go."""
    for scope in (module.scopes.module, *module.scopes.of_node.values()):
        for name, bindings in scope.bindings.items():
            tops = {binding.module.split(".")[0] for binding in bindings}
            if not tops <= FAMILY:
                yield name


def _broker(module: Module) -> str:
    """Return the name that an earlier run gave to the broker."""
    for name, bindings in module.scopes.module.bindings.items():
        for binding in bindings:
            value = binding.value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                if value.func.id == "make_broker":
                    return name
    return ""


def _imported(module: Module, modules: Modules) -> Iterator[str]:
    """Yield the project modules that importing this one imports (not inside functions)."""
    resolver = Resolver(modules)
    top = module.scopes.module
    for binding in [b for bs in top.bindings.values() for b in bs] + top.stars:
        if binding.kind in ("import", "from"):
            path = resolver.imported(binding, module)
            if path is not None:
                yield path
                child = modules.child(path, binding.name)
                if child is not None:
                    yield child
