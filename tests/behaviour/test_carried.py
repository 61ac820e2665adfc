"""What runs on Celery in production does the same where Dramatiq carries it, in development."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench import compare
from bench.case import Case, load
from bench.judge import Bench
from bench.pool import Pool

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


def carried(name: str) -> Case:
    """The case, as it is to come out without any rewriting."""
    case = load(CASES / name)
    timing = tuple(replace(gap, dramatiq_seconds=None, dramatiq_tolerance=None) for gap in case.gap)
    if case.beat:  # messages are taken up to a second late, whoever runs them
        timing = case.gap
    return replace(
        case,
        name=f"{name}.carried",
        way="carried",
        extra_args=ARGUMENTS,
        differs=None,
        stays=(),
        gap=timing,
    )


@pytest.mark.parametrize("case", [carried(name) for name in CARRIED], ids=lambda case: case.name)
def test_does_the_same(case: Case, verdicts: Pool) -> None:
    verdict = verdicts.verdict(case)
    if verdict.problems:
        pytest.fail(verdict.with_logs(), pytrace=False)


def test_fails_where_it_is_switched_off(bench: Bench) -> None:
    case = replace(carried("countdown_literal"), name="countdown_literal.off")
    outcome, _ = bench.dramatiq(replace(case, env={}, tool=(*case.tool[:1], "-c", OFF)))
    assert any("Dramatiq is switched off" in one for one in compare.unsound(case, outcome))
