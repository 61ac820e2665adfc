"""Flask: the application factory starts the broker, with the application's own settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from celery2dramatiq.codemod import (
    HELPERS,
    Context,
    Framework,
    Outcome,
    is_taken,
    on_end,
    on_framework,
    on_settings,
)
from celery2dramatiq.index import App, Arg, Factory, Place, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import BelowSpec, Code, Import, Keep, RemoveSpec, ReplaceSpec, Spec, Text

FACTORY = Row(
    "C2D690",
    "an app that a function makes for a Flask application",
    "make_broker(...), started in the same function",
    Action.REWRITE,
    about="The factory goes on giving what it gave, and the broker reads the same configuration of "
    "the application.",
)
CONTEXT = Row(
    "C2D691",
    "Celery(task_cls=...) with a class that opens an application context",
    "AppContextMiddleware(app)",
    Action.REVIEW,
    "a task that is called like a function runs in the context of its caller (it had one of its "
    "own)",
    about="The context is opened around each message that a worker runs.",
)
TASK_CLASS = Row(
    "C2D692",
    "Celery(task_cls=...) with another class",
    "",
    Action.MANUAL,
    "what the class does around each task has no counterpart",
    "move it into a decorator below `@app.task`, or into a middleware of Dramatiq's",
    about="Every task of the app is of that class, so what it overrides (`__call__`, "
    "`on_failure`, `apply_async`) holds for all of them.",
)
NOT_MADE = Row(
    "C2D693",
    "an application that no module makes when it is imported",
    "",
    Action.MANUAL,
    "the worker of Dramatiq would have no application and no settings",
    "write a module that calls the factory, as `celery -A` needs one",
    about="A factory is called by somebody: for Celery by the module that `-A` names. "
    "Dramatiq's worker needs such a module, too.",
)
KEPT_APP = Row(
    "C2D694",
    "the app that the application keeps is used",
    "",
    Action.MANUAL,
    "the broker that takes its place does not have these attributes",
    "take the task itself instead, or Dramatiq's `get_broker()`",
    about='`app.extensions["celery"]` or an attribute gives the Celery app to code elsewhere.',
)
_MODULE = "dramatiq_broker"
_TEXT = '''\
"""The broker of this project. The application factory starts it."""

import dramatiq

from {helpers} import LateBroker

broker = LateBroker()
dramatiq.set_broker(broker)
'''


@on_framework("flask")
def flask(
    app: App, sets: Mapping[str, Code], paths: Sequence[str], context: Context
) -> Framework | None:
    """Declare the actors on a broker that the factory starts."""
    factory = context.index.factory
    if factory is None or factory.app != app.id:
        return None
    manual = tuple(_refused(factory))
    if manual:
        return Framework(manual)
    package = _package(app, context)
    modules = context.index.modules
    names = dict.fromkeys(modules[path].name for path in (*factory.makers[:1], *paths))
    roots = dict.fromkeys(modules[path].root for path in (*factory.makers[:1], *paths))
    folder = PurePosixPath(app.path).parent
    helpers = f".{HELPERS}" if package else HELPERS
    return Framework(
        (Outcome(FACTORY, specs=tuple(_specs(factory, sets, app, package, context))),),
        gone=tuple(_gone(factory, app, context)),
        created=((str(folder / f"{_MODULE}.py"), _TEXT.format(helpers=helpers)),),
        home=str(folder / f"{_MODULE}.py"),
        helpers=("LateBroker",),
        worker=("dramatiq", *names, *_path(list(roots))),
    )


def _path(roots: Sequence[str]) -> tuple[str, ...]:
    return ("--path", ".", *filter(None, roots)) if any(roots) else ()


def _package(app: App, context: Context) -> str:
    """Return the dotted name of the package that the app's module lies in."""
    record = context.index.modules[app.path]
    return record.name if record.package else record.name.rpartition(".")[0]


def _refused(factory: Factory) -> Iterator[Outcome]:
    if not factory.makers:
        yield Outcome(NOT_MADE)
    for place in factory.used:
        yield Outcome(KEPT_APP, f"`{factory.kept}`", at=place)


def _code(code: Code, app: App) -> str:
    """Return an argument of `make_broker` as it is to be written below the app."""
    given = {arg.keyword or arg.position: arg.code for arg in app.args}
    assert isinstance(code, (Text, Keep))  # a setting is nothing else
    return code.code if isinstance(code, Text) else given[code.of]


def _specs(
    factory: Factory, sets: Mapping[str, Code], app: App, package: str, context: Context
) -> Iterator[Spec]:
    """Yield what starts the broker, below the statement that makes the app."""
    if factory.started:
        return
    given = [
        _code(code, app) if name == "url" else f"{name}={_code(code, app)}"
        for name, code in sets.items()
    ]
    variable = _variable(app.path, context)
    helpers = ["make_broker"]
    started = [_call("make_broker", given)]
    if factory.context:
        helpers.append("AppContextMiddleware")
        started.append(f"AppContextMiddleware({factory.context})")
    yield BelowSpec(
        _configured(app, context),
        imports=(*_broker_import(package, variable), *_needed(sets)),
        helpers=tuple(helpers),
        code=_call(f"{variable}.start", started) + "\n",
        apart=False,
    )


def _gone(factory: Factory, app: App, context: Context) -> Iterator[Spec]:
    """Yield what goes with the app: the class of its tasks, and annotations that name its own."""
    if factory.class_place is not None:
        yield RemoveSpec(factory.class_place)
    for use in context.index.uses:
        inside = app.statement.holds(use.place) or use.place.path != app.path
        if use.role.kind == "annotation" and use.target.name == "celery.Celery" and not inside:
            yield ReplaceSpec(use.place, helpers=("LateBroker",), code="LateBroker")


def _configured(app: App, context: Context) -> Place:
    """Return the last statement that makes or configures the app."""
    own = (use for use in context.index.uses if use.target.name == app.id and app.is_beside(use))
    places = (use.statement for use in own if use.shape.startswith((".config_", ".conf")))
    return max([app.statement, *places])


def _needed(sets: Mapping[str, Code]) -> Iterator[Import]:
    for code in sets.values():
        if isinstance(code, Text):
            yield from code.imports


def _call(function: str, arguments: Sequence[str]) -> str:
    """Return a call, an argument a line if it is long."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) < 60 and "\n" not in line:
        return line
    lines = (f"    {inner}\n" for each in arguments for inner in f"{each},".split("\n"))
    return f"{function}(\n{''.join(lines)})"


def _variable(path: str, context: Context) -> str:
    """Return the name of the broker in the factory's module."""
    return f"{_MODULE}.broker" if is_taken(context.index, path, "broker") else "broker"


def _broker_import(package: str, variable: str) -> Iterator[Import]:
    home = f"{package}.{_MODULE}" if package else _MODULE
    if variable == "broker":
        yield Import(home, "broker")
    else:
        yield Import(package, _MODULE) if package else Import(_MODULE)


@on_settings("task_cls")
def task_cls(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Open the context in a middleware; the class goes with the app."""
    factory = context.index.factory
    if factory is None or factory.app != app.id or args["task_cls"].code != factory.task_class:
        yield Outcome(TASK_CLASS, f"`{args['task_cls'].code}`")
    else:
        yield Outcome(CONTEXT)


@on_end("app", "returned", "other")
def handed_on(use: Use, context: Context) -> Outcome:
    """Hand the broker on where the factory hands the app on."""
    factory = context.index.factory
    kept = use.role.kind == "returned" or use.role.detail.endswith(
        factory.kept if factory is not None and factory.kept else "\n"
    )
    inside = any(app.id == use.target.name and app.scope == use.scope for app in context.index.apps)
    if factory is None or factory.app != use.target.name or not kept or not inside:
        return Outcome(HANDED_ON)
    return Outcome(
        FACTORY, specs=(ReplaceSpec(use.place, code=_variable(use.place.path, context)),)
    )


HANDED_ON = Row(
    "C2D695",
    "the app is returned or kept by a function",
    "",
    Action.MANUAL,
    "who takes it there cannot be told from the source",
    "use the app by the name that it has where it is made",
    about="What is made of it there (signals, tasks, configuration) is not seen.",
)
