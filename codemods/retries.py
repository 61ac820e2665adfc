"""Retry options: what Celery retries, how often, and after how long."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_options, value
from celery2dramatiq.index import MISSING, Arg, Task
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Code, Elements, Import, Inner, Keep, Text

from . import limits

POLICY = Row(
    "C2D120",
    "max_retries, default_retry_delay with self.retry",
    "retry_policy(...)",
    Action.REWRITE,
    about="`retry_policy` carries the limit and the delay that `self.retry()` falls back "
    "on. The numbers stay in seconds there, as with Celery, and a task without them "
    "has Celery's 3 retries and 180 seconds.",
)
AUTORETRY = Row(
    "C2D121",
    "autoretry_for, retry_kwargs, retry_backoff, retry_jitter",
    "retry_when=retry_policy(...)",
    Action.REWRITE,
    about="The same exceptions are retried, as often and after the same delays: "
    "`CeleryRetries` in the helper module computes them as celery.app.autoretry "
    "does, where Dramatiq's own Retries would use its own backoff.",
)
NO_RETRY = Row(
    "C2D122",
    "max_retries, default_retry_delay of a task without retry",
    "nothing",
    Action.REWRITE,
    about="Celery looks at these options only when a task asks to be retried, and this "
    "one never does. They are dropped, as Dramatiq's `max_retries` would begin to "
    "retry it.",
)
COMPUTED = Row(
    "C2D123",
    "a retry option whose value is computed",
    "",
    Action.MANUAL,
    "what it does cannot be told from the source",
    "write the value out",
    about="Whether Celery reads the value once or at each retry, and what it is then, "
    "decides about every failed run.",
)
TWO_LIMITS = Row(
    "C2D126",
    "another limit for autoretry_for than for self.retry",
    "",
    Action.MANUAL,
    "an actor has one policy",
    "give both the same number of retries",
    about="Celery keeps two counts here: `retry_kwargs` limits what autoretry does, "
    "`max_retries` limits `self.retry()` in the body.",
)
THROWS = Row(
    "C2D124",
    "throws",
    "throws",
    Action.REWRITE,
    about="Dramatiq does with the exceptions in `throws` what Celery does: the message is "
    "not retried, and the failure is logged without a traceback.",
)
THROWS_DROPPED = Row(
    "C2D125",
    "throws of a task that retries by itself",
    "nothing",
    Action.REVIEW,
    "an expected error is logged like any other (with `throws` Dramatiq would not retry it)",
    about="Celery retries first and asks `throws` last; Dramatiq's `throws` ends all "
    "retries at once. So it is left out, and the retries stay.",
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
    yield from _throws(args, retries_itself=retries_itself)
    if not asks and not retries_itself:
        if set(args) - {"throws"}:
            yield Outcome(NO_RETRY, ", ".join(sorted(set(args) - {"throws"})))
        return
    problem = _problem(args, asks=asks and retries_itself)
    if problem is not None:
        yield problem
        return
    call = context.call(task.path, "retry_policy")
    limit = retries_itself and _excludes_limit(task, args, context)
    options = (*_policy(args, retries_itself=retries_itself), *_excluded(args, limit=limit))
    made = Inner(call, options)
    imports = (Import(_LIMIT_ERROR, "TimeLimitExceeded"),) if limit else ()
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
    kinds = args.get("autoretry_for")
    if kinds is not None and kinds.spread and limits.elements(kinds) is None:
        return Outcome(COMPUTED, f"`autoretry_for = {kinds.code}`")
    kwargs = args.get("retry_kwargs")
    known = {"max_retries", "countdown"}
    if kwargs is not None and (entries(kwargs) is None or _kwargs(args).keys() - known):
        return Outcome(COMPUTED, f"`retry_kwargs = {kwargs.code}`")
    limit = args["max_retries"].code if "max_retries" in args else "3"
    if asks and _kwargs(args).get("max_retries", limit) != limit:
        return Outcome(TWO_LIMITS)
    return None


def entries(arg: Arg) -> dict[str, str] | None:
    """Return the code of each value in a dictionary, by its key; None if that is computed."""
    if isinstance(arg.literal, dict):
        return {str(key): repr(value) for key, value in arg.literal.items()}
    if arg.items:
        return {str(item.keyword): item.code for item in arg.items}
    node = ast.parse(f"({arg.code})", mode="eval").body
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "dict" and not node.args:
        return {word.arg or "**": ast.unparse(word.value) for word in node.keywords}
    if not isinstance(node, ast.Dict):
        return None
    keys = [key.value if isinstance(key, ast.Constant) else "**" for key in node.keys]
    return dict(zip(map(str, keys), map(ast.unparse, node.values), strict=True))


def _policy(args: Mapping[str, Arg], *, retries_itself: bool) -> Iterator[tuple[str | None, Code]]:
    """Yield arguments of `retry_policy`, without those that are its defaults."""
    if retries_itself:
        of_arg = args["autoretry_for"]
        of = value(of_arg)
        if isinstance(of, Keep):
            yield None, Elements(of.of)
        else:
            yield from ((None, Text(code)) for code in limits.elements(of_arg) or ())
    kwargs = _kwargs(args)
    limit = args.get("max_retries")
    if retries_itself and "max_retries" in kwargs:
        if kwargs["max_retries"] != "3":
            yield "max_retries", Text(kwargs["max_retries"])
    elif limit is not None and limit.literal != 3:
        yield "max_retries", value(limit)
    delay = args.get("default_retry_delay")
    if delay is not None and delay.literal != 180:
        yield "default_retry_delay", value(delay)
    if retries_itself:
        yield from _delays(args)


def _excluded(args: Mapping[str, Arg], *, limit: bool) -> tuple[tuple[str | None, Code], ...]:
    """Return what says which exceptions are not retried: Celery's list, and the hard limit."""
    given = args.get("dont_autoretry_for")
    if not limit:
        return (("exclude", value(given)),) if given is not None else ()
    if given is None:
        return (("exclude", Text("(TimeLimitExceeded,)")),)
    elements = limits.elements(given) or [f"*{given.code}"]
    return (("exclude", Text(f"({', '.join(elements)}, TimeLimitExceeded)")),)


def _excludes_limit(task: Task, args: Mapping[str, Arg], context: Context) -> bool:
    """Tell whether a limit must not be retried: Celery kills the task at its hard one."""
    return limits.is_hard(task, context) and limits.may_catch(args["autoretry_for"])


def _kwargs(args: Mapping[str, Arg]) -> dict[str, str]:
    """Return `retry_kwargs`, without None: `Task.retry` takes that for what the task says."""
    given = (entries(args["retry_kwargs"]) or {}) if "retry_kwargs" in args else {}
    return {key: code for key, code in given.items() if code != "None"}


def _delays(args: Mapping[str, Arg]) -> Iterator[tuple[str, Code]]:
    """Yield what says how long to wait, in seconds as in Celery (celery/app/autoretry.py)."""
    backoff = args.get("retry_backoff")
    off = backoff is None or backoff.literal in (False, None, 0)
    if "countdown" in _kwargs(args) and (off or backoff is None or backoff.literal is MISSING):
        yield "countdown", Text(_kwargs(args)["countdown"])
    if backoff is None or off:
        return
    yield "backoff", Text("1") if backoff.literal is True else value(backoff)
    longest = args.get("retry_backoff_max")
    if longest is not None and longest.literal != 600:
        yield "backoff_max", value(longest)
    jitter = args.get("retry_jitter")
    if jitter is not None and jitter.literal is not True:
        yield "jitter", value(jitter)
