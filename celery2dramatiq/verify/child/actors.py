"""Actors and brokers as plain data, with what the middleware adds to an actor's own options."""

from __future__ import annotations

import math
from typing import Any

from .failure import function_place
from .stubs import Seen


def described(seen: Seen, worker_broker: Any) -> dict[str, Any]:
    """Return all brokers and actors. The worker's broker and the fallback are numbers of theirs."""
    return {
        "brokers": [_broker(broker) for broker in seen.brokers],
        "broker": _number(seen, worker_broker),
        "fallback": _number(seen, seen.fallback),
        "fallback_place": seen.fallback_place,
        "actors": [
            {**_actor(actor, broker), "broker": number}
            for number, broker in enumerate(seen.brokers)
            for actor in list(broker.actors.values())
            if getattr(actor, "broker", broker) is broker  # else it sends to that one
        ],
    }


def _number(seen: Seen, wanted: Any) -> int | None:
    numbers = [number for number, broker in enumerate(seen.brokers) if broker is wanted]
    return numbers[0] if numbers else None


def _broker(broker: Any) -> dict[str, Any]:
    return {
        "class": _name(type(broker)),
        "kind": _kind(type(broker)),
        "middleware": [_name(type(one)) for one in broker.middleware],
    }


def _kind(cls: type) -> str:
    """Return the name of the class of Dramatiq's, or of a package's, that a broker's is made of."""
    names = {one.__name__ for one in cls.__mro__}
    known = ("RedisBroker", "RabbitmqBroker", "SQSBroker", "StubBroker")
    return next((name for name in known if name in names), cls.__name__)


def _actor(actor: Any, broker: Any) -> dict[str, Any]:
    options = getattr(actor, "options", {})
    return {
        "name": str(actor.actor_name),
        "queue": str(actor.queue_name),
        "priority": actor.priority,
        "options": {str(name): plain(value) for name, value in sorted(options.items())},
        "effective": _effective(options, broker),
        **function_place(actor.fn),
    }


def _effective(options: dict[str, Any], broker: Any) -> dict[str, Any]:
    """Return what holds for an actor: its options, or what the broker's middleware says."""
    from dramatiq.middleware import AgeLimit, Retries, TimeLimit
    from dramatiq.results import Results

    def holds(kind: type, name: str, without: Any) -> Any:
        middleware = next((one for one in broker.middleware if isinstance(one, kind)), None)
        if middleware is None:
            return without
        return plain(options.get(name, getattr(middleware, name)))

    return {
        "retry_when": holds(Retries, "retry_when", None),
        "max_retries": holds(Retries, "max_retries", 0),
        "time_limit": holds(TimeLimit, "time_limit", None),
        "max_age": holds(AgeLimit, "max_age", None),
        "store_results": bool(holds(Results, "store_results", False)),
    }


def plain(value: Any) -> Any:
    """Return a value for JSON. Infinity is None, as no limit; what is no plain value is named."""
    if isinstance(value, float) and math.isinf(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    named: dict[str, Any] = {"is": _name(value if hasattr(value, "__qualname__") else type(value))}
    limit = getattr(value, "max_retries", False)  # of a policy of the generated helpers
    if limit is None or (isinstance(limit, int) and not isinstance(limit, bool)):
        named["max_retries"] = limit
    return named


def _name(thing: Any) -> str:
    return "{}.{}".format(getattr(thing, "__module__", ""), getattr(thing, "__qualname__", thing))
