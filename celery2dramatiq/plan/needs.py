"""What the migrated project has to have installed; the requirement files are edited from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Need:
    """A package that the code imports from now on.

    package: its name on the index, normalised. extras: of that package. reason: one sentence's
    part, for the report. group: where it is needed.
    evidence: empty if it is needed for certain. Else it is one of several that may be, because
    what decides it exists only at run time (a URL from the environment): requirements, such as
    `redis` or `celery[redis]`, each of which says that it is this one. choice: what is decided
    by that evidence (`broker`, `results`); the last need of a choice is the one that is taken
    where nothing speaks for any.
    """

    package: str
    reason: str
    extras: tuple[str, ...] = ()
    group: Literal["runtime", "test"] = "runtime"
    evidence: tuple[str, ...] = ()
    choice: str = ""


# What Celery installs, whatever its broker: a list with all of them is frozen, and says nothing.
_FROZEN = frozenset(("amqp", "billiard", "kombu", "vine"))
DRAMATIQ = Need("dramatiq", "the tasks are its actors")


def settled(needs: Iterable[Need], required: Collection[str]) -> tuple[Need, ...]:
    """Return what is to be required: one need for a package and group, none with evidence.

    required: what the project requires now, normalised names, and once more with each extra
    (`celery`, `celery[redis]`).
    """
    if set(required) >= _FROZEN:
        required = set(required) - _FROZEN
    merged: dict[tuple[str, str], Need] = {}
    for need in _taken(tuple(needs), required):
        before = merged.get((need.group, need.package), replace(need, extras=(), reason=""))
        reasons = dict.fromkeys(filter(None, [*before.reason.split("; "), need.reason]))
        merged[need.group, need.package] = replace(
            before,
            extras=tuple(sorted({*before.extras, *need.extras})),
            reason="; ".join(reasons),
            evidence=(),
            choice="",
        )
    return tuple(merged.values())


def _taken(needs: Collection[Need], required: Collection[str]) -> Iterator[Need]:
    for need in needs:
        rivals = [other for other in needs if other.choice == need.choice]
        spoken = [other for other in rivals if not set(other.evidence).isdisjoint(required)]
        if not need.choice or need in (spoken or rivals[-1:]):
            yield need
