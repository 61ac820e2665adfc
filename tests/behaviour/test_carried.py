"""What runs on Celery in production does the same where Dramatiq carries it, in development."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from bench import compare
from bench.case import Case, load
from bench.judge import Bench, Verdict
from bench.outcome import Outcome, celery_given_up

CASES = Path(__file__).parent / "cases"
ARGUMENTS = ("--dev-only", "--keep-source")
CARRIED = os.environ.get("CARRIED", "").split() or [
    "acks_late",
]


@pytest.mark.parametrize("name", CARRIED)
def test_does_the_same(bench: Bench, name: str) -> None:
    case = carried(name)
    celery = bench.celery(replace(case, name=f"{name}.carried"))
    outcome, report = bench.dramatiq(replace(case, name=f"{name}.carried"))
    outcome = traced(outcome)
    problems = [*compare.unsound(case, outcome), *compare.differences(case, celery, outcome)]
    if problems:
        pytest.fail(Verdict(case, tuple(problems), (celery, outcome), report).with_logs(), False)


def carried(name: str) -> Case:
    """The case, as it is to come out without any rewriting."""
    case = load(CASES / name)
    timing = tuple(replace(gap, dramatiq_seconds=None, dramatiq_tolerance=None) for gap in case.gap)
    return replace(case, extra_args=ARGUMENTS, differs=None, stays=(), gap=timing)


def traced(outcome: Outcome) -> Outcome:
    """The outcome with what Celery's tracer said in the log of Dramatiq's worker."""
    log = outcome.logs["worker"].read_text(encoding="utf-8", errors="replace")
    given_up = sorted([*outcome.given_up, *celery_given_up(log)])
    return replace(outcome, given_up=tuple(given_up))
