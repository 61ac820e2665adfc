"""The examples of the README: the same effects on Celery and after the migration."""

from pathlib import Path

import pytest
from bench.case import Case
from bench.pool import Pool

EXAMPLES = Path(__file__).parents[2] / "examples"
LEDGER = "2 ledger"

SHOP = Case(
    name="example shop",
    project=EXAMPLES / "shop",
    worker="celery -A shop.celery_app worker -Q celery,mail --concurrency 2",
    drive="python main.py",
    expect={
        "order placed": 4,
        "order shipped": 4,
        "order cancelled": 1,
        "mail sent": 3,
        "customer reminded": 2,
        "report made": 1,
        "report sent": 1,
    },
    trace=LEDGER,
)
HALF = Case(
    name="example half",
    project=EXAMPLES / "half",
    worker="celery -A newsletter.app worker -c 2",
    drive="python main.py",
    expect={"issue sent": 3, "welcome sent": 1, "score computed": 4},
    stays=("newsletter.tasks.score",),
    trace=LEDGER,
)


@pytest.mark.parametrize("case", [SHOP, HALF], ids=lambda case: case.name)
def test_same_effects(case: Case, verdicts: Pool) -> None:
    verdict = verdicts.verdict(case)
    if verdict.problems:
        pytest.fail(verdict.with_logs(), pytrace=False)
