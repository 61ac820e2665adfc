"""An actor's options against the task's, each in milliseconds as Dramatiq counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from celery2dramatiq.verify.inventory import Entry, Inventory
from celery2dramatiq.verify.process import Event

PREFIX = "dramatiq_"
_SHARED = ("RabbitmqBroker", "SQSBroker")  # where Celery's own queues cannot be used again
DEFAULT_QUEUES = {"celery": "default"}  # Celery's name for where a task goes that says nothing


@dataclass(frozen=True, slots=True)
class Difference:
    """One option. name: Dramatiq's."""

    name: str
    celery: str
    dramatiq: str
    next: str


class Unknown(Exception):
    """The value cannot be told from the source; its code."""


def compare(
    task: Entry, actor: Event, kind: str, inventory: Inventory
) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Return the differences, and the options that could not be compared. kind: the broker's."""
    found: list[Difference] = []
    skipped: list[str] = []
    for name, rule in _RULES.items():
        differences, computed = _asked(rule, _Pair(task, actor, kind, inventory))
        found += differences
        skipped += [f"{name} (`{code}`)" for code in computed]
    return tuple(found), tuple(skipped)


def _asked(rule: Rule, pair: _Pair) -> tuple[list[Difference], list[str]]:
    """Return what a rule finds, or the code that it would have to run to know."""
    try:
        return list(rule(pair)), []
    except Unknown as unknown:
        return [], [str(unknown)]


@dataclass(frozen=True, slots=True)
class _Pair:
    task: Entry
    actor: Event
    kind: str
    inventory: Inventory

    @property
    def effective(self) -> Mapping[str, Any]:
        """What holds for the actor."""
        return self.actor["effective"]  # type: ignore[no-any-return]

    def option(self, name: str) -> Any:
        """Return a literal option of the task, None if it has none. Raises Unknown."""
        options = self.task.options
        spread = options.get("**")
        if name not in options and spread is not None:
            raise Unknown(_code(spread))
        return known(options.get(name))

    def setting(self, name: str) -> Any:
        """Return a literal setting, None if it is not made. Raises Unknown."""
        return known(self.inventory.settings.get(name))


def known(value: Any) -> Any:
    """Return the value of a literal. Raises Unknown."""
    if isinstance(value, dict) and value.keys() == {"code"}:
        raise Unknown(value["code"])
    return value


def _code(value: Any) -> str:
    return str(value["code"]) if isinstance(value, dict) and "code" in value else str(value)


def _queue(pair: _Pair) -> Iterator[Difference]:
    """Compare the names; on RabbitMQ and SQS Celery's own queue cannot be used again."""
    celery, own = str(known(pair.task.queue)), pair.actor["queue"]
    prefixed, default = f"{PREFIX}{celery}", DEFAULT_QUEUES.get(celery)
    best = prefixed if pair.kind in _SHARED else celery
    if own not in (best, prefixed, default):
        yield Difference(
            "queue_name", celery, own, f'declare it with queue_name="{default or best}"'
        )


def _retries(pair: _Pair) -> Iterator[Difference]:
    if pair.inventory.chosen.get("retries") == "dramatiq" and not pair.task.retries:
        return
    if not pair.task.retries:
        pair.option("autoretry_for")
    limit, policy = pair.effective["max_retries"], pair.effective["retry_when"]
    if not pair.task.retries:
        if policy is None and limit != 0:
            times = "for ever" if limit is None else f"{limit} times"
            yield Difference(
                "max_retries", "it is never retried", f"it is retried {times}, for any exception",
                "make the broker with Retries(max_retries=0), or declare it with max_retries=0",
            )  # fmt: skip
        return
    if policy is None and limit == 0:
        yield Difference(
            "retry_when", "it asks for retries", "it is never retried",
            "declare it with retry_when=retry_policy(...)",
        )  # fmt: skip
    elif policy is None:
        yield Difference(
            "retry_when", "it is retried where it asks for it", "it is retried for any exception",
            "declare it with retry_when=retry_policy(...)",
        )  # fmt: skip


def _retry_limit(pair: _Pair) -> Iterator[Difference]:
    """Compare the limits, where the policy tells its own."""
    policy = pair.effective["retry_when"]
    if not pair.task.retries or not isinstance(policy, dict) or "max_retries" not in policy:
        return
    forced = pair.option("retry_kwargs")
    forced = forced.get("max_retries") if isinstance(forced, dict) else None
    limit = pair.option("max_retries") if "max_retries" in pair.task.options else 3
    own = policy["max_retries"]
    if own not in (limit, forced if forced is not None else limit):
        yield Difference(
            "max_retries", _times(limit), _times(own), f"hand max_retries={limit} to its policy"
        )


def _times(limit: Any) -> str:
    return "without a limit" if limit is None else f"at most {limit}"


def _time_limit(pair: _Pair) -> Iterator[Difference]:
    limits = [_limit(pair, name) for name in ("soft_time_limit", "time_limit")]
    limit = next((one for one in limits if one is not None), None)
    own = pair.effective["time_limit"]
    wanted = None if limit is None else int(limit * 1000)
    dramatiq = pair.inventory.chosen.get("time_limit") == "dramatiq" and wanted is None
    if own != wanted and not dramatiq:
        value = 'float("inf")' if wanted is None else wanted
        yield Difference(
            "time_limit", _milliseconds(wanted), _milliseconds(own),
            f"declare it with time_limit={value}, or make the broker with TimeLimit of it",
        )  # fmt: skip


def _limit(pair: _Pair, name: str) -> Any:
    """Return a limit in seconds. None leaves it to the setting (celery/app/task.py: bind)."""
    own = pair.option(name)
    return pair.setting(f"task_{name}") if own is None else own


def _milliseconds(value: Any) -> str:
    return "no limit" if value is None else f"{value} ms"


def _max_age(pair: _Pair) -> Iterator[Difference]:
    expires, own = pair.option("expires"), pair.effective["max_age"]
    # 0 would be no limit.
    wanted = (int(expires * 1000) or -1) if isinstance(expires, (int, float)) else None
    if own != wanted:
        yield Difference(
            "max_age",
            _milliseconds(wanted),
            _milliseconds(own),
            f"declare it with max_age={wanted}",
        )


def _results(pair: _Pair) -> Iterator[Difference]:
    ignored = pair.option("ignore_result")
    if ignored is None:
        ignored = bool(pair.setting("task_ignore_result"))
    own = pair.effective["store_results"]
    if ignored and own and pair.inventory.results is None:
        raise Unknown("result_backend")
    if ignored and own:
        yield Difference(
            "store_results", "its result is ignored", "its result is stored",
            "declare it with store_results=False",
        )  # fmt: skip
    elif not ignored and not own and pair.inventory.results:
        yield Difference(
            "store_results", "its result is stored", "its result is thrown away",
            "make the broker with Results(backend=..., store_results=True)",
        )  # fmt: skip


def _throws(pair: _Pair) -> Iterator[Difference]:
    """Compare the classes by their last names: the source has no more."""
    if "throws" not in pair.task.options:
        pair.option("throws")
    value = pair.task.options.get("throws")
    wanted = set(re.findall(r"(\w+)\s*(?:[,)\]]|$)", _code(value))) if value else set()
    own = pair.actor["options"].get("throws") or []
    named = {str(one["is"]).rpartition(".")[2] for one in (own if isinstance(own, list) else [own])}
    if named - wanted:
        yield Difference(
            "throws", ", ".join(sorted(wanted)) or "none", ", ".join(sorted(named)),
            "remove it: Dramatiq does not retry what is named there",
        )  # fmt: skip


def _priority(pair: _Pair) -> Iterator[Difference]:
    priority, own = pair.option("priority"), pair.actor["priority"]
    if pair.kind == "RedisBroker" and own != (priority or 0):
        yield Difference(
            "priority", str(priority or 0), str(own), f"declare it with priority={priority or 0}"
        )


Rule = Callable[[_Pair], Iterator[Difference]]
_RULES: dict[str, Rule] = {
    "queue_name": _queue,
    "retries": _retries,
    "max_retries": _retry_limit,
    "time_limit": _time_limit,
    "max_age": _max_age,
    "store_results": _results,
    "throws": _throws,
    "priority": _priority,
}
