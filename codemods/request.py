"""`self.request` becomes what the helper `request` says of the current message."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_end, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import ReplaceSpec

from . import bound

REQUEST = Row(
    "C2D302",
    "self.request.x",
    "request(actor).x",
    Action.REWRITE,
    about="`request(actor)` describes the current message with Celery's attributes: id, "
    "retries, args, kwargs, headers, and the queue. Outside a worker it describes a "
    "direct call, as Celery does.",
)

KNOWN = (
    "id", "correlation_id", "retries", "args", "kwargs", "task", "headers", "called_directly",
)  # fmt: skip


@on_use("self", ".request")
def request(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Ask the helper; what it does not know has no rule."""
    call = context.call(use.place.path, "request")
    code = f"{call}({bound.actor(use, context)})"
    spec = ReplaceSpec(steps[-1].place, helpers=("request",), code=code)
    return Outcome(REQUEST, specs=(spec,), gives="request")


@on_use("task", ".request")
def by_name(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Ask the helper for the task by its own name, in its own body: it is the same request."""
    return request.answer(use, steps, context) if use.of_its_own else None


def _known(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave alone what the helper knows of celery.app.task.Context."""
    return Outcome(REQUEST)


request_id = on_use("request", ".id")(_known)
request_correlation_id = on_use("request", ".correlation_id")(_known)
request_retries = on_use("request", ".retries")(_known)
request_args = on_use("request", ".args")(_known)
request_kwargs = on_use("request", ".kwargs")(_known)
request_task = on_use("request", ".task")(_known)
request_headers = on_use("request", ".headers")(_known)
request_called_directly = on_use("request", ".called_directly")(_known)


@on_use("request", ".hostname")
def hostname(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone: the helper knows the machine."""
    return Outcome(HOSTNAME)


HOSTNAME = Row(
    "C2D345",
    "self.request.hostname",
    "request(actor).hostname",
    Action.REVIEW,
    "it begins with `dramatiq@`, where Celery has the name that the worker was given (`celery@`)",
    about="What stands behind the `@` is the machine's name, as with Celery. Dramatiq's workers "
    "have no names of their own.",
)


@on_use("request", ".delivery_info[]")
def delivery_info(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Know the routing key alone: it is the queue."""
    if steps[-1].args[0].literal == "routing_key":
        return Outcome(REQUEST)
    return Outcome(DELIVERY_INFO, f"`{steps[-1].args[0].code}`")


DELIVERY_INFO = Row(
    "C2D312",
    "self.request.delivery_info beyond the routing key",
    "",
    Action.MANUAL,
    "Dramatiq's message knows its queue, and nothing more of its delivery",
    "do without it",
    about="Exchange, delivery tag and the flag `redelivered` belong to AMQP, and Dramatiq "
    "does not hand them to an actor.",
)


@on_end("request", "assigned")
def kept(use: Use, context: Context) -> Outcome:
    """Leave a name for it alone: what is asked of that name is looked at one by one."""
    return Outcome(REQUEST)


@on_end("request", "formatted", "argument")
def written(use: Use, context: Context) -> Outcome:
    """Write it into a text, as the task that Celery's manual shows does."""
    detail = use.role.detail
    formats = detail.endswith(".format") and detail[:1] in "\"'"
    if use.role.kind == "formatted" or detail in ("print", "repr", "str") or formats:
        return Outcome(WHOLE)
    return Outcome(HANDED_ON, f"to `{detail}`")


WHOLE = Row(
    "C2D330",
    "self.request as a whole, in a text",
    "request(actor)",
    Action.REVIEW,
    "the text says what Dramatiq's message has, which is less",
    about="It is printed or logged, so only people read it; what it names less is what "
    "Dramatiq does not know, such as the worker's host.",
)
HANDED_ON = Row(
    "C2D331",
    "self.request as a whole, handed on",
    "",
    Action.MANUAL,
    "what is asked of it there cannot be told from the source",
    "hand on what is needed of it",
    about="The object goes into a function, a container or an attribute, and Celery's has "
    "more attributes than the helper module's.",
)


@on_use("request", ".get()")
def got(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave alone what is asked for by a name that the helper knows."""
    key = steps[-1].arg("key", 0)
    if key is not None and key.literal in KNOWN:
        return Outcome(REQUEST)
    return Outcome(BY_NAME, f"`{key.code}`" if key is not None else "")


BY_NAME = Row(
    "C2D316",
    "self.request.get(name) of a name that is computed, or that Dramatiq does not know",
    "",
    Action.MANUAL,
    "Dramatiq's message has its id, arguments, headers, queue and number of retries",
    "do without it",
    about="Names such as `hostname`, `timelimit` or `group` are Celery's own.",
)
