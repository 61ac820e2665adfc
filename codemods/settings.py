"""Settings of the app: arguments of `Celery(...)`, `app.conf.update(...)`, `app.conf.x = ...`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_end, on_settings, on_use
from celery2dramatiq.index import App, Arg, Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import RemoveSpec, Text

CONF = Row("C2D620", "app.conf.update(...), app.conf.x = ...", "make_broker(...)", Action.REWRITE)
MAIN = Row("C2D621", "Celery(main)", "nothing: names are written out", Action.REWRITE)
INCLUDE = Row("C2D622", "include, imports", "the worker's modules", Action.REWRITE)
DEFAULT_QUEUE = Row("C2D623", "task_default_queue", "queue_name of the actors", Action.REWRITE)
JSON = Row("C2D624", "JSON as serializer", "the default encoder", Action.REWRITE)
NO_EFFECT = Row("C2D625", "a setting that changes nothing here", "nothing", Action.REWRITE)
RESULT_EXPIRES = Row("C2D626", "result_expires=s", "make_broker(result_expires=s)", Action.REWRITE)
IGNORE_RESULT = Row(
    "C2D627", "task_ignore_result=True", "make_broker(task_ignore_result=True)", Action.REWRITE
)
COMPUTED = Row(
    "C2D628",
    "a setting whose value is computed, or not supported",
    "",
    Action.MANUAL,
    "what it does to the tasks cannot be told from the source",
    "write its value out",
    acceptable=True,
)
CLOCK = Row(
    "C2D629",
    "timezone, enable_utc",
    "nothing: moments are UTC, and no schedule moves",
    Action.REWRITE,
)
TIME_LIMIT = Row(
    "C2D630",
    "task_soft_time_limit, task_time_limit",
    "make_broker(task_time_limit=s)",
    Action.REVIEW,
    "the limit raises TimeLimitExceeded, which `except Exception` does not catch, and cannot end "
    "a call into C code",
)
CONDITIONAL = Row(
    "C2D631",
    "a setting that is made under a condition, in a function, in another module or in a test",
    "",
    Action.MANUAL,
    "whether, or when, it is made cannot be told from the source",
    "make it unconditionally where the app is made",
)


@on_use("app", ".conf")
def conf(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow the app's configuration."""
    return Outcome(CONF, gives="conf")


@on_use("conf", ".update()")
def update(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Take the settings of an `update` with keywords."""
    args = steps[-1].args
    if not _beside_app(use, context):
        return Outcome(CONDITIONAL)
    if any(arg.keyword is None for arg in args):
        return Outcome(COMPUTED, "`update` without keywords")
    named = tuple((arg.keyword or "", _moved(arg)) for arg in args)
    return Outcome(CONF, specs=(RemoveSpec(use.statement),), settings=named, gives="configured")


@on_end("configured", "discarded")
def configured(use: Use, context: Context) -> Outcome:
    """Drop the statement."""
    return Outcome(CONF)


@on_use("conf", ".*")
def setting(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow one setting."""
    return Outcome(CONF, gives="setting")


@on_end("setting", "stored", "augmented")
def stored(use: Use, context: Context) -> Outcome:
    """Take the setting of an assignment."""
    if not _beside_app(use, context):
        return Outcome(CONDITIONAL, f"`{use.steps[-1].name}`")
    value = use.role.value
    if value is None or not _is_alone(use, value):
        return Outcome(COMPUTED, f"`{use.steps[-1].name}`")
    named = ((use.steps[-1].name, _moved(value)),)
    return Outcome(CONF, specs=(RemoveSpec(use.statement),), settings=named)


def _is_alone(use: Use, value: Arg) -> bool:
    """Tell whether the statement does nothing but give the setting a value."""
    return (
        use.role.kind == "stored"
        and use.place.start == use.statement.start
        and value.place.end == use.statement.end
    )


def _beside_app(use: Use, context: Context) -> bool:
    """Tell whether the statement is always run where the app is made."""
    paths = {app.path for app in context.index.apps if app.id == use.target.name}
    return not use.scope and use.statement.column == 1 and use.place.path in paths


def _moved(arg: Arg) -> Arg:
    """Return the value without its place in a call: it goes to another statement."""
    return Arg(None, arg.star, arg.place, arg.code, arg.literal, arg.names)


@on_settings("main", "set_as_current", "autofinalize", "strict_typing")
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
    yield Outcome(DEFAULT_QUEUE if isinstance(arg.literal, str) else COMPUTED, f"`{arg.code}`")


@on_settings("task_serializer", "result_serializer", "accept_content", "result_accept_content")
def serializers(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """JSON is what Dramatiq speaks; anything else is another format of messages."""
    for name, arg in args.items():
        names = arg.literal if isinstance(arg.literal, (list, tuple, set)) else [arg.literal]
        json = all(one in ("json", "application/json") for one in names)
        yield Outcome(JSON) if json else Outcome(COMPUTED, f"`{name} = {arg.code}`")


@on_settings("timezone", "enable_utc")
def clock(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """They matter for moments and schedules only, and those hold their tasks back so far."""
    yield Outcome(CLOCK)


@on_settings("result_expires")
def result_expires(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Keep results as long as before: seconds become milliseconds."""
    arg = args["result_expires"]
    if arg.literal in (None, 0):
        never = (("result_expires", Text("None")),) if context.results is not False else ()
        yield Outcome(RESULT_EXPIRES, sets=never)
    elif isinstance(arg.literal, (int, float)):
        sets = (("result_expires", Text(str(arg.literal))),) if context.results is not False else ()
        yield Outcome(RESULT_EXPIRES, sets=sets)
    else:
        yield Outcome(COMPUTED, f"`result_expires = {arg.code}`")


@on_settings("task_ignore_result")
def ignore_result(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Store no results, if there is a backend at all."""
    arg = args["task_ignore_result"]
    if not isinstance(arg.literal, bool):
        yield Outcome(COMPUTED, f"`task_ignore_result = {arg.code}`")
    elif arg.literal and context.results is not False:
        yield Outcome(IGNORE_RESULT, sets=(("task_ignore_result", Text("True")),))
    else:
        yield Outcome(NO_EFFECT)


@on_settings(
    "broker_connection_retry_on_startup",
    "broker_connection_retry",
    "task_track_started",
    "task_send_sent_event",
    "worker_send_task_events",
    "worker_hijack_root_logger",
    "worker_enable_remote_control",
)
def no_effect(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop what only concerns Celery's own worker and events."""
    yield Outcome(NO_EFFECT, ", ".join(sorted(args)))


@on_settings("task_soft_time_limit", "task_time_limit")
def time_limit(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Limit every actor that has no limit of its own; the soft limit comes first."""
    given = [args[name] for name in ("task_soft_time_limit", "task_time_limit") if name in args]
    arg = next((arg for arg in given if arg.literal is not None), None)
    if arg is None:
        yield Outcome(NO_EFFECT, "no time limit")
    elif isinstance(arg.literal, (int, float)):
        yield Outcome(TIME_LIMIT, sets=(("task_time_limit", Text(str(arg.literal))),))
    else:
        yield Outcome(COMPUTED, f"`{arg.code}`")
