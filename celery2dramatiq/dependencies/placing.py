"""What is spliced into a file so that its list has other requirements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from celery2dramatiq.dependencies.model import Entry, Listing
from celery2dramatiq.specs import Splice

_LINE_END = re.compile(r"\r\n|\n|\r")
_LINE_REST = re.compile(r"(?:\\(?:\r\n|\r|\n)|[^\r\n])*")
_ALONE = re.compile(r"[ \t]*(,?)[ \t]*(?:#[^\r\n]*)?")
_COMMENT = re.compile(r"(?:,?)([ \t]*#[^\r\n]*)")
_COMMA_AFTER = re.compile(r"\s*,\s*")
_COMMA_BEFORE = re.compile(r",\s*$")
_SORTED = 3  # entries from which on their order is no accident


class Unplaceable(Exception):
    """The list is written in a form in which nothing can be put beside an entry."""


@dataclass(frozen=True, slots=True)
class Item:
    """A new requirement: its normalised name, and how it is written in that list."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    """The line of an entry: its characters `start` to `stop`, and its line end up to `next`."""

    start: int
    stop: int
    next: int


def placed(
    text: str, listing: Listing, at: Entry, items: Sequence[Item], *, keep: bool
) -> tuple[Splice, ...]:
    """Put requirements in the place of one, or beside it; in a sorted list where they belong.

    keep: the entry stays. Raises Unplaceable.
    """
    block = _sorted_block(text, listing, at)
    rest = [entry for entry in block if keep or entry.name != at.name]
    if not rest:
        groups: dict[Entry | None, list[Item]] = {at: list(items)}
    else:
        groups = {}
        for item in sorted(items, key=lambda item: item.name):
            before = [entry for entry in rest if entry.name <= item.name]
            groups.setdefault(before[-1] if before else None, []).append(item)
    return tuple(_carried_out(text, listing, at, groups, rest, keep=keep))


def _carried_out(
    text: str,
    listing: Listing,
    at: Entry,
    groups: dict[Entry | None, list[Item]],
    rest: Sequence[Entry],
    *,
    keep: bool,
) -> list[Splice]:
    comment = _comment(text, at)
    found: list[Splice] = []
    if not keep:
        own = at if at in groups else next(iter([e for e in rest if e.end <= at.start][-1:]), None)
        here = groups.pop(own, [])
        if here:
            found += [Splice(at.start, at.end, here[0].text), *_uncommented(text, at)]
            found += _behind(text, listing, at, here[1:], "") if here[1:] else []
            comment = ""
        else:
            found.append(_removal(text, listing, at))
    for entry, own_items in groups.items():
        said = "" if keep else comment
        if entry is None:
            found.append(_ahead(text, listing, rest[0], own_items, said))
        else:
            found += _behind(text, listing, entry, own_items, said)
        comment = ""
    return found


# -- what is sorted


def _sorted_block(text: str, listing: Listing, at: Entry) -> list[Entry]:
    """Return the entries around one that no empty line or comment parts, if they are sorted."""
    block: list[Entry] = []
    for entry in listing.entries:
        if block and _parted(text, block[-1], entry):
            if at in block:
                break
            block = []
        block.append(entry)
    names = [entry.name for entry in block]
    return block if len(block) >= _SORTED and names == sorted(names) else []


def _parted(text: str, one: Entry, other: Entry) -> bool:
    between = _LINE_END.sub("\n", text[one.end : other.start])
    lines = [line.strip() for line in between.split("\n")[1:-1]]
    return any(not line or line.startswith("#") for line in lines)


# -- one splice


def _behind(
    text: str, listing: Listing, at: Entry, items: Sequence[Item], comment: str
) -> list[Splice]:
    """Put requirements behind an entry."""
    line, prefix = _line(text, at), _prefix(text, listing, at)
    newline = _newline(text)
    if listing.form != "array":
        if prefix is None:
            raise Unplaceable
        new = _with_comment(items, "", comment)
        return [Splice(line.stop, line.stop, "".join(f"{newline}{prefix}{one}" for one in new))]
    alone = _ALONE.fullmatch(text, at.end, line.stop)
    if prefix is None or alone is None:
        return [Splice(at.end, at.end, "".join(f", {item.text}" for item in items))]
    new = _with_comment(items, ",", comment)
    if alone[1]:
        return [Splice(line.stop, line.stop, "".join(f"{newline}{prefix}{one}" for one in new))]
    new[-1] = new[-1].replace(items[-1].text + ",", items[-1].text, 1)  # no comma before, none now
    below = "".join(f"{newline}{prefix}{one}" for one in new)
    return [Splice(at.end, at.end, ","), Splice(line.stop, line.stop, below)]


def _ahead(text: str, listing: Listing, at: Entry, items: Sequence[Item], comment: str) -> Splice:
    """Put requirements before the first entry of a list, or of a part of it."""
    line, prefix = _line(text, at), _prefix(text, listing, at)
    array = listing.form == "array"
    if prefix is None:
        if not array:
            raise Unplaceable
        return Splice(at.start, at.start, "".join(f"{item.text}, " for item in items))
    new = _with_comment(items, "," if array else "", comment)
    return Splice(line.start, line.start, "".join(f"{prefix}{one}{_newline(text)}" for one in new))


def _removal(text: str, listing: Listing, at: Entry) -> Splice:
    """Take an entry away, with its line if it has one to itself."""
    line, prefix = _line(text, at), _prefix(text, listing, at)
    if listing.form != "array" or (
        prefix is not None and _ALONE.fullmatch(text, at.end, line.stop)
    ):
        if prefix is None:
            raise Unplaceable
        if line.next == line.stop:  # the last line has no end: it takes the one before
            end = re.search(r"(?:\r\n|\n|\r)?$", text[: line.start])
            return Splice(end.start() if end else line.start, line.stop, "")
        return Splice(line.start, line.next, "")
    after = _COMMA_AFTER.match(text, at.end)
    if after is not None:
        return Splice(at.start, after.end(), "")
    before = _COMMA_BEFORE.search(text[: at.start])
    return Splice(before.start() if before else at.start, at.end, "")


def _uncommented(text: str, at: Entry) -> list[Splice]:
    """Take the comment away that speaks of what is no longer there."""
    rest = text[at.end : _line(text, at).stop]
    match = _COMMENT.fullmatch(rest)
    if match is None or "celery" not in match[1].lower():
        return []
    return [Splice(at.end + match.start(1), at.end + match.end(1), "")]


def _comment(text: str, at: Entry) -> str:
    """Return the comment behind an entry, with the blanks before it; "" if it names Celery."""
    match = _COMMENT.fullmatch(text[at.end : _line(text, at).stop])
    return match[1] if match is not None and "celery" not in match[1].lower() else ""


def _with_comment(items: Sequence[Item], comma: str, comment: str) -> list[str]:
    new = [item.text + comma for item in items]
    return [new[0] + comment, *new[1:]]


def _line(text: str, at: Entry) -> _Line:
    start = max(text.rfind(end, 0, at.start) for end in "\r\n") + 1
    rest = _LINE_REST.match(text, at.end)
    stop = rest.end() if rest else at.end
    end = _LINE_END.match(text, stop)
    return _Line(start, stop, end.end() if end else stop)


def _prefix(text: str, listing: Listing, at: Entry) -> str | None:
    """Return what a new line begins with; None if the entry does not begin its line."""
    before = text[_line(text, at).start : at.start]
    pattern = r"[ \t]*-[ \t]+" if listing.form == "item" else r"[ \t]*"
    return before if re.fullmatch(pattern, before) else None


def _newline(text: str) -> str:
    """Return how the file ends its lines."""
    match = _LINE_END.search(text)
    return match[0] if match else "\n"
