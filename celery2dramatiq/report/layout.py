"""Sections that share the lines of a screen: the long ones are cut, and say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celery2dramatiq.report.terminal import Line

HEIGHT = 40  # lines of a report without `--show`

Item = Sequence[Line]


@dataclass(frozen=True)
class Section:
    """A title and what stands below it. whole: it is never cut."""

    title: Line
    items: Sequence[Item]
    whole: bool = False


def fitted(sections: Sequence[Section], *, show: bool, hint: str = "--show") -> list[Line]:
    """Return the lines of all sections with something in them, within HEIGHT unless `show`.

    A section that is cut still shows its first item. hint: what shows the rest.
    """
    sections = [section for section in sections if section.items]
    shown = [len(s.items) if show or s.whole else 1 for s in sections]
    while not show and (at := _next(sections, shown)) is not None:
        shown[at] += 1
    lines: list[Line] = []
    for section, count in zip(sections, shown, strict=True):
        lines += [*_lines(section, count, hint), Line()]
    return lines[:-1]


def _next(sections: Sequence[Section], shown: Sequence[int]) -> int | None:
    """Return which section may show one more item: of those that can, the shortest so far."""
    total = sum(_height(*each) for each in zip(sections, shown, strict=True))
    free = HEIGHT - total
    fits = [
        (_height(section, count), at)
        for at, (section, count) in enumerate(zip(sections, shown, strict=True))
        if count < len(section.items)
        and _height(section, count + 1) - _height(section, count) <= free
    ]
    return min(fits)[1] if fits else None


def _height(section: Section, count: int) -> int:
    return sum(1 for _ in _lines(section, count)) + 1  # and an empty line


def _lines(section: Section, count: int, hint: str = "") -> Iterator[Line]:
    if section.title.text:
        yield section.title
    for item in section.items[:count]:
        yield from item
    if count < len(section.items):
        yield Line(f"  ... and {len(section.items) - count} more ({hint})")
