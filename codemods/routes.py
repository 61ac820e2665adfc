"""`task_routes` and `task_queues`: each actor has its queue, so routes become queue names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from textwrap import shorten

from celery2dramatiq.codemod import Context, Outcome, on_end, on_settings, on_use
from celery2dramatiq.index import App, Arg, Step, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.routing import read

ROUTES = Row(
    "C2D658",
    "task_routes",
    "queue_name of the actors",
    Action.REWRITE,
    about="A route that leads to one queue becomes the `queue_name` of the actors whose "
    "names it means. The first route that fits wins, as with Celery.",
)
ROUTER = Row(
    "C2D659",
    "task_routes with functions, classes, expressions, or more than a queue in a route",
    "",
    Action.MANUAL,
    "to which queue a task goes cannot be told from the source",
    "write the routes out as a dictionary of names and queues",
    about="A function decides with each message anew, from its arguments or its options.",
)
QUEUES = Row(
    "C2D648",
    "task_queues",
    "the queues of the actors",
    Action.REWRITE,
    about="Queues are declared by the actors that use them.",
)
OTHER_QUEUES = Row(
    "C2D649",
    "queues and exchanges of kombu's: task_queues with topics or arguments, or elsewhere",
    "",
    Action.MANUAL,
    "a queue of Dramatiq's gets the messages that are sent to its name, and has no arguments",
    "declare plain queues; what talks to the broker by itself goes on needing kombu",
    about="A topic or fanout exchange copies one message to several queues.",
)
_PLAIN = frozenset(
    ("name", "exchange", "routing_key", "durable", "type", "binding_key", "exchange_type")
)


@on_settings("task_routes")
def routes(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Give every actor the queue of its route (`declare` does it)."""
    arg = args["task_routes"]
    known = arg.literal is None or read(arg.literal) is not None
    yield Outcome(ROUTES) if known else Outcome(ROUTER, f"`{arg.code}`")


@on_settings("task_queues")
def queues(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop the declaration of plain queues: actors declare their own."""
    arg = args["task_queues"]
    plain = arg.literal is None or (not arg.several and _is_plain(arg.code))
    yield Outcome(QUEUES) if plain else Outcome(OTHER_QUEUES, f"`{shorten(arg.code, 80)}`")


@on_use("kombu.Queue", "()")
def queue(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow the declaration of a queue."""
    return _declared(use, context)


@on_use("kombu.Exchange", "()")
def exchange(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow the declaration of an exchange."""
    return _declared(use, context)


def _declared(use: Use, context: Context) -> Outcome:
    """Drop it with the statement that configures the app; elsewhere it would still need kombu."""
    for configuration in context.index.configurations.values():
        for one in configuration.of("task_queues"):
            if one.layer != "source" and one.statement.holds(use.place):
                return Outcome(QUEUES, gives="declared")
    return Outcome(OTHER_QUEUES, f"`{use.target.name}` outside the app's own statements")


@on_end("declared", "*")
def declared(use: Use, context: Context) -> Outcome:
    """Drop it: the setting's rule answers for it."""
    return Outcome(QUEUES)


def _is_plain(code: str) -> bool:
    """Tell whether queues are written out and have nothing but names, keys and direct exchanges."""
    node = ast.parse(code.strip(), mode="eval").body
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and not _is_plain_call(inner):
            return False
        if isinstance(inner, ast.keyword) and inner.arg not in _PLAIN:
            return False
        if isinstance(inner, ast.Constant) and inner.value in ("topic", "fanout", "headers"):
            return False
    elements = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else None
    if elements is None:
        return isinstance(node, ast.Dict) and all(map(_is_table, node.values))
    return all(isinstance(element, ast.Call) for element in elements)


def _is_plain_call(call: ast.Call) -> bool:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return name in ("Queue", "Exchange") and not any(
        isinstance(arg, ast.Starred) for arg in call.args
    )


def _is_table(node: ast.expr) -> bool:
    keys = node.keys if isinstance(node, ast.Dict) else [None]
    return all(isinstance(key, ast.Constant) and key.value in _PLAIN for key in keys)


ANNOTATIONS = Row(
    "C2D638",
    "task_annotations",
    "options of the actors",
    Action.REWRITE,
    about="What an annotation sets of a task's options becomes an option of the actor.",
)
ANNOTATED = Row(
    "C2D639",
    "task_annotations with objects, functions or expressions",
    "",
    Action.MANUAL,
    "what they change of a task cannot be told from the source",
    "write the options out in the decorators",
    about="An annotation may be any object with `annotate(task)`.",
)


@on_settings("task_annotations")
def annotate(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Give the options to the actors (the plan asks for them with the decorator's own)."""
    arg = args["task_annotations"]
    tables = arg.literal if isinstance(arg.literal, (list, tuple)) else [arg.literal]
    known = all(one is None or isinstance(one, dict) for one in tables)
    yield Outcome(ANNOTATIONS) if known else Outcome(ANNOTATED, f"`{arg.code}`"[:80])
