"""What is held against Celery: a migration, or one for development only in either position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.outcome import Outcome, celery_given_up

if TYPE_CHECKING:
    from bench.case import Case
    from bench.judge import Bench
    from bench.report import Report

Made = tuple[Outcome, "Report | None"]


def original(case: Case) -> Case:
    """What of a case decides what Celery makes of its project."""
    return replace(
        case,
        name="",
        about="",
        way="",
        migrated=None,
        extra_args=(),
        tool=(),
        production={},
        stays=(),
        gap=(),
        order=(),
        ignore=(),
        differs=None,
    )


def _migrated(bench: Bench, case: Case) -> Made:
    return bench.dramatiq(case)


def _switched_off(bench: Bench, case: Case) -> Made:
    """Production: all of it runs on Celery, and nothing is to be announced."""
    outcome = bench.switched_off(replace(case, env={**case.env, **case.production}))
    return replace(outcome, on_celery=frozenset()), None


def _switched_on(bench: Bench, case: Case) -> Made:
    """Development. A file that starts Celery's worker is not edited."""
    outcome, _ = bench.dramatiq(replace(case, started_by=""))
    return outcome, None


def _carried(bench: Bench, case: Case) -> Made:
    """Development, where Celery's own tracer runs the tasks and says in the log what failed."""
    outcome, _ = _switched_on(bench, case)
    log = outcome.logs["worker"].read_text(encoding="utf-8", errors="replace")
    given_up = sorted([*outcome.given_up, *celery_given_up(log)])
    return replace(outcome, given_up=tuple(given_up)), None


WAYS: dict[str, Callable[[Bench, Case], Made]] = {
    "migrated": _migrated,
    "switched off": _switched_off,
    "switched on": _switched_on,
    "carried": _carried,
}
