"""Options of a task that Dramatiq needs not, or has under another name, or cannot have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_options
from celery2dramatiq.index import Arg, Step, Task, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Text

NO_RESULT = Row(
    "C2D140",
    "ignore_result=True",
    "store_results=False",
    Action.REWRITE,
    about="The return value is not kept, where the app has a result backend.",
)
RESULT = Row(
    "C2D141",
    "ignore_result=False",
    "store_results=True",
    Action.REWRITE,
    about="The return value of this task is kept although the app's setting drops them.",
)
NO_BACKEND = Row(
    "C2D142",
    "ignore_result without a result backend",
    "nothing",
    Action.REWRITE,
    about="Without a result backend there is nothing to ignore, and Dramatiq refuses the "
    "option of a middleware that is not there.",
)
COMPUTED_RESULT = Row(
    "C2D143",
    "ignore_result that is computed, or whose backend is",
    "nothing",
    Action.REVIEW,
    "the result is stored like any other, where a result backend is configured",
    about="What the option will be, or whether there is a backend, is known only when the "
    "project runs. So the result is kept wherever there is one: more is stored than "
    "before, nothing is missing.",
)
FEWER = Row(
    "C2D156",
    "ignore_result=False, or computed, beside task_ignore_result, something of it computed",
    "nothing",
    Action.REVIEW,
    "its result is not stored where `task_ignore_result` is set",
    about="With `task_ignore_result` only tasks that say `ignore_result=False` store results. "
    "Dramatiq refuses that option where there is no result backend, so it cannot be handed on "
    "without knowing whether there is one. Nothing in the project reads the result.",
)
UNSURE = Row(
    "C2D157",
    "what C2D156 is about, and the result is read",
    "",
    Action.MANUAL,
    "whether its results are stored cannot be told, and one is read",
    "write out the option and, where it is computed, the result backend",
    about="Whoever waits for a result that is not stored waits in vain.",
)
DROPPED = Row(
    "C2D144",
    "an option that changes nothing with Dramatiq",
    "nothing",
    Action.REWRITE,
    about="Either the option says what Dramatiq does anyway (`acks_late`, "
    "`track_started=False`), or it is about something that Dramatiq does not have "
    "and that does not show in what the task does.",
)
STARTED = Row(
    "C2D153",
    "track_started=True",
    "nothing",
    Action.REVIEW,
    "while the task runs its state is PENDING, where Celery says STARTED",
    about="Dramatiq keeps nothing of a message before it has ended. Where somebody looks at "
    "the state, let the body say itself that it runs, with `update_state`.",
)
LOST = Row(
    "C2D145",
    "reject_on_worker_lost=False, acks_on_failure..., compression, store_errors_even_if_ignored",
    "nothing",
    Action.REVIEW,
    "Dramatiq delivers a message again when its worker is lost, keeps failed ones as dead "
    "letters, does not compress, and stores an error only where results are stored",
    about="Dramatiq acknowledges a message after it was processed, always. Make sure that "
    "the task can be run twice.",
)
JSON = Row(
    "C2D146",
    'serializer="json"',
    "the default encoder",
    Action.REWRITE,
    about="The helper module's encoder writes JSON as Celery does, with its types for "
    "dates, decimals, UUIDs and bytes.",
)
UNSUPPORTED = Row(
    "C2D147",
    "an option without a counterpart",
    "",
    Action.MANUAL,
    "Dramatiq has nothing that does the same for one actor",
    "remove the option if the task can do without it",
    acceptable=True,
    about="The option does something that an actor cannot do alone (another serializer "
    "for one task, an exchange, a pool of its own). With `--accept` it is dropped.",
)
# What asks for a result, or for its state (celery/result.py).
_READS = frozenset((
    "AsyncResult", "collect", "failed", "get", "info", "iterdeps", "join", "join_native", "ready",
    "result", "state", "status", "successful", "then", "traceback", "wait",
))  # fmt: skip
_DROPPED = (
    "acks_late", "reject_on_worker_lost", "retry_on_worker_lost", "typing", "send_events",
    "trail", "resultrepr_maxsize", "shadow_name", "lazy", "shared",
)  # fmt: skip
_LOST = (
    "compression", "store_errors_even_if_ignored", "acks_on_failure", "acks_on_timeout",
    "acks_on_failure_or_timeout",
)  # fmt: skip
_UNSUPPORTED = (
    "pydantic", "pydantic_strict", "pydantic_context", "pydantic_dump_kwargs", "filter",
    "Strategy", "Request", "exchange", "routing_key", "exchange_type", "delivery_mode",
)  # fmt: skip


@on_options("ignore_result")
def ignore_result(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Say of one actor whether its results are stored; an error without a result backend."""
    ignored = args["ignore_result"].literal
    if context.results is False:
        yield Outcome(NO_BACKEND)
    elif not isinstance(ignored, bool) or context.results is None:
        fewer = ignored is not True and _ignored_elsewhere(context)
        lost = UNSURE if _is_read(task, context) else FEWER
        yield Outcome(lost if fewer else COMPUTED_RESULT)
    else:
        row = NO_RESULT if ignored else RESULT
        yield Outcome(row, sets=(("store_results", Text(str(not ignored))),))


def _ignored_elsewhere(context: Context) -> bool:
    """Tell whether an app may store no results but for tasks that ask for it."""
    apps = context.index.configurations.values()
    given = (one.args().get("task_ignore_result") for one in apps)
    return any(arg is not None and arg.literal not in (False, None) for arg in given)


def _is_read(task: Task, context: Context) -> bool:
    """Tell whether somebody may look at a result of the task."""
    return any(
        use.target.name == "celery.result.AsyncResult"
        or (use.target.name == task.id and not _READS.isdisjoint(step.name for step in _steps(use)))
        for use in context.index.uses
        if not use.test
    )


def _steps(use: Use) -> tuple[Step, ...]:
    return (*use.made, *use.steps)


@on_options(*_DROPPED)
def dropped(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop what Dramatiq always or never does."""
    yield Outcome(DROPPED, ", ".join(sorted(args)))


@on_options("track_started")
def track_started(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop it, and say so where there is a state to look at."""
    shown = context.results is not False and args["track_started"].literal not in (False, None)
    yield Outcome(STARTED if shown else DROPPED, "track_started")


@on_options(*_LOST)
def lost(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop it, and say what is different."""
    yield Outcome(LOST, ", ".join(sorted(args)))


@on_options("serializer")
def serializer(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """JSON is what Dramatiq speaks."""
    if args["serializer"].literal == "json":
        yield Outcome(JSON)
    else:
        yield Outcome(UNSUPPORTED, f"`serializer = {args['serializer'].code}`")


@on_options(*_UNSUPPORTED)
def unsupported(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold the task back."""
    yield Outcome(UNSUPPORTED, ", ".join(f"`{name}`" for name in sorted(args)))
