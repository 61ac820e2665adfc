"""A launcher handed over uncalled: `on_commit(task.delay)`, `partial(task.delay, x)`."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_end
from celery2dramatiq.index import Use
from celery2dramatiq.mapping import Action, Row

CALLBACK = Row(
    "C2D205",
    "task.delay as a callback whose result is dropped",
    "actor.send",
    Action.REWRITE,
    about="What calls it drops what it returns (Django's `on_commit`, `atexit`, an event "
    "loop's `call_later`, a thread), so nobody sees that it is a Message now.",
)
PARTIAL = Row(
    "C2D206",
    "task.delay in a partial or a collection, for somebody who may use its result",
    "",
    Action.MANUAL,
    "whoever calls it gets a Dramatiq Message where it got Celery's AsyncResult",
    "hand it to what drops the result (`on_commit(partial(task.delay, 1))`), loop over a list that "
    "is written out in the `for`, or put in a function of your own that returns nothing",
    acceptable=True,
    about="The calls of such an object are not followed: what they return may be waited for, or "
    "its `id` be read, which is `message_id` of a Message. With `--accept` it is `actor.send`.",
)

LIKE = Row(
    "C2D866",
    "Mock(wraps=task.delay), create_autospec(task.delay)",
    "the same with actor.send",
    Action.REWRITE,
    about="The mock looks like the actor's method from now on, or calls it.",
)

# They call what they are given and drop what it returns (Django, the standard library).
_DROP_RESULTS = {
    "on_commit", "call_soon", "call_soon_threadsafe", "call_later", "call_at", "add_callback",
    "add_done_callback", "Timer", "Thread",
}  # fmt: skip
_LIKE = ("spec", "spec_set", "wraps")  # of mocks
_PARTIALS = ("functools.partial", "partial")
_AUTOSPEC = "create_autospec"
_DROPS_RESULT = "atexit.register"  # there are many other functions of that name


def drops_result(function: str) -> bool:
    """Tell whether the function that is called drops what its callback returns."""
    name = function.rpartition("::")[2].removesuffix("()")
    return name == _DROPS_RESULT or name.rpartition(".")[2] in _DROP_RESULTS


@on_end("launcher", "assigned")
def named(use: Use, context: Context) -> Outcome:
    """Leave a name for the launcher alone; its calls are looked at one by one."""
    return Outcome(CALLBACK)


@on_end("launcher", "looped")
def looped(use: Use, context: Context) -> Outcome:
    """Leave the loop alone; the calls of its name are looked at one by one."""
    return Outcome(CALLBACK)


@on_end("launcher", "element")
def collected(use: Use, context: Context) -> Outcome:
    """Hold it back: nobody knows what whoever takes it out does with the result."""
    return Outcome(PARTIAL)


@on_end("launcher", "argument")
def handed_over(use: Use, context: Context) -> Outcome:
    """Accept those takers of whom it is known what they do with the result."""
    if use.test and (use.role.keyword in _LIKE or use.role.detail.endswith(_AUTOSPEC)):
        return Outcome(LIKE)
    if drops_result(use.role.detail):
        return Outcome(CALLBACK)
    if use.role.detail in _PARTIALS:
        taker = use.role.around
        return Outcome(CALLBACK if taker and drops_result(taker) else PARTIAL)
    return Outcome(HANDED, f"`{use.role.detail}`")


HANDED = Row(
    "C2D214",
    "task.delay handed to a function that may use its result",
    "",
    Action.MANUAL,
    "it may do something with the AsyncResult that it gets",
    "hand over a function of your own that sends and returns nothing",
    acceptable=True,
    about="Such a function may wait for the result, store its id, or send with other "
    "arguments. With `--accept` it gets `actor.send`, which returns a Message.",
)


@on_end("sent", "lambda")
def in_lambda(use: Use, context: Context) -> Outcome:
    """Accept a lambda that sends, for those who drop its result."""
    if drops_result(use.role.detail):
        return Outcome(CALLBACK)
    return Outcome(HANDED, f"a lambda for `{use.role.detail}`" if use.role.detail else "a lambda")
