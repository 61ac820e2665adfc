"""Takes an example for every code out of the fixtures: the shortest that shows what happens.

`python -m tests.examples --update` writes `celery2dramatiq/examples.json`, and `docs/rules.md`,
which shows them.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from celery2dramatiq.codemod import load
from celery2dramatiq.examples import FILE, examples
from celery2dramatiq.mapping import Action
from celery2dramatiq.plan import Finding
from celery2dramatiq.report import rules
from tests.projects import Tree, expected, fixtures, plan_of, tree
from tests.statements import Lines, pair

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "celery2dramatiq" / FILE
PAGE = ROOT / "docs" / "rules.md"
_NEAR = 3  # lines, from a place to the change that belongs to it
_GOOD = 6  # lines; up to here longer is not worse
_MARK = re.compile(r"\s*(#|<!-- #)\s*C2D\d{3}(, C2D\d{3})*( -->)?$")  # what a test expects there


def found() -> dict[str, list[str]]:
    """Return the path and the lines of each code's example, by code."""
    every = load()
    owner = {row.code: codemod.name for codemod in every.codemods for row in codemod.rows}
    best: dict[str, tuple[tuple[object, ...], list[str]]] = {}
    for fixture in fixtures():
        before, after = tree(fixture / "before"), expected(fixture)
        findings = plan_of(fixture, every).findings
        crowd = Counter((one.place.path, one.place.line) for one in findings)
        for finding in findings:
            code, place = finding.row.code, finding.place
            if finding.action is not finding.row.action:
                continue
            lines = _cut(before, after, finding)
            changes = any(line[0] != " " for line in lines)
            rank = (
                fixture.name.partition(".")[0] != owner.get(code),
                changes != (finding.action is not Action.MANUAL),
                max(len(lines), _GOOD),
                crowd[place.path, place.line],
                fixture.name,
                place,
            )
            if code not in best or rank < best[code][0]:
                best[code] = rank, [place.path, *lines]
    return {code: example for code, (_, example) in sorted(best.items())}


def _cut(before: Tree, after: Tree, finding: Finding) -> list[str]:
    """Return what stands at a place, and what it becomes."""
    path, line = finding.place.path, finding.place.line - 1
    old, new = _lines(before[path]), _lines(after.get(path, before[path]))
    found = _pair(old, new, line, finding)
    if finding.action is Action.MANUAL:
        start, end = found[0] if found else (line, line + 1)
        end = max(end, line + 1)
        more = old[end - 1].endswith(":")  # what comes below says what it is about
        return _trimmed([f" {text}" for text in old[start : end + more]])
    (start, end), (to_start, to_end) = found or _near(old, new, line)
    if old[start:end] == new[to_start:to_end]:
        return _trimmed([f" {text}" for text in old[start:end]])
    shown = [f"-{text}" for text in old[start:end]]
    return _trimmed([*shown, *(f"+{text}" for text in new[to_start:to_end])])


def _pair(
    old: Sequence[str], new: Sequence[str], line: int, finding: Finding
) -> tuple[Lines, Lines] | None:
    if finding.place.path.endswith(".py"):
        row = finding.row
        broker = "make_broker" in row.dramatiq or "Celery" in row.celery
        return pair("\n".join(old), "\n".join(new), line, broker=broker)
    if len(old) == len(new):  # another kind of file: its lines were edited one by one
        return (line, line + 1), (line, line + 1)
    return None


def _near(old: Sequence[str], new: Sequence[str], line: int) -> tuple[Lines, Lines]:
    """Return the change at a line or near it; the line itself if there is none."""
    every = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    changes = [((a, b), (c, d)) for kind, a, b, c, d in every if kind != "equal"]
    distance, change = min(
        ((max(a - line, line - max(b - 1, a), 0), ((a, b), to)) for (a, b), to in changes),
        default=(_NEAR + 1, ((0, 0), (0, 0))),
    )
    here = line, line + 1
    return change if distance <= _NEAR else (here, here)


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    return [_MARK.sub("", line) for line in text.splitlines()]


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Return the lines without empty ones at the ends."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    return [line.rstrip() or " " for line in lines[full[0] : full[-1] + 1]] if full else []


def as_text() -> str:
    """Return what `examples.json` has to hold: a line for each code."""
    rows = [f"{json.dumps(code)}: {json.dumps(lines)}" for code, lines in found().items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _updates() -> Iterator[tuple[Path, str]]:
    yield EXAMPLES, as_text()
    examples.cache_clear()
    yield PAGE, rules.page()


def main(arguments: Sequence[str]) -> None:
    """Write the two files anew."""
    if list(arguments) != ["--update"]:
        sys.exit(__doc__)
    for path, text in _updates():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
