"""Before and after of a rule: out of the projects by which the rules are tested.

`python -m tests.examples --update` takes them out of `tests/fixtures/` into `examples.json`, which
is installed; a test compares the two.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

FILE = "examples.json"


@dataclass(frozen=True, slots=True)
class Example:
    """A stretch of one file. lines: each begins with `-`, `+`, or a blank if it stays."""

    path: str
    lines: tuple[str, ...]


@cache
def examples() -> dict[str, Example]:
    """Return the example of each code that has one."""
    text = (resources.files("celery2dramatiq") / FILE).read_text("utf-8")
    return {code: Example(path, tuple(lines)) for code, (path, *lines) in json.loads(text).items()}
