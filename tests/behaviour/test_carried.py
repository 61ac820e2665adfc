"""What runs on Celery in production does the same where Dramatiq carries it, in development."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench import compare
from bench.case import Case, load
from bench.judge import Bench, Verdict
from bench.outcome import Outcome, celery_given_up

# The tool, whose report forgets the variable.
OFF = """
import sys
from celery2dramatiq.development import keep_source
real = keep_source._worker
keep_source._worker = lambda *given: real(*given[:-1], {})
from celery2dramatiq.cli import main
main(sys.argv[1:])
"""
CASES = Path(__file__).parent / "cases"
ARGUMENTS = ("--dev-only", "--keep-source")
CARRIED = [
    "acks_late",
    "autoretry_backoff",
    "beat_seconds",
    "command_queues",
    "countdown_literal",
    "django_split",
    "expires",
    "ignore_and_reject",
    "rabbitmq",
    "results_get",
    "retry_exhausted_handled",
    "soft_limit_caught",
    "sqs",
    "task_routes",
]


@pytest.mark.parametrize("name", CARRIED)
def test_does_the_same(bench: Bench, name: str) -> None:
    case = carried(name)
    celery = bench.celery(replace(case, name=f"{name}.carried"))
    # A file that starts Celery's worker is not edited.
    outcome, report = bench.dramatiq(replace(case, name=f"{name}.carried", started_by=""))
    outcome = traced(outcome)
    problems = [*compare.unsound(case, outcome), *compare.differences(case, celery, outcome)]
    if problems:
        pytest.fail(Verdict(case, tuple(problems), (celery, outcome), report).with_logs(), False)


def test_fails_where_it_is_switched_off(bench: Bench) -> None:
    case = replace(carried("countdown_literal"), name="countdown_literal.off")
    outcome, _ = bench.dramatiq(replace(case, env={}, tool=(*case.tool[:1], "-c", OFF)))
    assert any("Dramatiq is switched off" in one for one in compare.unsound(case, outcome))


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
