"""Puts words into a command and takes them out; everything between them stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from celery2dramatiq.commands.shell import Form, Line, Word
from celery2dramatiq.specs import Splice


def rename(word: Word, length: int, text: str) -> Splice:
    """Write `text` instead of the first characters of a word's value; negative: of the last."""
    value = word.value[:length] if length > 0 else word.value[length:]
    return Splice(value.start, value.end, text)


def function(source: str, target: Word, first: Word, program: str, words: Sequence[str]) -> Splice:
    """Write a command instead of watchfiles' name of a function and the beginning of its `--args`.

    first: the first word of those, which goes.
    """
    quote = next((char for char in source[target.end : first.start] if char in "'\""), "")
    return Splice(target.start, first.start, f"{quote}{' '.join([program, *words])}")


def insert(source: str, word: Word, words: Sequence[str]) -> Iterator[Splice]:
    """Write words behind a word."""
    if not words:
        return
    if word.form is Form.SHELL:
        yield Splice(word.end, word.end, "".join(f" {one}" for one in words))
    elif word.form is Form.FLOW:
        yield Splice(word.end, word.end, "".join(f", {_item(one, word)}" for one in words))
    else:
        line = source.rfind("\n", 0, word.start) + 1
        end = _line_end(source, word.end)
        yield Splice(end, end, "".join(
            f"{_newline(source)}{source[line:word.start]}{_item(one, word)}" for one in words
        ))  # fmt: skip


def insert_before(source: str, word: Word, words: Sequence[str], *, last: bool) -> Splice:
    """Write words before an item of a list. last: the item goes, and no other one stays."""
    if word.form is Form.FLOW:
        text = ", ".join(_item(one, word) for one in words)
        return Splice(word.start, word.start, text if last else f"{text}, ")
    line = source.rfind("\n", 0, word.start) + 1
    return Splice(line, line, "".join(
        f"{source[line:word.start]}{_item(one, word)}{_newline(source)}" for one in words
    ))  # fmt: skip


def replace(source: str, words: Line, texts: Sequence[str]) -> Iterator[Splice]:
    """Write `texts`, at least one, instead of words that stand one behind the other."""
    first = words[0]
    if first.form is Form.SHELL:
        yield Splice(first.start, words[-1].end, " ".join(texts))
        return
    yield Splice(first.start, first.end, _item(texts[0], first))
    yield from insert(source, first, texts[1:])


def delete(source: str, line: Line, gone: Sequence[Word]) -> Iterator[Splice]:
    """Take words of a command out, with what separates them from the others."""
    for _, members in groupby(line, _List().of):
        words = list(members)
        doomed = [any(word is one for one in gone) for word in words]
        if words[0].form is Form.FLOW:
            yield from _from_flow(words, doomed)
        else:
            for word in (word for word, is_gone in zip(words, doomed, strict=True) if is_gone):
                yield _gap_and_word(source, word)


def _gap_and_word(source: str, word: Word) -> Splice:
    if word.form is Form.SHELL:
        return Splice(word.gap, word.end, "")
    start = source.rfind("\n", 0, word.start) + 1
    return Splice(start, source.find("\n", word.end) + 1 or len(source), "")


def _from_flow(words: Sequence[Word], doomed: Sequence[bool]) -> Iterator[Splice]:
    leading = doomed.index(False) if False in doomed else len(words)
    if leading:
        end = words[leading].start if leading < len(words) else words[-1].end
        yield Splice(words[0].start, end, "")
    for word, is_gone in list(zip(words, doomed, strict=True))[leading:]:
        if is_gone:
            yield Splice(word.gap, word.end, "")


class _List:
    """Numbers the lists of which a command's words are items; the first of one has no gap."""

    def __init__(self) -> None:
        self.number = 0

    def of(self, word: Word) -> tuple[int, Form]:
        if word.gap == word.start:
            self.number += 1
        return self.number, word.form


def _item(text: str, beside: Word) -> str:
    """Return a word as an item of the list in which another one is."""
    if beside.quote in ("'", '"'):
        return f"{beside.quote}{text}{beside.quote}"
    return f'"{text}"' if re.fullmatch(r"[\d.]+", text) else text


def _line_end(source: str, at: int) -> int:
    found = re.compile(r"\r?\n|\Z").search(source, at)
    return found.start() if found is not None else len(source)


def _newline(source: str) -> str:
    return "\r\n" if "\r\n" in source else "\n"
