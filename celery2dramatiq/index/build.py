"""Builds the index: which files matter, what they declare, and every use of it."""

from __future__ import annotations

import ast
import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from celery2dramatiq.files import Source, Unreadable
from celery2dramatiq.index import django, factory
from celery2dramatiq.index.configuration import Configuration
from celery2dramatiq.index.configure import Configurer
from celery2dramatiq.index.declarations import Declarations, task_name
from celery2dramatiq.index.environments import settings_modules
from celery2dramatiq.index.fixtures import conftests
from celery2dramatiq.index.flow import is_for_types
from celery2dramatiq.index.model import (
    App,
    FileRecord,
    ImportUse,
    Index,
    ModuleRecord,
    Target,
    Task,
    Use,
)
from celery2dramatiq.index.modules import FAMILY, Module, Modules
from celery2dramatiq.index.names import is_family
from celery2dramatiq.index.receivers import receivers
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.schedules import Entry, ScheduleReader
from celery2dramatiq.index.scopes import Binding
from celery2dramatiq.index.search import (
    Clues,
    Wanted,
    candidates,
    imported_names,
    is_relevant,
    last_name,
    mentions_celery,
)
from celery2dramatiq.index.strings import task_names
from celery2dramatiq.index.task_classes import TaskClassFinder
from celery2dramatiq.index.uses import UseFinder
from celery2dramatiq.index.values import Value, Values
from celery2dramatiq.index.wrapper_uses import wrappers_of


def build(
    sources: Mapping[str, Source],
    unreadable: Sequence[Unreadable] = (),
    decorators: frozenset[str] = frozenset(),
) -> Index:
    """Index a project from its Python files, by path. Nothing is read, run or imported here.

    decorators: dotted names of decorators outside the project that declare tasks.
    """
    collects = gc.isenabled()
    gc.disable()  # it would look at every node of every tree again and again, for nothing
    try:
        return _build(sources, unreadable, decorators)
    finally:
        if collects:
            gc.enable()


def _build(
    sources: Mapping[str, Source], unreadable: Sequence[Unreadable], decorators: frozenset[str]
) -> Index:
    modules = Modules(sources)
    found = Declarations(modules, Resolver(modules), decorators)
    _explore(found)
    _note_names(found)
    _follow_apps(found)
    classes = TaskClassFinder(found)
    task_classes = classes.find()
    tasks = [classes.with_class(task) for task in _named(found)]
    names = task_names(tasks, modules.imported_as)
    uses: list[Use] = []
    imports: list[ImportUse] = []
    apps = sorted(_apps(found), key=lambda app: app.place)
    framework = _django(apps, found)
    looked_at: set[str] = set()
    configurations: dict[str, Configuration] = {}
    made_by: factory.Factory | None = None
    while len(looked_at) < len(modules.all_parsed()):  # a configuration may lie in more modules
        for module in modules.all_parsed():
            if module.path not in looked_at:
                finder = UseFinder(module, found, names)
                uses.extend(finder.uses())
                imports.extend(finder.imports())
                looked_at.add(module.path)
        uses.sort(key=lambda use: use.place)
        configurations = _configurations(apps, uses, found)
        made_by = _factory(apps, uses, found)
        found.resolver.forget()
    return Index(
        files=tuple(_files(modules, unreadable)),
        modules={module.path: _record(module, found) for module in modules.all_parsed()},
        apps=tuple(apps),
        tasks=tuple(sorted(tasks, key=lambda task: task.place)),
        uses=tuple(uses),
        imports=tuple(sorted(imports, key=lambda use: (use.place, use.name))),
        configurations=configurations,
        django=framework,
        wrappers=tuple(wrappers_of(found)),
        factory=made_by,
        entries=tuple(_entries(apps, tasks, uses, configurations, found)),
        task_classes=task_classes,
        receivers=tuple(
            one for module in modules.all_parsed() for one in receivers(module, found.resolver)
        ),
    )


def _django(apps: Sequence[App], found: Declarations) -> django.Django | None:
    """Return the Django project that the app belongs to. It may take modules more to be parsed."""
    ours = [app for app in apps if not app.test and app.kind != "external"]
    return django.read(found.modules, ours[0].path) if len(ours) == 1 else None


def _factory(
    apps: Sequence[App], uses: Iterable[Use], found: Declarations
) -> factory.Factory | None:
    """Return the function that makes the app. It may take modules more to be parsed."""
    ours = [app for app in apps if not app.test and app.kind != "external"]
    if len(ours) != 1:
        return None
    own = [use for use in uses if use.target == Target("app", ours[0].id)]
    return factory.read(ours[0], own, found.modules, found.resolver)


def _configurations(
    apps: Iterable[App], uses: Iterable[Use], found: Declarations
) -> dict[str, Configuration]:
    """Return the configuration of each app, by its id."""
    of_app: defaultdict[str, list[Use]] = defaultdict(list)
    for use in uses:
        if use.target.kind == "app":
            of_app[use.target.name].append(use)
    configurer = Configurer(found.modules, found.resolver)
    return {app.id: configurer.configuration(app, of_app[app.id]) for app in apps}


def _entries(
    apps: Iterable[App],
    tasks: Iterable[Task],
    uses: Sequence[Use],
    configurations: Mapping[str, Configuration],
    found: Declarations,
) -> Iterator[Entry]:
    """Yield the entries of the schedules of all apps."""
    reader = ScheduleReader(found.resolver, {task.id: task.name for task in tasks})
    for app in apps:
        own = [use for use in uses if use.target.kind == "app" and use.target.name == app.id]
        yield from reader.entries(app, configurations[app.id], own) if not app.test else ()


# -- which files matter


def _explore(found: Declarations) -> None:
    """Parse what mentions Celery, then what may use the names found, until nothing is new."""
    modules = found.modules
    outside = [name.rpartition(".")[2].encode() for name in found.outside]
    for path, source in modules.sources.items():
        if is_relevant(source) or any(name in source.data for name in outside):
            modules.get(path)
    noted: set[str] = set()
    searched: set[Wanted | Task] = set()
    while True:
        for module in modules.all_parsed():
            if module.path not in noted:
                _note_imports(module, modules)
                _parse_conftests(module, modules)
                noted.add(module.path)
        found.scan()
        offers = set(_offers(found)) - searched
        tasks = set(found.tasks.values()) - searched
        if not offers and not tasks:
            return
        searched |= offers | tasks
        unparsed = list(_unparsed(modules))
        for path in list(candidates(unparsed, _clues(offers, tasks))):
            modules.get(path)


def _parse_conftests(module: Module, modules: Modules) -> None:
    """Parse the files with the fixtures of a test: they may hold mocks of tasks."""
    for path in conftests(module.path) if module.test else ():
        if path in modules.sources:
            modules.get(path)


def _clues(offers: Iterable[Wanted], tasks: Iterable[Task]) -> Clues:
    names = [task.option("name") for task in tasks]
    return Clues(
        tuple(offers),
        frozenset(str(name.literal) for name in names if name is not None),
        frozenset(task.function for task in tasks),
    )


def _note_imports(module: Module, modules: Modules) -> None:
    for scope in module.scopes.all():
        for bindings in (*scope.bindings.values(), scope.stars):
            for one in bindings:
                if one.kind in ("import", "from"):
                    modules.note_import(one.module, one.name, one.level, module.path)


def _note_names(found: Declarations) -> None:
    """Note by what names the modules of tasks go in files that are not of interest otherwise."""
    modules = found.modules
    tasks = {task.path for task in found.tasks.values()}
    last_names = {last_name(path) for path in tasks}
    for source in list(_unparsed(modules)):
        for name in imported_names(source, last_names):
            path = modules.absolute(name, source.path)
            if path in tasks and name not in modules.imported_as[path]:
                module = modules.get(source.path)
                if module is not None:
                    _note_imports(module, modules)
    _note_strings(found, {path for path in tasks if not modules.imported_as[path]})


def _note_strings(found: Declarations, unknown: set[str]) -> None:
    """Note by what names strings call modules of tasks that are never imported by name."""
    modules = found.modules
    functions = {task.function for task in found.tasks.values()}
    for module in modules.all_parsed() if unknown else ():
        for string in module.scopes.strings:
            text = str(string.value)
            start, _, name = text.rpartition(".")
            for dotted in (text, start) if name in functions else (text,):
                if "." in dotted and modules.absolute(dotted, module.path) in unknown:
                    modules.note_import(dotted, "", 0, module.path)


def _unparsed(modules: Modules) -> Iterator[Source]:
    for path, source in modules.sources.items():
        if modules.parsed(path) is None and path not in modules.unparsed:
            yield source


def _offers(found: Declarations) -> list[Wanted]:
    """Return what each parsed module offers to those that import it."""
    modules = found.modules.all_parsed()
    own = {module.path: frozenset(_own_offers(module, found)) for module in modules}
    values = {module.path: _top_level(module, found) for module in modules}
    offering = {path: bool(names) for path, names in own.items()}
    while True:
        others = {
            path: frozenset(
                name
                for name, meanings in names.items()
                if any(_is_offer(value, offering, found) for value in meanings)
            )
            for path, names in values.items()
        }
        now = {path: bool(own[path] or others[path]) for path in own}
        if now == offering:
            return [Wanted(path, own[path], others[path]) for path in own if now[path]]
        offering = now


def _own_offers(module: Module, found: Declarations) -> Iterator[str]:
    """Yield the names of the tasks that a module declares."""
    for task in found.tasks.values():
        if task.path == module.path:
            yield task.qualname.split(".")[0]


def _top_level(module: Module, found: Declarations) -> dict[str, Values]:
    """Return what each name of the module means to those that import it."""
    resolver = found.resolver
    names = dict.fromkeys(module.scopes.module.bindings)
    names.update(dict.fromkeys(_star_names(module, found)))
    return {name: resolver.export(module.path, name) for name in names}


def _star_names(module: Module, found: Declarations) -> Iterator[str]:
    """Yield the names that a module has from star imports of modules parsed already."""
    seen = {module.path}
    stack = [module]
    while stack:
        current = stack.pop()
        for star in current.scopes.module.stars:
            path = found.modules.imported(star.module, star.level, current.path)
            given = found.modules.parsed(path) if path is not None else None
            if given is not None and given.path not in seen:
                seen.add(given.path)
                stack.append(given)
                yield from (
                    name
                    for name in given.scopes.module.bindings
                    if found.resolver.imports.star_gives(name, given)
                )


def _is_offer(value: Value, offering: Mapping[str, bool], found: Declarations) -> bool:
    """Tell whether a name for the value is worth looking for in other files."""
    target = value.target
    if target.kind == "module":
        return offering.get(target.name, False)
    if target.kind == "function" and not value.shape:
        return bool(found.resolver.definitions.result(target)) or bool(found.wrapper(target))
    if target.kind == "class" and not value.shape:
        return bool(found.resolver.definitions.ancestors(target))
    return target.kind in ("task", "app") or is_family(target)


def _follow_apps(found: Declarations) -> None:
    """Parse what the modules of the apps import or name in strings, and what those import."""
    modules = found.modules
    paths = {app.path for app in found.apps.values() if app.kind != "external"}
    for path in sorted(paths):
        module = modules.parsed(path)
        assert module is not None  # the app was found in it
        for string in module.scopes.strings:
            named = modules.absolute(str(string.value), path)
            paths |= {named} if named is not None else set()
        paths |= set(settings_modules(modules, path))
    stack = sorted(paths)
    while stack:
        module = modules.get(stack.pop())
        for path in _imported(module, modules) if module is not None else ():
            if path not in paths:
                paths.add(path)
                stack.append(path)
    found.resolver.forget()


# -- what is said of them


def _named(found: Declarations) -> list[Task]:
    """Give every task its module's dotted name and Celery's name for it."""
    tasks = []
    for task in found.tasks.values():
        module, _ = found.modules.name(task.path)
        home = task.called_with.path if task.called_with is not None else task.path
        name = task_name(task, found.modules.name(home)[0] if home else "")
        if len(found.modules.imported_as.get(home, ())) > 1 and task.option("name") is None:
            name = None  # Celery registers it once under each name
        certain = task.certain and found.is_only(task)
        tasks.append(replace(task, module=module, name=name, certain=certain))
    return tasks


def _apps(found: Declarations) -> Iterator[App]:
    """Yield the apps, each with its module's dotted name."""
    for app in found.apps.values():
        outside = app.kind == "external"
        yield app if outside else replace(app, module=found.modules.name(app.path)[0])


def _files(modules: Modules, unreadable: Sequence[Unreadable]) -> Iterator[FileRecord]:
    records = [
        FileRecord(file.path, "unreadable", file.reason, file.line, file.mentions_celery)
        for file in unreadable
    ]
    for path, source in modules.sources.items():
        celery = mentions_celery(source)
        failure = modules.unparsed.get(path)
        if failure is not None:
            records.append(FileRecord(path, "unreadable", failure.reason, failure.line, celery))
        else:
            status = "parsed" if modules.parsed(path) is not None else "read"
            records.append(FileRecord(path, status, celery=celery))
    yield from sorted(records, key=lambda record: record.path)


def _record(module: Module, found: Declarations) -> ModuleRecord:
    modules = found.modules
    name, root = modules.name(module.path)
    tops = _top_level(module, found)
    return ModuleRecord(
        path=module.path,
        name=name,
        names=tuple(sorted(modules.imported_as.get(module.path, ()))),
        package=module.package,
        root=root,
        imports=tuple(sorted(set(_imported(module, modules)))),
        exports=tuple(sorted(tops)),
        gives=tuple(sorted(_given_tasks(tops))),
        bound=frozenset(_bound(module)),
        broker=_broker(module),
        quote="'" if module.data.count(b"'") > module.data.count(b'"') else '"',
        test=module.test,
    )


def _given_tasks(names: Mapping[str, Values]) -> Iterator[tuple[str, str]]:
    for name, values in names.items():
        for value in values:
            if value.target.kind == "task" and not value.steps:
                yield name, value.target.name


def _bound(module: Module) -> Iterator[str]:
    """Yield the names bound in any scope, but for those imported from Celery: they go."""
    for scope in module.scopes.all():
        for name, bindings in scope.bindings.items():
            tops = {binding.module.split(".")[0] for binding in bindings}
            if not tops <= FAMILY:
                yield name


def _broker(module: Module) -> str:
    """Return the name that an earlier run gave to the broker."""
    for name, bindings in module.scopes.module.bindings.items():
        for binding in bindings:
            called = binding.value.func if isinstance(binding.value, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == "make_broker":
                return name
    return ""


def _imported(module: Module, modules: Modules) -> Iterator[str]:
    """Yield the project modules that importing this one imports (not inside functions)."""
    scopes = module.scopes
    for bindings in (*scopes.module.bindings.values(), scopes.module.stars):
        for binding in bindings:
            own = binding.scope is scopes.module and binding.kind in ("import", "from")
            if own and not is_for_types(binding, scopes.parents):
                for path in _reached(binding, module, modules):
                    if path is not None and path in modules.sources and path != module.path:
                        yield path


def _reached(binding: Binding, module: Module, modules: Modules) -> Iterator[str | None]:
    """Yield what an import statement reaches: the packages above a module, it, and its child."""
    parts = binding.module.split(".")
    for count in range(1, len(parts) + 1):
        path = modules.imported(".".join(parts[:count]), binding.level, module.path)
        yield path
    yield modules.child(path, binding.name) if path is not None else None
    if not binding.level:
        yield modules.absolute(f"{binding.module}.{binding.name}", module.path)
