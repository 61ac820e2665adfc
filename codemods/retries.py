"""Retry options: what Celery retries, how often, and after how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_options, value
from celery2dramatiq.index import Arg, Task
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Code, Elements, Import, Inner, Keep, Text

POLICY = Row(
    "C2D120",
    "max_retries, default_retry_delay with self.retry",
    "retry_policy(...)",
    Action.REWRITE,
)
AUTORETRY = Row(
    "C2D121",
    "autoretry_for, retry_kwargs, retry_backoff, retry_jitter",
    "retry_when=retry_policy(...)",
    Action.REWRITE,
)
NO_RETRY = Row(
    "C2D122", "max_retries, default_retry_delay of a task without retry", "nothing", Action.REWRITE
)
COMPUTED = Row(
    "C2D123",
    "a retry option whose value is computed",
    "",
    Action.MANUAL,
    "what it does cannot be told from the source",
    "write the value out",
)
TWO_LIMITS = Row(
    "C2D126",
    "another limit for autoretry_for than for self.retry",
    "",
    Action.MANUAL,
    "an actor has one policy",
    "give both the same number of retries",
)
THROWS = Row("C2D124", "throws", "throws", Action.REWRITE)
THROWS_DROPPED = Row(
    "C2D125",
    "throws of a task that retries by itself",
    "nothing",
    Action.REVIEW,
    "an expected error is logged like any other (with `throws` Dramatiq would not retry it)",
)

_OPTIONS = (
    "max_retries", "default_retry_delay", "autoretry_for", "dont_autoretry_for", "retry_kwargs",
    "retry_backoff", "retry_backoff_max", "retry_jitter", "throws",
)  # fmt: skip
_LIMIT_ERROR = "dramatiq.middleware"


@on_options(*_OPTIONS, always=True)
def policy(task: Task, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Make the one policy that all these options, and the body, ask for."""
    asks = any(".retry" in use.shape for use in context.uses_of_self.get(task.id, ()))
    retries_itself = "autoretry_for" in args
    if retries_itself and args["autoretry_for"].spread:
        yield Outcome(COMPUTED, "`autoretry_for`")
        return
    yield from _throws(args, retries_itself=retries_itself)
    if not asks and not retries_itself:
        if set(args) - {"throws"}:
            yield Outcome(NO_RETRY, ", ".join(sorted(set(args) - {"throws"})))
        return
    problem = _problem(args, asks=asks)
    if problem is not None:
        yield problem
        return
    call = context.call(task.path, "retry_policy")
    made = Inner(call, tuple(_policy(task, args, retries_itself=retries_itself)))
    imports = (Import(_LIMIT_ERROR, "TimeLimitExceeded"),) if _excludes_limit(task, args) else ()
    row = AUTORETRY if retries_itself else POLICY
    yield Outcome(row, sets=(("retry_when", made),), helpers=("retry_policy",), imports=imports)


def _throws(args: Mapping[str, Arg], *, retries_itself: bool) -> Iterator[Outcome]:
    if "throws" not in args:
        return
    if retries_itself:
        yield Outcome(THROWS_DROPPED)
    else:
        yield Outcome(THROWS, sets=(("throws", value(args["throws"])),))


def _problem(args: Mapping[str, Arg], *, asks: bool) -> Outcome | None:
    """Return why the options cannot be read, if so."""
    kwargs = args.get("retry_kwargs")
    if kwargs is not None:
        known = {"max_retries", "countdown"}
        if not isinstance(kwargs.literal, dict) or set(kwargs.literal) - known:
            return Outcome(COMPUTED, f"`retry_kwargs = {kwargs.code}`")
    limit = args["max_retries"].literal if "max_retries" in args else 3
    if asks and _kwargs(args).get("max_retries", limit) != limit:
        return Outcome(TWO_LIMITS)
    return None


def _policy(
    task: Task, args: Mapping[str, Arg], *, retries_itself: bool
) -> Iterator[tuple[str | None, Code]]:
    """Yield the arguments of `retry_policy`, without those that are its defaults."""
    if retries_itself:
        of = value(args["autoretry_for"])
        assert isinstance(of, Keep)  # a spread one has no rule
        yield None, Elements(of.of)
    kwargs = _kwargs(args)
    limit = args.get("max_retries")
    if retries_itself and "max_retries" in kwargs:
        yield "max_retries", Text(repr(kwargs["max_retries"]))
    elif limit is not None and limit.literal != 3:
        yield "max_retries", value(limit)
    delay = args.get("default_retry_delay")
    if delay is not None and delay.literal != 180:
        yield "default_retry_delay", value(delay)
    if retries_itself:
        yield from _delays(args)
    if "dont_autoretry_for" in args and not _excludes_limit(task, args):
        yield "exclude", value(args["dont_autoretry_for"])
    elif _excludes_limit(task, args):
        yield "exclude", Text("(TimeLimitExceeded,)")


def _excludes_limit(task: Task, args: Mapping[str, Arg]) -> bool:
    """Tell whether a limit must not be retried: Celery does not retry its hard one."""
    hard = task.option("time_limit") is not None and task.option("soft_time_limit") is None
    return hard and "autoretry_for" in args and "dont_autoretry_for" not in args


def _kwargs(args: Mapping[str, Arg]) -> dict[str, object]:
    given = args.get("retry_kwargs")
    return dict(given.literal) if given is not None and isinstance(given.literal, dict) else {}


def _delays(args: Mapping[str, Arg]) -> Iterator[tuple[str, Code]]:
    """Yield what says how long to wait, in seconds as in Celery (celery/app/autoretry.py)."""
    backoff = args.get("retry_backoff")
    if backoff is None or backoff.literal in (False, None, 0):
        countdown = _kwargs(args).get("countdown")
        if countdown is not None:
            yield "countdown", Text(repr(countdown))
        return
    yield "backoff", Text("1") if backoff.literal is True else value(backoff)
    longest = args.get("retry_backoff_max")
    if longest is not None and longest.literal != 600:
        yield "backoff_max", value(longest)
    jitter = args.get("retry_jitter")
    if jitter is not None and jitter.literal is not True:
        yield "jitter", value(jitter)
