"""Sums up, file by file, what is to be printed, imported and forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from celery2dramatiq.claim import Claim
from celery2dramatiq.codemod import BRIDGE, HELPERS, Context, Outcome, is_taken
from celery2dramatiq.index import App, ImportUse, Index, Task
from celery2dramatiq.mapping import Action
from celery2dramatiq.plan import bridged, wrappers
from celery2dramatiq.plan.apps import Made
from celery2dramatiq.specs import (
    ActorSpec,
    CallSpec,
    Code,
    FileEdit,
    Import,
    Keep,
    Spec,
    Text,
    TodoSpec,
)

_OURS = ("celery", "kombu", "billiard", "vine")


@dataclass(frozen=True, slots=True)
class Edits:
    """The files' edits, which helpers the module of that path must have, and other new modules."""

    edits: tuple[FileEdit, ...]
    helpers: Mapping[str, tuple[str, ...]]
    created: Mapping[str, str]


def build(
    index: Index,
    moving: Mapping[str, bool],
    going: set[str],
    claims: Sequence[Claim],
    done: Sequence[Claim],
    declared: Mapping[str, Sequence[Outcome]],
    made: Mapping[str, Made],
    app_of: Mapping[str, App | None],
    context: Context,
    width: int,
    ask: wrappers.Ask,
    others: Sequence[Spec] = (),
) -> Edits:
    """Return the edits of every file that changes."""
    app = next((app_of[task.id] for task in index.tasks if moving[task.id]), None)
    if app is None:
        return Edits((), {}, {})
    specs: defaultdict[str, list[Spec]] = defaultdict(list)
    for spec in (
        *_actors(index, moving, declared, context, ask),
        *wrappers.specs(index, moving, ask),
        *(spec for one in done for outcome in one.outcomes for spec in outcome.specs),
        *(() if context.options.dev_only else accepted(claims, moving)),
        *(() if context.options.dev_only else made[app.id].specs(keep=app.id not in going)),
        *others,
    ):
        specs[spec.place.path].append(spec)
    return _files(index, specs, made[app.id], going, width, dev_only=context.options.dev_only)


def _actors(
    index: Index,
    moving: Mapping[str, bool],
    declared: Mapping[str, Sequence[Outcome]],
    context: Context,
    ask: wrappers.Ask,
) -> Iterator[Spec]:
    for task in index.tasks:
        if moving[task.id]:
            own = wrappers.own_options(index, task, declared[task.id], ask)
            yield from actor(task, declared[task.id], context, own)


def actor(
    task: Task,
    outcomes: Sequence[Outcome],
    context: Context,
    own: Mapping[str, Code] | None = None,
) -> Iterator[Spec]:
    """Yield the decorator's spec, and what else the declaration changes.

    own: the options that stand there, if the project's own decorator gives the others.
    """
    sets: dict[str, Code] = {}
    for outcome in outcomes:
        sets.update(outcome.sets)
        yield from outcome.specs
    wrapper = next((one for one in context.index.wrappers if one.id == task.wrapper), None)
    if wrapper is not None and not wrapper.passes:
        return
    name = context.quoted(task.path, task.name or "")
    given = sets if own is None else own
    here = [o for o in outcomes if not o.sets or any(key in given for key, _ in o.sets)]
    if context.options.dev_only:
        given = {**given, "celery": bridged.decorator(task)}
    spec = ActorSpec(
        place=task.decorator,
        imports=(
            *(() if wrapper is not None else (Import("dramatiq"),)),
            *(i for outcome in here for i in outcome.imports),
        ),
        helpers=tuple(name for outcome in here for name in outcome.helpers),
        setup=True,
        options=(("actor_name", Text(name)), *given.items()),
        function="dramatiq.actor" if wrapper is None else "",
        todo=tuple(todo(o) for o in outcomes if o.row.action is Action.MANUAL and not o.harmless),
    )
    yield from _called(task, spec) if task.called_with is not None else (spec,)


def _called(task: Task, spec: ActorSpec) -> Iterator[Spec]:
    """Yield the same for a call that makes the task, and no decorator."""
    assert task.called_with is not None
    given: list[tuple[str | None, Code]] = [(None, Keep(0))] if task.called_with.given else []
    if task.instance is not None:
        given = [(None, Text(task.instance.code))]
    yield CallSpec(
        spec.place,
        imports=spec.imports,
        helpers=spec.helpers,
        setup=True,
        function=spec.function,
        args=(*given, *spec.options),
    )
    for text in spec.todo:
        yield TodoSpec(task.place, text=text)


def todo(outcome: Outcome) -> str:
    """Return the comment on something that was accepted not to be migrated."""
    said = ": ".join(part for part in (outcome.note, outcome.row.note) if part)
    return f"{outcome.row.code} {said}"


def accepted(claims: Sequence[Claim], moving: Mapping[str, bool]) -> Iterator[TodoSpec]:
    """Yield a comment for each use of a task that moves although nothing could be done about it."""
    for one in claims:
        outcome = one.manual
        known = one.use.target.kind in ("task", "self")
        if outcome is not None and known and not one.use.test and moving[one.use.target.name]:
            yield TodoSpec(one.use.statement, text=todo(outcome))


def imports_app(index: Index, path: str, app: App) -> bool:
    """Tell whether importing the module imports the app's."""
    module = index.modules.get(path)
    return path == app.path or (module is not None and app.path in module.imports)


def _files(
    index: Index,
    specs: Mapping[str, Sequence[Spec]],
    made: Made,
    going: set[str],
    width: int,
    *,
    dev_only: bool,
) -> Edits:
    helper_path = _helper_path(made.app)
    source = beside_app(made.app, BRIDGE) if dev_only else helper_path
    framework = made.framework
    helpers = dict.fromkeys(framework.helpers if framework is not None else ())
    if dev_only and (spec := made.spec(keep=True)) is not None:
        helpers.update(dict.fromkeys(spec.helpers))
    found = []
    paths = {*specs, *_importing(index, going)}
    for path in sorted(paths):
        own = tuple(dict.fromkeys(specs.get(path, ())))
        for spec in own:
            helpers.update(dict.fromkeys(spec.helpers))
        found.append(
            FileEdit(
                path=path,
                specs=own,
                imports=tuple(dict.fromkeys(_imports(index, path, own, made, going, source))),
                forget=frozenset([*_forgotten(index, path, going), *_unneeded(path, made)]),
                drop=frozenset(_dropped(index, path, going)),
                local=frozenset([HELPERS, BRIDGE, *_tops(index)]),
                nested=frozenset(_tops(index)) - set(_tops(index, {"", "src"})),
                width=width,
            )
        )
    created = dict(framework.created) if framework is not None else {}
    return Edits(tuple(found), {helper_path: tuple(sorted(helpers))}, created)


def _tops(index: Index, roots: Collection[str] = ()) -> Iterator[str]:
    """Yield the first parts of modules' names. roots: of the modules, relative; all by default."""
    for module in index.modules.values():
        if not roots or module.root in roots:
            yield module.name.split(".")[0]


def _imports(
    index: Index,
    path: str,
    specs: Sequence[Spec],
    made: Made,
    going: set[str],
    helper_path: str,
) -> Iterator[Import]:
    style = _style(index, path)
    bridge = PurePosixPath(helper_path).stem == BRIDGE
    for new in dict.fromkeys(new for spec in specs for new in spec.imports):
        known = bridged.through(new) if bridge else ""
        yield reach(index, path, helper_path, known, relative=style) if known else new
    every = (name for spec in specs for name in spec.helpers)
    names = dict.fromkeys(name for name in every if not name.startswith("_"))  # parts of a helper
    for name in sorted(names):
        if is_taken(index, path, name):
            yield beside(reach(index, path, helper_path, name, relative=style))
        else:
            yield reach(index, path, helper_path, name, relative=style)
    if made.framework is not None:
        if made.framework.home and any(spec.setup for spec in specs):
            yield _home(index, path, made.framework.home, relative=style)
        return
    if path == made.app.path or bridge:
        return
    drops = _drops_app(index, path, made.app, going)
    needs = any(spec.setup for spec in specs) and not imports_app(index, path, made.app)
    if drops or needs:
        yield _effect(index, path, made, relative=style)


def _effect(index: Index, path: str, made: Made, *, relative: bool) -> Import:
    """Return the import that makes the broker: its name, or the module where that is taken."""
    given = next(
        (use for use in _app_imports(index, path) if use.origin == made.app.path and use.module),
        None,
    )
    taken = made.variable in index.modules[path].exports
    new = reach(index, path, made.app.path, made.variable, relative=relative)
    if given is not None:
        new = Import(given.module, made.variable, given.level)
    if taken:
        return Import(index.modules[made.app.path].name, "", 0, effect=True)
    return Import(new.module, new.name, new.level, effect=True)


def _home(index: Index, path: str, home: str, *, relative: bool) -> Import:
    """Return the import of the module in which a framework's broker is."""
    new = reach(index, path, home, "broker", relative=relative)
    if "broker" in index.modules[path].exports:
        return replace(beside(new), effect=True)
    return replace(new, effect=True)


def reach(index: Index, path: str, target: str, name: str, *, relative: bool) -> Import:
    """Return the import of a name from the module at `target`, for a file of the project."""
    here, there = PurePosixPath(path).parent, PurePosixPath(target).parent
    module = "" if target.endswith("__init__.py") else PurePosixPath(target).stem
    if relative and here.is_relative_to(there):
        level = len(here.relative_to(there).parts) + 1
        return Import(module, name, level)
    if target in index.modules:
        return Import(index.modules[target].name, name)
    return Import(_absolute(index, target), name)


def beside(name: Import) -> Import:
    """Return the import of the module itself from which a name would have been imported."""
    package, _, module = name.module.rpartition(".")
    if name.level or package:
        return Import(package, module, name.level)
    return Import(module)


def _absolute(index: Index, target: str) -> str:
    """Return the dotted name of a module that is not there yet, beside ones that are."""
    folder = PurePosixPath(target).parent
    record = next(m for m in index.modules.values() if PurePosixPath(m.path).parent == folder)
    parts = record.name.split(".")
    return ".".join([*(parts if record.package else parts[:-1]), PurePosixPath(target).stem])


def _style(index: Index, path: str) -> bool:
    """Tell whether a file imports its neighbours relatively, or cannot do it otherwise."""
    own = [use for use in index.imports if use.path == path and use.origin is not None]
    if own:
        return any(use.level for use in own)
    return False


def _helper_path(app: App) -> str:
    return beside_app(app, HELPERS)


def beside_app(app: App, module: str) -> str:
    """Return the path of a module beside the app's."""
    return str(PurePosixPath(app.path).parent / f"{module}.py")


# -- imports that are no longer needed


def _app_imports(index: Index, path: str) -> list[ImportUse]:
    return [use for use in index.imports if use.path == path and use.target.kind == "app"]


def _importing(index: Index, going: set[str]) -> Iterator[str]:
    """Yield the files that import an app that goes."""
    for use in index.imports:
        if use.target.kind == "app" and use.target.name in going:
            yield use.path


def _drops_app(index: Index, path: str, app: App, going: set[str]) -> bool:
    """Tell whether the file loses the import that made the app's module be imported."""
    imports = [use for use in _app_imports(index, path) if use.scope == ""]
    if not imports or not imports_app(index, path, app):
        return False
    return app.id in going or any(not _used_elsewhere(index, use) for use in imports)


def _forgotten(index: Index, path: str, going: set[str]) -> Iterator[str]:
    """Yield names whose imports may go; the printer keeps those that are still used."""
    for use in index.imports:
        if use.path != path or _exported(index, use, going):
            continue
        if use.target.kind == "app":
            yield use.name
        if use.target.kind == "external" and _is_ours(use.target.name):
            yield use.name


def _is_ours(name: str) -> bool:
    """Tell whether a name may be needed for Celery only: one of its own, or a schedule's."""
    return name.split(".")[0] in _OURS or name == "datetime.timedelta"


def _dropped(index: Index, path: str, going: set[str]) -> Iterator[str]:
    """Yield the names of apps that go."""
    for use in index.imports:
        if use.path == path and use.target.kind == "app" and use.target.name in going:
            yield use.name


def _unneeded(path: str, made: Made) -> tuple[str, ...]:
    """Return the names that a framework's app needed."""
    return made.framework.forget if made.framework is not None and path == made.app.path else ()


def _exported(index: Index, use: ImportUse, going: set[str]) -> bool:
    """Tell whether another file takes the name from this one."""
    if use.target.kind == "app" and use.target.name in going:
        return False
    return any(
        other.origin == use.path and other.original == use.name and other.path != use.path
        for other in index.imports
    )


def _used_elsewhere(index: Index, use: ImportUse) -> bool:
    return _exported(index, use, set())
