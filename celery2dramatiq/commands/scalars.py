"""What a scalar of a YAML file (or of JSON, which is YAML) stands for, with places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from celery2dramatiq.commands.stretch import Span, Stretch, joined

_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v",
            "f": "\f", "r": "\r", "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028",
            "P": "\u2029"}  # fmt: skip
_CODES = {"x": 2, "u": 4, "U": 8}
_BREAK = re.compile(r"[ \t]*(\r\n|\r|\n)")
Chars = Iterator[tuple[str, Span]]


def decode(text: str, start: int, end: int, style: str | None, value: str) -> Stretch | None:
    """Return the scalar between two places; None if it does not come out as the parser's `value`.

    style: `'`, `"`, `|`, `>`, or None for one without quotes.
    """
    if style in ("|", ">"):
        found = joined(_block(text, start, end, folded=style == ">"))
    elif style in ("'", '"'):
        found = joined(_folded(text, start + 1, end - 1, style))
    else:
        found = joined(_folded(text, start, end, ""))
    return found if found.text == value else None


def _folded(text: str, at: int, end: int, quote: str) -> Chars:
    """Yield the characters of a scalar in the line: a line's end in it is a blank."""
    while at < end:
        broken = _BREAK.match(text, at)
        if broken is not None and broken.end() <= end:
            after = _after_breaks(text, broken.end(), end)
            count = len(re.findall(r"\r\n|\r|\n", text[at:after]))
            yield from (("\n" if count > 1 else " ", (at, after)) for _ in range(max(count - 1, 1)))
            at = after
        elif quote == "'" and text[at] == "'":
            yield "'", (at, at + 2)
            at += 2
        elif quote == '"' and text[at] == "\\":
            length, char = _escape(text, at)
            if char:
                yield char, (at, at + length)
            at += length
        else:
            yield text[at], (at, at + 1)
            at += 1


def _after_breaks(text: str, at: int, end: int) -> int:
    """Return the place of the next line's first character that counts."""
    while at < end and text[at] in " \t\r\n":
        at += 1
    return at


def _escape(text: str, at: int) -> tuple[int, str]:
    """Return the length of an escape and the character that it stands for ("" for none)."""
    letter = text[at + 1]
    if letter in _CODES:
        digits = text[at + 2 : at + 2 + _CODES[letter]]
        return 2 + len(digits), chr(int(digits, 16))
    broken = re.compile(r"(\r\n|\r|\n)[ \t]*").match(text, at + 1)
    if broken is not None:
        return broken.end() - at, ""
    return 2, _ESCAPES.get(letter, letter)


def _block(text: str, start: int, end: int, *, folded: bool) -> Chars:
    """Yield the characters of a block: its indentation belongs to none."""
    header = re.compile(r"[|>][-+\d]*[^\r\n]*(\r\n|\r|\n)").match(text, start)
    if header is None:
        return
    rows = list(_rows(text, header.end(), end))
    given = re.search(r"\d", text[start : start + 3])
    indent = min((first - at for at, first, last in rows if first < last), default=0)
    if given is not None:  # relative to the parent, which is not known here
        return
    found = list(_contents(text, rows, indent, folded=folded))
    while "-" in text[start : start + 3] and found and found[-1][0] == "\n":
        found.pop()
    while "+" not in text[start : start + 3] and _ends_twice(found):
        found.pop()
    yield from found


def _ends_twice(found: list[tuple[str, Span]]) -> bool:
    return len(found) > 1 and found[-1][0] == "\n" and found[-2][0] == "\n"


def _rows(text: str, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield each line: where it begins, its first character that is no blank, its end."""
    while at < end:
        newline = text.find("\n", at, end)
        last = newline if newline >= 0 else end
        first = at
        while first < last and text[first] == " ":
            first += 1
        yield at, first, last
        at = last + 1


def _contents(text: str, rows: list[tuple[int, int, int]], indent: int, *, folded: bool) -> Chars:
    for number, (at, _, last) in enumerate(rows):
        stop = last - 1 if text[last - 1 : last] == "\r" and last > at else last
        for place in range(min(at + indent, stop), stop):
            yield text[place], (place, place + 1)
        following = rows[number + 1] if number + 1 < len(rows) else None
        if folded and following is not None and _folds(text, rows[number], following, indent):
            yield " ", (stop, last + 1)
        elif last < len(text):
            yield "\n", (stop, last + 1)


def _folds(
    text: str, row: tuple[int, int, int], following: tuple[int, int, int], indent: int
) -> bool:
    """Tell whether two lines of a folded block are one: neither is empty or indented further."""
    return all(
        first < last and first - at == indent and text[first] not in "\t\r"
        for at, first, last in (row, following)
    )
