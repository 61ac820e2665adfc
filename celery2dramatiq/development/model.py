"""What is to be done so that Dramatiq carries the tasks in development."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery2dramatiq.files import Change
    from celery2dramatiq.plan import Command, Plan

SWITCH = "DRAMATIQ_CARRIES_CELERY"  # a setting of Django's, or a variable of the environment
BRIDGED = "DRAMATIQ_BRIDGE"  # the same, where the code is written for Dramatiq
# A variable: the queues that a worker reads, as after `-Q`, and `*` for those of the settings.
QUEUES = "DRAMATIQ_CARRIES_QUEUES"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What says that something belongs to development: a file, and a line of it (0: its name)."""

    path: str
    line: int
    says: str


@dataclass(frozen=True, slots=True)
class Carrying:
    """The changes that switch between Celery and Dramatiq in development, and what they rest on.

    scheduler: Celery's beat, which sends as the project does; None without a schedule.
    settings: dotted names of Django's settings modules for development; empty where the switch is
    a variable. requirements: what is required for development alone, as PEP 508 writes it.
    by_hand: what is left to do, each a sentence. plan: what is rewritten, if the code is.
    """

    changes: tuple[Change, ...]
    worker: Command | None = None
    scheduler: Command | None = None
    settings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    requirements: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    plan: Plan | None = None
