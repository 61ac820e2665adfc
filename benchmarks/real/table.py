"""Draws the scoreboard in Markdown, and puts it into a file between two markers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.real.found import Share
from benchmarks.real.run import Score

BEGIN = "<!-- scoreboard: begin, written by `python -m benchmarks.real --readme` -->"
END = "<!-- scoreboard: end -->"
HEAD = (
    "project",
    "tasks",
    "calls",
    "canvas",
    "settings",
    "not counted",
    "`REWRITE`",
    "`REVIEW`",
    "`MANUAL`",
    "compiles",
    "`verify`",
    "second run",
    "lines, needless",
)


def table(scores: Sequence[Score]) -> list[str]:
    """The lines of the table: a head, a line for each project, a line with the sums."""
    rows = [HEAD, ("---",) * len(HEAD), *map(_row, scores), _sums(scores)]
    return ["| " + " | ".join(row) + " |" for row in rows]


def _row(score: Score) -> tuple[str, ...]:
    shares = (score.tasks, score.calls, score.canvas, score.settings)
    return (
        score.name,
        *map(_share, shares),
        str(sum(len(share.extra) for share in shares)),
        *(str(number) for number in score.actions.values()),
        "no" if score.broken else "yes",
        score.verified,
        f"{score.again} files" if score.again else "empty",
        f"{score.touched}, {score.needless}",
    )


def _share(share: Share) -> str:
    return f"{share.found} of {share.counted}" if share.counted else "none"


def _sums(scores: Sequence[Score]) -> tuple[str, ...]:
    columns = [[getattr(score, name) for score in scores] for name in _SHARES]
    return (
        "all",
        *(_share(Share(_sum(c, "found"), _sum(c, "counted"))) for c in columns),
        str(sum(len(share.extra) for column in columns for share in column)),
        *(str(sum(score.actions[each] for score in scores)) for each in _ACTIONS),
        "no" if any(score.broken for score in scores) else "yes",
        "",
        "",
        f"{_sum(scores, 'touched')}, {_sum(scores, 'needless')}",
    )


_SHARES = ("tasks", "calls", "canvas", "settings")
_ACTIONS = ("REWRITE", "REVIEW", "MANUAL")


def _sum(them: Iterable[object], attribute: str) -> int:
    return sum(getattr(one, attribute) for one in them)


def details(score: Score) -> list[str]:
    """What was missed, what was not counted, and the codes that hold most tasks back."""
    lines = []
    for name in _SHARES:
        share: Share = getattr(score, name)
        lines += [f"{score.name}: {name} missed: {place}" for place in share.missed]
        lines += [f"{score.name}: {name} not counted: {place}" for place in share.extra]
    held = ", ".join(f"{code} {number}" for code, number in list(score.holds.items())[:8])
    return [*lines, *([f"{score.name}: held by {held}"] if held else [])]


def put_into(text: str, lines: Sequence[str], begin: str = BEGIN, end: str = END) -> str:
    """The text with these lines between its markers; `ValueError` if it has not got both once."""
    before, found, rest = text.partition(begin)
    _, found_too, after = rest.partition(end)
    if not found or not found_too:
        raise ValueError(f"no {begin} with an {end} behind it")
    return "\n".join([before + begin, "", *lines, "", end + after])
