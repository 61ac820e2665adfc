"""To which queue a task goes: what `task_routes` says (celery/app/routes.py)."""

from __future__ import annotations

import fnmatch

from celery2dramatiq.index import MISSING, Arg


def queue_of(name: str, arg: Arg | None) -> str | None:
    """Return the queue that the routes give to a task, by its name; None if they give none.

    As celery/app/routes.py: the first router that knows the name wins, and in a dictionary the
    name itself before a pattern.
    """
    for router in (read(arg.literal) or ()) if arg is not None else ():
        exact = [queue for pattern, queue in router if pattern == name]
        matching = [queue for pattern, queue in router if _matches(name, pattern)]
        if exact or matching:
            return (exact or matching)[0]
    return None


def _matches(name: str, pattern: str) -> bool:
    return "*" in pattern and fnmatch.fnmatchcase(name, pattern)


def read(value: object) -> list[list[tuple[str, str]]] | None:
    """Return the routers of the setting, each with its patterns and queues; None if unknown."""
    if value is MISSING or value is None:
        return None
    routers = value if isinstance(value, (list, tuple)) else [value]
    found = [_router(one) for one in routers]
    return None if None in found else [one for one in found if one is not None]


def _router(value: object) -> list[tuple[str, str]] | None:
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not isinstance(pairs, (list, tuple)):
        return None
    found = []
    for pair in pairs:
        pattern, route = pair if isinstance(pair, (list, tuple)) and len(pair) == 2 else ("", None)
        queue = route.get("queue") if isinstance(route, dict) and len(route) == 1 else route
        if not isinstance(pattern, str) or not isinstance(queue, str):
            return None
        found.append((pattern, queue))
    return found
