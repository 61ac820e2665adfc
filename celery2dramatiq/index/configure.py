"""Finds the configuration of every app: arguments, `conf`, and what `config_from_object` names."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from celery2dramatiq.index import conditions
from celery2dramatiq.index import configuration as model
from celery2dramatiq.index.arguments import argument, may_change
from celery2dramatiq.index.configuration import Configuration, Setting, Source
from celery2dramatiq.index.environments import settings_modules
from celery2dramatiq.index.holders import DJANGO, Holder, Holders
from celery2dramatiq.index.model import MISSING, App, Arg, Place, Reading, Use
from celery2dramatiq.index.modules import Module, Modules
from celery2dramatiq.index.moving import movable_to
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.setting_names import NAMES
from celery2dramatiq.index.written import Contents, Reader, Written

# Arguments of celery.Celery that are no settings (celery/app/base.py: Celery.__init__), in order.
ARGUMENTS = (
    "main", "loader", "backend", "amqp", "events", "log", "control", "set_as_current", "tasks",
    "broker", "include", "changes", "config_source", "fixups", "task_cls", "autofinalize",
    "namespace", "strict_typing", "config_source_silent",
)  # fmt: skip
_SIMILAR = 0.85  # of 1: `taks_acks_late`, but not `task_names`
_SETTINGS = {"backend": "result_backend", "broker": "broker_url", "include": "include"}


class Configurer:
    """Reads the configurations of apps; modules that are needed for it are parsed."""

    def __init__(self, modules: Modules, resolver: Resolver) -> None:
        self.modules = modules
        self.resolver = resolver
        self.reader = Reader(modules, resolver)
        self.holders = Holders(self.reader)
        self.places: dict[str, dict[Place, ast.expr]] = {}  # by path: where expressions stand

    def configuration(self, app: App, uses: Iterable[Use]) -> Configuration:
        """Return the configuration of an app. uses: those of the app, in order of place."""
        own = [use for use in uses if not use.test or app.test]
        calls = [use for use in own if use.shape == ".config_from_object()"]
        namespace = _namespace(app, calls)
        source, environments, named = self._source(app, calls, namespace)
        found = [
            *self._arguments(app, namespace),
            *(one for use in own for one in self._used(use, app, namespace)),
            *named,
        ]
        module = self.modules.parsed(app.path)
        settings = [
            replace(one, environments=environments) if one.layer != "source" else one
            for one in (conditions.merged(found, app, module) if module is not None else found)
        ]
        return Configuration(
            app=app.id,
            source=source,
            settings=tuple(model.judged(settings)),
            environments=environments,
            namespace=namespace,
            unknown=tuple(use.statement for use in own if self._hides(use)),
            error="" if namespace else model.mixed(_keys(source, settings)),
        )

    def _hides(self, use: Use) -> bool:
        """Tell whether a statement gives settings that cannot be seen."""
        if use.shape == ".config_from_object()":
            return any(one.kind in ("", "dictionary") for one in self._unseen(use))
        return use.shape in (".conf.update()", ".add_defaults()") and any(self._unseen(use))

    def _unseen(self, use: Use) -> Iterator[Holder]:
        """Yield what is handed to the app and cannot be looked into, or not to the end."""
        module, node = self._node(use.place)
        assert isinstance(node, ast.Call)  # so its shape says
        for value in node.args[:1]:
            holder = self.holders.held(value, module)
            if holder is None or holder.contents.open:
                yield holder or Holder("", "", Contents(), Reading("", ""))
        if use.shape != ".config_from_object()" and self.reader.keywords(node, module).open:
            yield Holder("", "", Contents(), Reading("", ""))

    # -- the app's own arguments

    def _arguments(self, app: App, namespace: str) -> Iterator[Setting]:
        for at, arg in enumerate(app.args):
            name = arg.keyword or (ARGUMENTS[at] if at < len(ARGUMENTS) and not arg.star else "")
            if name == "changes":
                yield from self._changes(arg, app, namespace)
            elif name and (name in _SETTINGS or name not in ARGUMENTS) and arg.literal is not None:
                key = _SETTINGS.get(name, name)  # `__autoset` passes over None
                yield _setting(key, arg, app.statement, "argument", namespace)

    def _changes(self, arg: Arg, app: App, namespace: str) -> Iterator[Setting]:
        module, node = self._node(arg.place)
        assert node is not None  # the argument stands there
        contents = self.reader.dictionary(node, module)
        for one in contents.written if contents is not None else ():
            setting = self._written(one, "argument", namespace, app.statement)
            yield _moved(setting, one, app)

    # -- statements

    def _used(self, use: Use, app: App, namespace: str) -> Iterator[Setting]:
        """Yield the settings that a statement gives to the app's `conf`."""
        settled = app.is_beside(use)
        for one in self._given(use, app, namespace):
            yield replace(one, settled=one.settled and settled, always=one.always and settled)

    def _given(self, use: Use, app: App, namespace: str) -> Iterator[Setting]:
        shape, last = use.shape, use.steps[-1] if use.steps else None
        if last is None:
            return
        if shape == ".conf[]" and use.role.kind in ("stored", "augmented"):
            key = last.args[0].literal
            yield from self._assigned(key, use, app, namespace)
        elif shape == f".conf.{last.name}" and use.role.kind in ("stored", "augmented"):
            yield from self._assigned(last.name, use, app, namespace)
        elif shape in (".conf.update()", ".add_defaults()"):
            layer = "conf" if shape == ".conf.update()" else "defaults"
            yield from self._updated(use, app, layer, namespace)

    def _updated(self, use: Use, app: App, layer: str, namespace: str) -> Iterator[Setting]:
        """Yield what a dictionary and keywords give to the app's `conf`."""
        module, node = self._node(use.place)
        assert isinstance(node, ast.Call)  # so its shape says
        for value in node.args:
            holder = self.holders.held(value, module)
            for one in holder.contents.written if holder is not None else ():
                assert holder is not None
                if not holder.reading.owner or _looks_like_a_setting(one.key, namespace):
                    setting = self._written(one, layer, namespace, use.statement)
                    yield _moved(_read_by(setting, self._near(holder, value, app)), one, app)
        for one in self.reader.keywords(node, module).written:
            setting = self._written(one, layer, namespace, use.statement)
            yield _moved(setting, one, app)

    def _assigned(self, key: object, use: Use, app: App, namespace: str) -> Iterator[Setting]:
        value = use.role.value
        if value is None or not isinstance(key, str):
            return
        module, node = self._node(value.place)
        movable = node is not None and movable_to(app.statement, node, module)
        if use.role.kind == "augmented":
            value, movable = replace(value, literal=MISSING), False
        value = replace(value, movable=movable)
        yield _setting(key, value, use.statement, "conf", namespace)

    # -- what `config_from_object` names

    def _source(
        self, app: App, calls: Sequence[Use], namespace: str
    ) -> tuple[Source | None, tuple[str, ...], list[Setting]]:
        given = _argument(app, "config_source")
        if not calls:
            if given is None:
                return None, ("",), []
            return self._read(app, given, namespace, certain=True)
        last = calls[-1]
        step = last.steps[-1]
        value = step.arg("obj", 0)
        certain = len(calls) == 1 and app.is_beside(last)
        if value is None:
            return Source("unknown", last.place, certain=False), ("",), []
        return self._read(app, value, namespace, certain=certain)

    def _read(
        self, app: App, arg: Arg, namespace: str, *, certain: bool
    ) -> tuple[Source, tuple[str, ...], list[Setting]]:
        module, node = self._node(arg.place)
        held = self.holders.held(node, module) if node is not None else None
        if held is None:
            source = Source("unknown", arg.place, arg.code, namespace, certain=certain)
            return source, ("",), []
        source = Source(held.kind, arg.place, held.name, namespace, certain=certain)
        assert node is not None  # something was held by it
        contents, reading = held.contents, self._near(held, node, app)
        if source.kind == "django":
            return self._django(app, source, reading)
        source = replace(source, paths=contents.paths, open=contents.open)
        found = self._in_source(contents, source, reading)
        return source, ("",), [_moved(one, written, app) for one, written in found]

    def _django(
        self, app: App, source: Source, reading: Reading
    ) -> tuple[Source, tuple[str, ...], list[Setting]]:
        modules = settings_modules(self.modules, app.path)
        merged: dict[tuple[str, Place], Setting] = {}
        opened: dict[Place, None] = {}
        files: dict[str, None] = {}
        for path, name in modules.items():
            contents = self.reader.module(path)
            files.update(dict.fromkeys(contents.paths))
            opened.update(dict.fromkeys(contents.open))
            upper = tuple(one for one in contents.written if one.key.isupper())
            for one, _ in self._in_source(replace(contents, written=upper), source, reading):
                key = one.key, one.value.place
                known = merged.get(key)
                more = (*known.environments, name) if known is not None else (name,)
                merged[key] = replace(one, environments=more)
        source = replace(source, paths=tuple(files), open=tuple(opened))
        return source, tuple(modules.values()) or ("",), list(merged.values())

    def _in_source(
        self, contents: Contents, source: Source, reading: Reading
    ) -> list[tuple[Setting, Written]]:
        """Return the last places that write each setting, and those before them if it may not."""
        found: dict[str, list[Written]] = {}
        for one in contents.written:
            if _looks_like_a_setting(one.key, source.namespace):
                earlier = [] if one.settled else found.get(one.key, [])
                found[one.key] = [*earlier, one]
        return [
            (self._from_source(one, source, reading), one)
            for written in found.values()
            for one in written
        ]

    def _from_source(self, one: Written, source: Source, reading: Reading) -> Setting:
        setting = self._written(one, "source", source.namespace, None)
        if source.kind == "object":  # an instance may have another value than its class
            setting = replace(setting, value=replace(setting.value, literal=MISSING))
        return _read_by(setting, reading)

    def _near(self, holder: Holder, node: ast.expr, app: App) -> Reading:
        """Return how what is held can be read where the app is made; without owner if it can't."""
        module = self.modules.parsed(app.path)
        assert module is not None  # the app was found in it
        reading = holder.reading
        if not reading.module:
            return (
                reading if movable_to(app.statement, node, module) else replace(reading, owner="")
            )
        bindings = module.scopes.module.bindings.get(reading.name or reading.module, [])
        if not bindings:
            return reading
        same = self._means(reading.name or reading.module, holder, module)
        early = all(module.place(one.node).end <= app.statement.start for one in bindings)
        if same and early:
            return replace(reading, module="", name="")
        return replace(reading, owner="")

    def _means(self, name: str, holder: Holder, module: Module) -> bool:
        """Tell whether a name at the top of a module stands for a holder, and nothing else."""
        values = self.resolver.name(name, module.scopes.module, module)
        wanted = holder.name if holder.kind != "django" else DJANGO
        return [value.target.name for value in values if not value.steps] == [wanted]

    # -- values

    def _written(
        self, one: Written, layer: str, namespace: str, statement: Place | None
    ) -> Setting:
        value = argument(one.value, one.module, self.resolver.dotted)
        changed = not one.plain or _changes(one)
        if changed:
            value = replace(value, literal=MISSING)
        place = statement or one.module.place(one.statement)
        setting = _setting(one.key, value, place, layer, namespace)
        return replace(setting, settled=one.settled, always=one.always)

    def _node(self, place: Place) -> tuple[Module, ast.expr | None]:
        module = self.modules.parsed(place.path)
        assert module is not None  # a place of the index lies in a parsed module
        if place.path not in self.places:
            self.places[place.path] = {
                module.place(node): node
                for node in ast.walk(module.tree)
                if isinstance(node, ast.expr)
            }
        return module, self.places[place.path].get(place)


def _moved(setting: Setting, written: Written, app: App) -> Setting:
    """Return a setting with whether its code means the same where the app is made."""
    if written.module.path != app.path or not written.plain or app.scope:
        return setting
    movable = movable_to(app.statement, written.value, written.module)
    return replace(setting, value=replace(setting.value, movable=movable))


def _changes(one: Written) -> bool:
    """Tell whether something is done to the value under the name later in the same module."""
    scope = one.module.scopes.module
    if one.key not in scope.bindings or not isinstance(one.value, (ast.Dict, ast.List, ast.Call)):
        return False
    return may_change(one.key, scope, one.module)


def _setting(key: str, value: Arg, statement: Place, layer: str, namespace: str) -> Setting:
    name, spelling = model.spelled(key, namespace)
    inert = ""
    if not name:
        bare = model.spelled(key, "CELERY")[0]
        inert = model.NO_NAMESPACE if bare and not namespace else _unknown(key, namespace)
    return Setting(name, key, spelling, layer, value, statement, inert=inert)


def _read_by(setting: Setting, reading: Reading) -> Setting:
    known = replace(reading, key=setting.key) if reading.owner else None
    return replace(setting, reading=known, value=replace(setting.value, reading=known))


def _unknown(key: str, namespace: str) -> str:
    """Return why a name is never read, with the one that may be meant."""
    prefix = model.prefix_of(namespace)
    meant = _similar(key.removeprefix(prefix).lower())
    if not meant:
        return model.UNKNOWN_NAME
    full = f"{prefix}{meant.upper()}" if key.isupper() else meant
    return f"{model.UNKNOWN_NAME}; `{full}` is one"


def _similar(name: str) -> str:
    return next(iter(difflib.get_close_matches(name, NAMES, 1, _SIMILAR)), "")


def _looks_like_a_setting(key: str, namespace: str) -> bool:
    """Tell whether a name is a setting of Celery's, or may be meant as one."""
    if model.spelled(key, namespace)[0] or model.spelled(key, "CELERY")[0]:
        return True
    prefix = model.prefix_of(namespace) or "CELERY"
    if key.startswith((prefix, "CELERYD_", "CELERYBEAT_")):
        return True
    return key.islower() and "_" in key and bool(_similar(key))


def _keys(source: Source | None, settings: Sequence[Setting]) -> list[str]:
    """Return the keys that Celery looks at to tell old names from new ones."""
    if source is not None:
        return [one.key for one in settings if one.layer == "source"]
    return [one.key for one in settings if one.layer == "conf" and one.settled]


def _argument(app: App, name: str) -> Arg | None:
    for at, arg in enumerate(app.args):
        if arg.keyword == name or (arg.keyword is None and ARGUMENTS[at : at + 1] == (name,)):
            return arg
    return None


def _namespace(app: App, calls: Sequence[Use]) -> str:
    """Return the namespace of the last call that has one, or the app's."""
    given = [call.steps[-1].arg("namespace", 3) for call in calls]
    names = [name for name in map(_literal, given) if name]
    return names[-1] if names else _literal(_argument(app, "namespace"))


def _literal(arg: Arg | None) -> str:
    return arg.literal if arg is not None and isinstance(arg.literal, str) else ""
