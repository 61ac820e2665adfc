"""Compares random canvas expressions under Celery and, migrated, under Dramatiq.

`python benchmarks/canvas.py [COUNT [SEED]]` runs 300 of them, thirty at a time, writes what came
out into `benchmarks/canvas.md`, and ends with 1 if there is a difference.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
BATCH = 30
sys.path.insert(0, str(HERE.parent / "tests" / "behaviour"))

from bench.case import load  # noqa: E402
from bench.judge import Bench  # noqa: E402
from bench.processes import Processes  # noqa: E402
from expressions import expressions, write  # noqa: E402


def main(count: int = 300, seed: int = 1) -> int:
    """Compare, write the result, return the exit code."""
    began = time.monotonic()
    problems = list(_problems(count, seed))
    took = round(time.monotonic() - began)
    celery, dramatiq = version("celery"), version("dramatiq")
    lines = [
        "# Random canvases",
        "",
        f"`python benchmarks/canvas.py {count} {seed}`, Celery {celery}, Dramatiq {dramatiq}: "
        f"{count} expressions, {len(problems)} differences, {took} s.",
        *("", *(f"- {problem}" for problem in problems)) * bool(problems),
    ]
    (HERE / "canvas.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 1 if problems else 0


def _problems(count: int, seed: int) -> Iterator[str]:
    """Yield every difference, with the expressions that were run together."""
    found = list(expressions(seed, count))
    with Processes() as running, tempfile.TemporaryDirectory() as folder:
        for start in range(0, count, BATCH):
            case = Path(folder) / f"canvas{start}"
            write(case, found[start : start + BATCH])
            verdict = Bench(running, case / "runs").judge(load(case))
            yield from (f"from expression {start} on: {each}" for each in verdict.problems)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
