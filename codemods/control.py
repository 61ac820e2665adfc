"""Remote control: `app.control.purge()` becomes `flush_all()`; nobody answers the rest."""

from __future__ import annotations

from collections.abc import Callable

from celery2dramatiq.codemod import Context, Outcome, UseRule, on_end, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan.apps import url_of
from celery2dramatiq.specs import CallSpec, Import

PURGE = Row(
    "C2D535",
    "app.control.purge()",
    "dramatiq.get_broker().flush_all()",
    Action.REVIEW,
    "the failed messages that Dramatiq has kept are removed as well",
    about="The waiting messages of every queue go. What a worker has fetched already is run in "
    "both systems. `flush_all` does not say how many there were.",
)
COUNTED = Row(
    "C2D536",
    "app.control.purge() whose number is used, or on Amazon SQS",
    "",
    Action.MANUAL,
    "`flush_all` does not count, and dramatiq_sqs cannot empty a queue",
    "call it without looking at the number; on SQS use boto3's `purge_queue`",
    about="SQS itself takes up to a minute to empty a queue, and does not count either.",
)
INSPECT = Row(
    "C2D537",
    "app.control.inspect(), app.control.ping()",
    "",
    Action.MANUAL,
    "Dramatiq's workers answer no questions, so it would say for ever that there is no worker",
    "ask the broker how much waits (`LLEN dramatiq:default` in Redis), and look for the process",
    acceptable=True,
    about="Whether workers are there is known by what starts them (systemd, Kubernetes, a "
    "heartbeat task); what runs, by counting in a middleware or with the Prometheus one. With "
    "`--accept` the line stays, the app beside it, and no worker answers.",
)
PROCESSES = Row(
    "C2D538",
    "app.control.shutdown(), pool_grow(), pool_shrink(), pool_restart(), autoscale()",
    "",
    Action.MANUAL,
    "Dramatiq's workers take no orders",
    "send SIGTERM to a worker's process to end it, SIGHUP to start it anew, and scale outside",
    acceptable=True,
    about="How many processes and threads there are is chosen at the start.",
)
LIMITS = Row(
    "C2D539",
    "app.control.rate_limit(), app.control.time_limit()",
    "",
    Action.MANUAL,
    "an actor's limits cannot be changed while workers run",
    "give the limit to the actor, or to the message",
    acceptable=True,
    about="`send_with_options(time_limit=ms)` gives a limit to one message.",
)
QUEUES = Row(
    "C2D540",
    "app.control.add_consumer(), cancel_consumer()",
    "",
    Action.MANUAL,
    "a worker reads the queues that it was started with",
    "start a worker with `--queues`, or stop it",
    acceptable=True,
    about="A Dramatiq worker reads the queues of its actors, or those of `--queues`.",
)
EVENTS = Row(
    "C2D541",
    "app.control.enable_events(), disable_events(), app.events",
    "",
    Action.MANUAL,
    "Dramatiq sends no events",
    "write a middleware: `before_process_message` and `after_process_message` run in the worker",
    acceptable=True,
    about="Dramatiq's Prometheus middleware exports what most monitors show.",
)
BROADCAST = Row(
    "C2D542",
    "app.control.broadcast(), commands of the project's own, revoke_by_stamped_headers()",
    "",
    Action.MANUAL,
    "no message reaches every worker: each goes to one",
    "keep what all workers are to know in Redis or in the database, where tasks look at it",
    acceptable=True,
    about="Celery's remote control is a queue for every worker; Dramatiq has none.",
)


@on_use("app", ".control.purge()")
def purge(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Empty the queues, where nobody asks how many messages there were."""
    urls = [url_of(app, context.index) or "" for app in context.index.apps if not app.test]
    on_sqs = any(url.startswith("sqs") for url in urls)
    if on_sqs or use.role.kind != "discarded":
        return Outcome(COUNTED)
    spec = CallSpec(
        steps[-1].place,
        imports=(Import("dramatiq"),),
        setup=True,
        function="dramatiq.get_broker().flush_all",
        args=(),
    )
    return Outcome(PURGE, specs=(spec,))


def _held(row: Row, shape: str) -> UseRule:
    """Make the rule that refuses a method of `app.control`."""

    def answer(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
        return Outcome(row, f"`{shape.lstrip('.').removesuffix('()')}`")

    make: Callable[..., UseRule] = on_use("app", shape)
    return make(answer)


_ORDERS = {
    INSPECT: "inspect ping",
    PROCESSES: "shutdown pool_grow pool_shrink pool_restart autoscale",
    LIMITS: "rate_limit time_limit",
    QUEUES: "add_consumer cancel_consumer",
    EVENTS: "enable_events disable_events heartbeat",
    BROADCAST: "broadcast election revoke_by_stamped_headers terminate",
}
orders = tuple(
    _held(row, f".control.{name}()") for row, names in _ORDERS.items() for name in names.split()
)
events = _held(EVENTS, ".events")


def _own(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say that nobody can give the command."""
    return Outcome(BROADCAST, f"`{use.target.name.rpartition('.')[2]}`")


_COMMANDS = ("celery.worker.control.control_command", "celery.worker.control.inspect_command")
commands = tuple(on_use(name, "()")(_own) for name in _COMMANDS)


def _decorated(use: Use, context: Context) -> Outcome:
    return _own(use, (), context)


plain_commands = tuple(on_end(name, "decorator")(_decorated) for name in _COMMANDS)
panel = on_end("celery.worker.control.Panel.register", "decorator")(_decorated)
