"""Random canvas expressions do the same under Celery and, migrated, under Dramatiq."""

import os
from pathlib import Path

import pytest
from bench.case import load
from bench.judge import Bench
from expressions import expressions, write

SEED = int(os.environ.get("CANVAS_SEED", "20261123"))


def test_random_canvases(bench: Bench, tmp_path: Path) -> None:
    found = list(expressions(SEED, 30))
    write(tmp_path / "canvas", found)
    verdict = bench.judge(load(tmp_path / "canvas"))
    if verdict.problems:
        shown = "\n".join(f"{n}: {code}" for n, code in enumerate(found))
        pytest.fail(f"{verdict.with_logs()}\n{shown}", pytrace=False)


def test_a_seed_gives_the_same_expressions() -> None:
    assert list(expressions(SEED, 30)) == list(expressions(SEED, 30))
    assert list(expressions(SEED, 30)) != list(expressions(SEED + 1, 30))


def test_every_form_is_among_them() -> None:
    text = "\n".join(expressions(SEED, 30))
    for form in ("chain(", "group(", "chord(", " | ", "reduce(", "joined(", ".si(", "fails.s("):
        assert form in text
