"""Every case: the migrated project does what the Celery project did."""

from pathlib import Path

import pytest
from bench.case import Case, load
from bench.pool import Pool

CASES = [load(path.parent) for path in sorted(Path(__file__).parent.glob("cases/*/case.toml"))]


@pytest.mark.usefixtures("needs_rabbitmq")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_behaves_as_before(case: Case, verdicts: Pool) -> None:
    verdict = verdicts.verdict(case)
    if verdict.problems:
        pytest.fail(verdict.with_logs(), pytrace=False)
