"""Bars: how many of something there are of each kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from celery2dramatiq.mapping import Action
from celery2dramatiq.report.html.markup import Html, folded, tag

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from celery2dramatiq.report.data import Json

ACTIONS = {
    Action.REWRITE: "done for you, same meaning",
    Action.REVIEW: "done for you, with a difference",
    Action.MANUAL: "left to you",
}
FEW = 15  # modules that are shown at once


def constructs(findings: Sequence[Json], tests: Container[str]) -> Html:
    """Return the findings by action, and by module. tests: the paths of the test suite."""
    by_action = Counter(one["action"] for one in findings)
    total = {action.value: {action.value: by_action[action.value]} for action in ACTIONS}
    by_module: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in findings:
        by_module[one["path"]][one["action"]] += 1
    rows = sorted(by_module.items(), key=lambda each: (-each[1].total(), each[0]))
    most = rows[0][1].total()
    own = [row for row in rows if row[0] not in tests]
    parts = (
        (f"{len(own) - FEW} more", own[FEW:]),
        ("In the tests, which hold nothing back", [row for row in rows if row[0] in tests]),
    )
    return tag(
        "div",
        legend(),
        tag("h3", "By action"),
        bars(total.items(), max(by_action.values())),
        tag("h3", "By module"),
        bars(own[:FEW], most),
        *(folded(title, bars(part, most)) for title, part in parts if part),
    )


def legend() -> Html:
    """Return what the colours stand for."""
    items = (
        tag("li", tag("span", class_=f"dot {action.value}"), f"{action.value}: {meaning}")
        for action, meaning in ACTIONS.items()
    )
    return tag("ul", *items, class_="legend")


def bars(rows: Iterable[tuple[str, Mapping[str, int]]], most: int) -> Html:
    """Return a bar a row. most: the number for which a bar is as long as it can be."""
    return tag("ul", *(_row(name, numbers, most) for name, numbers in rows), class_="bars")


def _row(name: str, numbers: Mapping[str, int], most: int) -> Html:
    kinds = [action.value for action in ACTIONS if numbers.get(action.value)]
    at, parts = 0, []
    for kind in kinds:
        tip = tag("title", f"{numbers[kind]} {kind}")
        parts.append(tag("rect", tip, x=at, y=0, width=numbers[kind], height=1, class_=kind))
        at += numbers[kind]
    said = ", ".join(f"{numbers[kind]} {kind}" for kind in kinds) or "none"
    bar = tag(
        "svg", *parts, viewBox=f"0 0 {max(most, 1)} 1", preserveAspectRatio="none",
        role="img", aria_label=said,
    )  # fmt: skip
    return tag("li", tag("span", name, class_="name"), bar, tag("span", said, class_="sum"))
