"""A few hundred random inputs; `python -m tests.fuzz` takes more."""

import pytest

from tests import fuzz


@pytest.mark.slow
def test_random_input() -> None:
    counts, failed = fuzz.run(500, seed=1)
    assert not failed, counts
    assert sum(counts.values()) == 500
    assert min(counts["files changed"], counts["nothing to do"]) > 20
