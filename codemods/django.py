"""Django: django_dramatiq makes the broker, from the project's own settings, when Django starts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from celery2dramatiq.codemod import HELPERS, Context, Framework, Outcome, on_framework
from celery2dramatiq.index import App, Django, Installed
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.needs import Need
from celery2dramatiq.specs import BelowSpec, Code, FirstElementSpec, Keep, ReplaceSpec, Spec, Text

BROKER = Row(
    "C2D680",
    "a Celery app in a Django project",
    "django_dramatiq in INSTALLED_APPS, DRAMATIQ_BROKER",
    Action.REVIEW,
    "django_dramatiq brings a table of its own: its migration is applied with the next "
    "`manage.py migrate`",
    about="django_dramatiq makes the broker when Django starts, with the arguments that "
    "stood in the app, now in DRAMATIQ_BROKER. Workers are started with `manage.py "
    "rundramatiq`.",
)
DISCOVERED = Row(
    "C2D681",
    "modules with tasks that are not called `tasks`",
    "DRAMATIQ_AUTODISCOVER_MODULES",
    Action.REWRITE,
    about="rundramatiq imports the modules called `tasks` of every application, and those "
    "that this setting names.",
)
NO_INSTALLED_APPS = Row(
    "C2D682",
    "INSTALLED_APPS that is computed",
    "",
    Action.MANUAL,
    "where django_dramatiq would have to stand in it cannot be told from the source",
    "write its beginning out as a list or a tuple",
    about="django_dramatiq has to come before the applications that declare actors.",
)
OTHER_BROKER = Row(
    "C2D683",
    "DRAMATIQ_BROKER that is there already",
    "",
    Action.MANUAL,
    "the project uses Dramatiq as well, and has only one broker",
    "move these tasks by hand, or rename that setting",
    about="Two brokers in one project need the actors to name theirs.",
)
NOT_A_SETTING = Row(
    "C2D684",
    "a value of the app's that the settings do not have",
    "",
    Action.MANUAL,
    "django_dramatiq makes the broker elsewhere, where this name means nothing",
    "move the value to the settings",
    about="The broker is made from Django's settings, before the module with the app is imported.",
)

_MODULE = "dramatiq_broker"
_WIDTH = 80  # of a line, with its end
_FUNCTION = "make_django_broker"
_WORKER = "dramatiq_worker"
_WORKER_TEXT = '''\
"""What the workers import first: `manage.py rundramatiq` finds modules of applications only."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")
django.setup()
'''
_NEED = Need("django-dramatiq", "Django's settings make the broker, and manage.py its workers")
_TEXT = '''\
"""Makes the broker of this project when Django starts.

DRAMATIQ_BROKER in the settings names the function.
"""

{imports}from django.conf import settings

from {package}{helpers} import make_broker


def {function}(middleware):
    """Make the broker as the settings of this environment say."""
{call}    for each in middleware:
        broker.add_middleware(each)
    return broker
'''


@on_framework("django")
def django(
    app: App, sets: Mapping[str, Code], paths: Sequence[str], context: Context
) -> Framework | None:
    """Let django_dramatiq make the broker, as the settings say that are in force."""
    project = context.index.django
    if project is None:
        return None
    package = _package(app, context)
    named = ".".join(filter(None, [package, _MODULE, _FUNCTION]))
    manual = tuple(_refused(project, sets, app, named))
    folder = PurePosixPath(app.path).parent
    suffixes = tuple(_suffixes(project, paths))
    settings = project.app_settings or project.manage_settings
    outcomes = manual or tuple(_done(project, app, named, suffixes, context))
    worker, env = _worker(project, paths, package, context)
    created = [(str(folder / f"{_MODULE}.py"), _text(sets, app, package))]
    if worker[:1] == ("dramatiq",) and settings:
        created.append((str(folder / f"{_WORKER}.py"), _WORKER_TEXT.format(settings=settings)))
    return Framework(
        outcomes,
        early=(*project.settings, *project.early),
        forget=("settings",),
        created=tuple(created) if not manual else (),
        helpers=("make_broker",),
        worker=worker,
        env=env,
    )


def _package(app: App, context: Context) -> str:
    """Return the dotted name of the package that the app's module lies in."""
    record = context.index.modules[app.path]
    return record.name if record.package else record.name.rpartition(".")[0]


def _refused(project: Django, sets: Mapping[str, Code], app: App, named: str) -> Iterator[Outcome]:
    if project.broker not in ("", named):
        yield Outcome(OTHER_BROKER)
    if any(one.first is None for one in project.installed):
        yield Outcome(NO_INSTALLED_APPS)
    for name, code in sets.items():
        text = _code(code, app)
        if not _is_of_settings(text):
            yield Outcome(NOT_A_SETTING, f"`{name}={text}`")


def _code(code: Code, app: App) -> str:
    """Return an argument of `make_broker` as it is to be written in another module."""
    given = {arg.keyword or arg.position: arg.code for arg in app.args}
    assert isinstance(code, (Text, Keep))  # a setting is nothing else
    return code.code if isinstance(code, Text) else given[code.of]


def _is_of_settings(text: str) -> bool:
    """Tell whether code uses no name but that of Django's settings, and the environment's."""
    tree = ast.parse(f"({text})", mode="eval")  # it may span lines
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names <= {"settings", "getattr", "os"}


def _text(sets: Mapping[str, Code], app: App, package: str) -> str:
    codes = {name: _code(code, app) for name, code in sets.items()}
    needs_os = any(re.search(r"\bos\.", code) for code in codes.values())
    return _TEXT.format(
        imports="import os\n\n" if needs_os else "",
        package="." if package else "",
        helpers=HELPERS,
        function=_FUNCTION,
        call=_call(codes),
    )


def _call(codes: Mapping[str, str]) -> str:
    """Return the statement that makes the broker, in one line if it fits."""
    given = [code if name == "url" else f"{name}={code}" for name, code in codes.items()]
    line = f"    broker = make_broker({', '.join(given)})\n"
    if len(line) <= _WIDTH and line.count("\n") == 1:
        return line
    lines = "".join(f"        {_broken(one)},\n" for one in given)
    return f"    broker = make_broker(\n{lines}    )\n"


def _broken(given: str) -> str:
    """Return an argument, over several lines if it is a long choice."""
    name, _, code = given.partition("=")
    node = ast.parse(code, mode="eval").body if name.isidentifier() and code else None
    if len(given) + 9 < _WIDTH or not isinstance(node, ast.IfExp):
        return given
    parts = (ast.get_source_segment(code, one) for one in (node.body, node.test, node.orelse))
    body, test, rest = parts
    indent = "\n            "
    return f"{name}=({indent}{body}{indent}if {test}{indent}else {rest}\n        )"


# -- the settings


def _done(
    project: Django, app: App, named: str, suffixes: Sequence[str], context: Context
) -> Iterator[Outcome]:
    specs = tuple(_specs(project, named, suffixes, context))
    yield Outcome(BROKER, specs=specs, needs=(_NEED,))
    if suffixes:
        yield Outcome(DISCOVERED, ", ".join(f"`{suffix}`" for suffix in suffixes))


def _specs(
    project: Django, named: str, suffixes: Sequence[str], context: Context
) -> Iterator[Spec]:
    below = {one.statement.path: one.statement for one in project.installed}
    for one in project.installed:
        if "django_dramatiq" not in one.names:
            yield _first(one, context)
    for path, statement in below.items():
        if not project.broker:
            yield BelowSpec(statement, code=_settings(path, named, suffixes, context))


def _first(one: Installed, context: Context) -> Spec:
    name = context.quoted(one.statement.path, "django_dramatiq")
    assert one.first is not None  # else it was refused
    if one.kind == "element":
        return FirstElementSpec(one.first, code=name)
    opening, closing = one.brackets[0], one.brackets[1]
    return ReplaceSpec(one.first, code=f"{opening}{name}, *{one.code}{closing}")


def _settings(path: str, named: str, suffixes: Sequence[str], context: Context) -> str:
    def quoted(text: str) -> str:
        return context.quoted(path, text)

    lines = [
        "DRAMATIQ_BROKER = {",
        f"    {quoted('BROKER')}: {quoted(named)},",
        f"    {quoted('MIDDLEWARE')}: [",
        f"        {quoted('django_dramatiq.middleware.DbConnectionsMiddleware')},",
        "    ],",
        "}",
    ]
    if suffixes:
        names = ", ".join(map(quoted, ("tasks", *suffixes)))
        lines.append(f"DRAMATIQ_AUTODISCOVER_MODULES = ({names})")
    return "\n".join(lines) + "\n"


# -- the workers


def _suffix(project: Django, path: str) -> str | None:
    """Return a module's name inside its installed application; None if it is in none."""
    folders = [folder for folder in project.folders if path.startswith(f"{folder}/")]
    if not folders:
        return None
    inside = path.removeprefix(f"{max(folders, key=len)}/").removesuffix(".py")
    return inside.removesuffix("/__init__").replace("/", ".")


def _suffixes(project: Django, paths: Sequence[str]) -> Iterator[str]:
    """Yield the modules that `rundramatiq` does not look for unless it is told to.

    It looks for `tasks`, and in packages of that name
    (django_dramatiq/management/commands/rundramatiq.py).
    """
    found = dict.fromkeys(_suffix(project, path) for path in paths)
    yield from sorted(one for one in found if one and one != "tasks" and one[:6] != "tasks.")


def _worker(
    project: Django, paths: Sequence[str], package: str, context: Context
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return `manage.py rundramatiq`, or what it runs where it would not find every module.

    With the variable that names the settings, where `manage.py` names others than Celery's app.
    """
    settings = project.app_settings or project.manage_settings
    modules = context.index.modules
    roots = dict.fromkeys(modules[path].root or "." for path in paths)
    places = ("--path", *roots) if list(roots) not in ([], ["."]) else ()
    if project.manage and all(_suffix(project, path) for path in paths):
        variable = (("DJANGO_SETTINGS_MODULE", settings),)
        known = settings in ("", project.manage_settings)
        return ("python", project.manage, "rundramatiq", *places), () if known else variable
    names = (modules[path].name for path in paths)
    first = f"{package}.{_WORKER}".strip(".") if settings else "django_dramatiq.setup"
    return ("dramatiq", first, *names, *places), ()
