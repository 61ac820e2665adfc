"""Settings of the app: arguments of `Celery(...)`, `app.conf.update(...)`, `app.conf.x = ...`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from celery2dramatiq import mapping
from celery2dramatiq.codemod import Context, Outcome, on_end, on_settings, on_use, setting
from celery2dramatiq.index import MISSING, App, Arg, Place, Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import RemoveSpec, Text

CONF = Row(
    "C2D620",
    "app.conf.update(...), app.conf.x = ...",
    "make_broker(...)",
    Action.REWRITE,
    about="Settings that mean something to Dramatiq become arguments of `make_broker`, "
    "under Celery's names and in Celery's units.",
)
MAIN = Row(
    "C2D621",
    "Celery(main)",
    "nothing: names are written out",
    Action.REWRITE,
    about="The name of the app is the first part of the names of tasks in `__main__`, and "
    "nothing else; names are written out in each actor.",
)
INCLUDE = Row(
    "C2D622",
    "include, imports",
    "the worker's modules",
    Action.REWRITE,
    about="Dramatiq's worker imports the modules on its command line, and these stand in it.",
)
DEFAULT_QUEUE = Row(
    "C2D623",
    "task_default_queue",
    "queue_name of the actors",
    Action.REWRITE,
    about="Each actor without a queue of its own gets this one as `queue_name`.",
)
CHOSEN_QUEUE = Row(
    "C2D670",
    "task_default_queue whose value is computed",
    "make_broker(task_default_queue=...)",
    Action.REWRITE,
    about="The name is asked for when the broker is made, and is that of every actor without a "
    "queue of its own.",
)
CHOSEN_PREFIXED = Row(
    "C2D671",
    "task_default_queue whose value is computed, on a broker that may be RabbitMQ",
    "make_broker(task_default_queue=..., queue_prefix=...)",
    Action.REVIEW,
    "RabbitMQ refuses to use a queue that Celery declared, so it gets a name of its own",
    about="As C2D105, for a name that is asked for when the broker is made.",
)
JSON = Row(
    "C2D624",
    "JSON as serializer",
    "the default encoder",
    Action.REWRITE,
    about="The helper module's encoder writes and reads what Celery's JSON does.",
)
NO_EFFECT = Row(
    "C2D625",
    "a setting that changes nothing here",
    "nothing",
    Action.REWRITE,
    about="It says what holds anyway, or is about something that the project does not use.",
)
RESULT_EXPIRES = Row(
    "C2D626",
    "result_expires=s",
    "make_broker(result_expires=s)",
    Action.REWRITE,
    about="Results are kept for so many seconds; without the setting for a day, as with Celery.",
)
IGNORE_RESULT = Row(
    "C2D627",
    "task_ignore_result=True",
    "make_broker(task_ignore_result=True)",
    Action.REWRITE,
    about="Results are kept only for actors that ask for it.",
)
COMPUTED = Row(
    "C2D628",
    "a setting whose value is computed, or not supported",
    "",
    Action.MANUAL,
    "what it does to the tasks cannot be told from the source",
    "write its value out",
    acceptable=True,
    about="With `--accept` the setting is dropped.",
)
CLOCK = Row(
    "C2D629",
    "timezone, enable_utc",
    "nothing: moments are UTC, and the scheduler has the time zone of the crontabs",
    Action.REWRITE,
    about="Dramatiq keeps a moment as milliseconds since 1970, for which no time zone is needed.",
)
TIME_LIMIT = Row(
    "C2D630",
    "task_soft_time_limit, task_time_limit",
    "make_broker(task_time_limit=s)",
    Action.REVIEW,
    "the limit raises TimeLimitExceeded, which `except Exception` does not catch, and cannot end "
    "a call into C code",
    about="Of the two limits the soft one is taken, as it comes first. See C2D131 for "
    "what a hard limit did more.",
)
CONDITIONAL = Row(
    "C2D631",
    "a setting that is made under a condition, in a function, in another module or in a test",
    "",
    Action.MANUAL,
    "whether, or when, it is made cannot be told from the source",
    "make it unconditionally where the app is made",
    about="To make it always, or never, would be a guess.",
)


SOURCE = Row(
    "C2D632",
    "app.config_from_object(...)",
    "make_broker(...), which reads the settings where they are",
    Action.REWRITE,
    about="The names that the settings have stay where they are; `make_broker(...)` reads "
    "them one by one, so that environments with other values keep them.",
)
CYCLE = Row(
    "C2D666",
    "app.config_from_object(...) of a module that imports the app's",
    "",
    Action.MANUAL,
    "Celery reads it later, but the broker is made when the app's module is imported",
    "take the import out of the settings",
    about="The settings import something that imports the app, which works as long as "
    "nobody asks for them until then.",
)
INERT = Row(
    "C2D633",
    "a setting that Celery never reads",
    "",
    Action.MANUAL,
    "it has no effect today, and gets none",
    "remove it if your own code does not read it, or first make Celery read it",
    about="It is in Celery's namespace and a near miss of a setting that exists, or is "
    "written in a form that Celery does not read. To honour it now would change "
    "what the project does.",
)
MIXED = Row(
    "C2D634",
    "old and new names of settings together",
    "",
    Action.MANUAL,
    "Celery refuses the configuration (ImproperlyConfigured), so no task runs today",
    "rename the settings",
    about="Old names (`CELERYD_CONCURRENCY`) and new ones (`worker_concurrency`) may not "
    "stand together (celery.app.utils.detect_settings).",
)
OUTSIDE = Row(
    "C2D635",
    "settings that come from outside the project",
    "",
    Action.MANUAL,
    "what is written there, where the project is deployed, cannot be seen",
    "see to it that nothing is that the report does not name",
    about="A module or base class that is not in the repository, a variable, a secret: look "
    "there for settings of Celery's.",
)


@on_use("app", ".conf")
def conf(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow the app's configuration."""
    return Outcome(CONF, gives="conf")


@on_use("conf", ".update()")
def update(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Take the settings of an `update`."""
    return _given(use, context, "update")


@on_use("app", ".add_defaults()")
def add_defaults(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Take settings that hold where nothing else is given."""
    return _given(use, context, "add_defaults")


def _given(use: Use, context: Context, name: str) -> Outcome:
    if not _beside_app(use, context):
        return Outcome(CONDITIONAL)
    if use.statement in context.index.configurations[use.target.name].unknown:
        return Outcome(COMPUTED, f"`{name}` of something that cannot be seen")
    return Outcome(CONF, specs=(RemoveSpec(use.statement),), gives="configured")


@on_use("app", ".config_from_object()")
def config_from_object(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Drop it: every setting is read where it is written."""
    configuration = context.index.configurations[use.target.name]
    source = configuration.source
    if source is None or not source.certain or not _beside_app(use, context):
        return Outcome(CONDITIONAL, "`config_from_object`")
    if source.kind == "unknown" or use.statement in configuration.unknown:
        return Outcome(COMPUTED, f"`config_from_object({source.name})`")
    if source.kind != "django" and use.place.path in _imported_by(source.paths, context):
        return Outcome(CYCLE)
    return Outcome(SOURCE, specs=(RemoveSpec(use.statement),), gives="configured")


def _imported_by(paths: Iterable[str], context: Context) -> set[str]:
    """Return what importing some modules imports, one after the other."""
    found: set[str] = set()
    stack = list(paths)
    while stack:
        module = context.index.modules.get(stack.pop())
        new = set(module.imports) - found if module is not None else set()
        found |= new
        stack.extend(new)
    return found


@on_end("configured", "discarded")
def configured(use: Use, context: Context) -> Outcome:
    """Drop the statement."""
    return Outcome(CONF)


@on_use("conf", ".*")
def setting_of(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow one setting."""
    return Outcome(CONF, gives="setting")


@on_use("conf", "[]")
def item_of(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow one setting."""
    return Outcome(CONF, gives="setting")


@on_end("setting", "stored", "augmented")
def stored(use: Use, context: Context) -> Outcome:
    """Take the setting of an assignment."""
    last = use.steps[-1]
    name = last.name or last.args[0].code
    whole = _whole(use, context)
    if whole is not None:
        return Outcome(CONF, specs=(RemoveSpec(whole),))
    if not _beside_app(use, context):
        return Outcome(CONDITIONAL, f"`{name}`")
    value = use.role.value
    if value is None or not _is_alone(use, value):
        return Outcome(COMPUTED, f"`{name}`")
    return Outcome(CONF, specs=(RemoveSpec(use.statement),))


@on_end("setting", "*")
def read(use: Use, context: Context) -> Outcome:
    """Leave what only asks for a value alone, with the app that it is asked of."""
    last = (*use.made, *use.steps)[-1]  # the value may have a name by now
    name = last.name or last.args[0].literal
    if use.role.kind == "deleted" or name is MISSING or name in _SHARED:
        return Outcome(mapping.UNKNOWN_APP_USE, f"`app{use.shape}`")
    return Outcome(READ, f"`{name}`", harmless=True)


READ = Row(
    "C2D672",
    "a setting that is read from the app",
    "",
    Action.MANUAL,
    "the app stays where it is, with its settings, to be asked for it",
    "take the value from where it is written; then the app can go",
    about="What is read is the same before and after, whichever tasks move: the app knows its "
    "settings without a worker. The package `celery` stays required for it.",
)
# Settings whose values can be changed by whoever has them.
_SHARED = (
    "accept_content", "beat_schedule", "broker_transport_options", "imports", "include",
    "result_backend_transport_options", "task_annotations", "task_queues", "task_routes",
)  # fmt: skip


def _whole(use: Use, context: Context) -> Place | None:
    """Return the `if` that gives the setting one value or another, if it was read as a whole."""
    settings = context.index.configurations[use.target.name].settings
    found = (one.statement for one in settings if one.statement.holds(use.statement))
    return next((place for place in found if place != use.statement), None)


def _is_alone(use: Use, value: Arg) -> bool:
    """Tell whether the statement does nothing but give the setting a value."""
    return (
        use.role.kind == "stored"
        and use.place.start == use.statement.start
        and value.place.end == use.statement.end
    )


def _beside_app(use: Use, context: Context) -> bool:
    """Tell whether the statement is always run where the app is made."""
    own = (app for app in context.index.apps if app.id == use.target.name)
    return any(app.is_beside(use) for app in own)


@on_settings("config_source")
def config_source(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Read every setting where it is written."""
    source = context.index.configurations[app.id].source
    assert source is not None  # this is where it is named
    known = source.kind != "unknown" and not (source.kind == "dictionary" and source.open)
    yield Outcome(SOURCE if known else COMPUTED, f"`{args['config_source'].code}`")


@on_settings("changes")
def changes(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Take the settings of the dictionary."""
    known = isinstance(args["changes"].literal, dict)
    yield Outcome(CONF if known else COMPUTED, "`changes`")


@on_settings(always=True)
def unread(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Say what Celery does not read, or refuses to."""
    configuration = context.index.configurations[app.id]
    if configuration.error:
        yield Outcome(MIXED, configuration.error)
    for one in configuration.inert:
        if any(_reads(arg.code, one.key) for arg in (*app.args, *configuration.args().values())):
            continue  # not as a setting, but the app is made with it
        note = f"`{one.key}`: {one.inert}"
        yield Outcome(INERT, note, harmless=True, at=one.value.place)
    source = configuration.source
    hidden = source.open if source is not None and source.kind != "dictionary" else ()
    for place in hidden:
        yield Outcome(OUTSIDE, harmless=True, at=place)


def _reads(code: str, key: str) -> bool:
    """Tell whether code takes something of that name, as in `app.config["CELERY_BROKER_URL"]`."""
    return re.search(rf"(?:\.|[\"']){re.escape(key)}\b", code) is not None


@on_settings(
    "main", "set_as_current", "autofinalize", "strict_typing", "namespace", "config_source_silent"
)
def main(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop the app's own name: every actor has its full one."""
    yield Outcome(MAIN)


@on_settings("include", "imports")
def include(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hand the modules to the worker."""
    for arg in args.values():
        names = arg.literal
        if isinstance(names, str):
            names = names.split(",")
        if isinstance(names, (list, tuple, set)):
            yield Outcome(INCLUDE, modules=tuple(str(name) for name in names))
        else:
            yield Outcome(COMPUTED, f"`{arg.code}`")


@on_settings("task_default_queue")
def default_queue(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Give the queue to every actor without one (`declare` does it)."""
    arg = args["task_default_queue"]
    code = setting(arg, app, context)
    if isinstance(arg.literal, str):
        yield Outcome(DEFAULT_QUEUE, f"`{arg.code}`")
    elif code is None or _names_queues(context):
        yield Outcome(COMPUTED, f"`task_default_queue = {arg.code}`")
    else:
        prefix = Text(context.quoted(app.path, context.queue_prefix))
        prefixed = (("queue_prefix", prefix),) if context.queue_prefix else ()
        row = CHOSEN_PREFIXED if prefixed else CHOSEN_QUEUE
        yield Outcome(row, f"`{arg.code}`", sets=(("task_default_queue", code), *prefixed))


def _names_queues(context: Context) -> bool:
    """Tell whether a queue is named, or taken from a task's name, where that has to be known."""
    uses = (use for use in context.index.uses if use.target.kind != "mock")  # they send nothing
    steps = [step for use in uses for step in (*use.made, *use.steps)]
    named = [step.arg("queue") for step in steps]
    return (
        context.routes is not None
        or any(task.option("queue") is not None for task in context.tasks.values())
        or any(arg is not None and isinstance(arg.literal, str) for arg in named)
        or any(step.name in ("send_task", "signature", "subtask") for step in steps)
    )


@on_settings("task_serializer", "result_serializer", "accept_content", "result_accept_content")
def serializers(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """JSON is what Dramatiq speaks; anything else is another format of messages."""
    for name, arg in args.items():
        names = arg.literal if isinstance(arg.literal, (list, tuple, set)) else [arg.literal]
        json = all(one in ("json", "application/json") for one in names)
        yield Outcome(JSON) if json else Outcome(COMPUTED, f"`{name} = {arg.code}`")


@on_settings("timezone", "enable_utc")
def clock(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """They matter for moments, which are UTC, and for schedules, whose rule reads them."""
    yield Outcome(CLOCK)


@on_settings("result_expires")
def result_expires(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Keep results as long as before: seconds become milliseconds."""
    yield from _handed(args, "86_400", app, context, RESULT_EXPIRES)


def _handed(
    args: Mapping[str, Arg], default: str, app: App, context: Context, row: Row
) -> Iterator[Outcome]:
    """Hand a setting about results to `make_broker` under its own name. default: Celery's."""
    ((name, arg),) = args.items()
    code = setting(arg, app, context, default)
    if context.results is False:
        yield Outcome(NO_EFFECT, name)
    elif code is None:
        yield Outcome(COMPUTED, f"`{name} = {arg.code}`")
    else:
        yield Outcome(row, sets=((name, code),))


@on_settings("task_ignore_result")
def ignore_result(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Store no results, if there is a backend at all."""
    if args["task_ignore_result"].literal in (False, None):
        yield Outcome(NO_EFFECT, "task_ignore_result")
    else:
        yield from _handed(args, "False", app, context, IGNORE_RESULT)


@on_settings("task_soft_time_limit", "task_time_limit")
def time_limit(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Limit every actor that has no limit of its own; the soft limit comes first."""
    limits = {name: arg for name, arg in args.items() if arg.literal is not None}
    soft = limits.get("task_soft_time_limit")
    if soft is not None and isinstance(soft.literal, (int, float)):
        limits = {"task_soft_time_limit": soft}
    codes = {name: setting(arg, app, context) for name, arg in limits.items()}
    if not limits:
        yield Outcome(NO_EFFECT, "no time limit")
    for name, code in codes.items():
        if code is None:
            yield Outcome(COMPUTED, f"`{name} = {args[name].code}`")
        else:
            yield Outcome(TIME_LIMIT, name, sets=((name, code),))
