"""Splits shell text into commands and words, each with its place.

The standard library's `shlex` says neither where a word stands nor where a line goes on.
Redirections, comments and here-documents belong to no command.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from celery2dramatiq.commands.stretch import Span, Stretch, joined

_BLANK = " \t"
_ENDS = "\r\n;&|()"
_CLOSING = {"{": "}", "(": ")"}


class Form(Enum):
    """What a word is an item of, which decides how another one is put beside it."""

    SHELL = "a line of words"
    FLOW = "a list in brackets"
    BLOCK = "a list with an item a line"
    ALONE = "a program whose arguments are a list of their own"


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its quotes. value: without them; variables stay as they are written.

    start, end, gap: places in the file; the blanks before the word begin at `gap`.
    computed: a variable or the like is in it. inner: commands whose output is in it.
    quote: what a list's items are quoted in.
    """

    start: int
    end: int
    gap: int
    value: Stretch
    computed: bool = False
    inner: tuple[Stretch, ...] = ()
    form: Form = Form.SHELL
    quote: str = ""

    @property
    def text(self) -> str:
        """The value."""
        return self.value.text


Line = tuple[Word, ...]


class Unbalanced(Exception):
    """A quote or a bracket is never closed, or the text is no shell text at all."""


def words_of(text: str) -> frozenset[str]:
    """Return the words between blanks."""
    return frozenset(text.split())


def lines(stretch: Stretch) -> Iterator[Line]:
    """Yield every simple command, those inside `$(...)` too. Raises Unbalanced."""
    for line in list(_Reader(stretch).lines()):
        yield line
        for word in line:
            for inner in word.inner:
                yield from lines(inner)


def only_line(stretch: Stretch) -> Line:
    """Return the words of a text that is one command; none if it is not."""
    try:
        found = list(lines(stretch))
    except Unbalanced:
        return ()
    return found[0] if len(found) == 1 else ()


class _Reader:
    """Reads one text from its beginning to its end."""

    def __init__(self, stretch: Stretch) -> None:
        self.whole = stretch
        self.text = stretch.text
        self.at = 0
        self.heredocs: list[str] = []

    def lines(self) -> Iterator[Line]:
        words: list[Word] = []
        while self.at < len(self.text):
            gap = self.at
            self._skip_blanks()
            char = self._peek()
            if char in _ENDS or char == "":
                if words:
                    yield tuple(words)
                words = []
                self._end(char)
            elif char == "#":
                self._skip_comment()
            elif char in "<>":
                self._redirect(words, gap)
            else:
                words.append(self._word(gap))
        if words:
            yield tuple(words)

    def _peek(self, ahead: int = 0) -> str:
        return self.text[self.at + ahead : self.at + ahead + 1]

    def _skip_blanks(self) -> None:
        while self._peek() in (" ", "\t", "\\"):
            if self._peek() == "\\":
                length = self._continued()
                if not length:
                    return
                self.at += length
            else:
                self.at += 1

    def _continued(self) -> int:
        """Return the length of a backslash before the end of a line, 0 if it is another."""
        if self.text.startswith("\\\r\n", self.at):
            return 3
        return 2 if self.text.startswith("\\\n", self.at) else 0

    def _skip_comment(self) -> None:
        while self._peek() not in ("", "\n"):
            self.at += 1

    def _end(self, char: str) -> None:
        self.at += 1
        if char == "\n" and self.heredocs:
            for delimiter in self.heredocs:
                self._skip_heredoc(delimiter)
            self.heredocs = []

    def _skip_heredoc(self, delimiter: str) -> None:
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            line = self.text[self.at : end]
            self.at = end + 1
            if line.strip() == delimiter:
                return

    def _redirect(self, words: list[Word], gap: int) -> None:
        """Leave a redirection alone, with the number before it and the file behind it."""
        if words and words[-1].text.isdigit() and gap == self.at:
            words.pop()
        operator = ""
        while self._peek() and self._peek() in "<>&|-":
            operator += self._peek()
            self.at += 1
        self._skip_blanks()
        if self._peek() and self._peek() not in _ENDS:
            target = self._word(self.at)
            if operator in ("<<", "<<-"):
                self.heredocs.append(target.text)

    # -- one word

    def _word(self, gap: int) -> Word:
        start = self.at
        self.parts: list[tuple[str, Span]] = []
        self.inner: list[Stretch] = []
        self.computed = False
        while self._peek() and self._peek() not in _BLANK + _ENDS + "<>":
            if self._continued():
                self.at += self._continued()
            else:
                self._piece()
        first = self.whole.spans[start][0]
        last = self.whole.spans[self.at - 1][1]
        before = self.whole.spans[gap][0] if gap < start else first
        value = joined(self.parts)
        return Word(first, last, before, value, self.computed, tuple(self.inner))

    def _piece(self) -> None:
        char = self._peek()
        if char == "'":
            self._single()
        elif char == '"':
            self._double()
        elif char == "\\":
            self.at += 1
            self._take(1)
        elif not self._expansion():
            self._take(1)

    def _take(self, count: int) -> None:
        if self.at + count > len(self.text):
            raise Unbalanced("the text ends inside a word")
        for _ in range(count):
            self.parts.append((self.text[self.at], self.whole.spans[self.at]))
            self.at += 1

    def _single(self) -> None:
        close = self.text.find("'", self.at + 1)
        if close < 0:
            raise Unbalanced("a quote is never closed")
        self.at += 1
        self._take(close - self.at)
        self.at += 1

    def _double(self) -> None:
        self.at += 1
        while self._peek() != '"':
            if self._peek() == "":
                raise Unbalanced("a quote is never closed")
            if self._continued():
                self.at += self._continued()
            elif self._peek() == "\\" and self._peek(1) and self._peek(1) in '"\\$`':
                self.at += 1
                self._take(1)
            elif not self._expansion():
                self._take(1)
        self.at += 1

    def _expansion(self) -> bool:
        """Take a variable, a substitution or a template's braces; tell whether there was one."""
        two = self.text[self.at : self.at + 2]
        if two in ("$(", "${", "%("):
            self._brackets(_CLOSING[two[1]], keep=two == "$(")
        elif two == "{{":
            close = self.text.find("}}", self.at)
            self._take((close if close >= 0 else len(self.text)) + 2 - self.at)
        elif two[:1] == "`":
            close = self.text.find("`", self.at + 1)
            if close < 0:
                raise Unbalanced("a backquote is never closed")
            self.inner.append(self.whole[self.at + 1 : close])
            self._take(close + 1 - self.at)
        elif two[:1] == "$":
            self._take(1)
        else:
            return False
        self.computed = True
        return True

    def _brackets(self, closing: str, *, keep: bool) -> None:
        """Take everything up to the bracket that closes this one."""
        opening = self.text[self.at + 1]
        depth, at = 1, self.at + 2
        while depth and at < len(self.text):
            depth += (self.text[at] == opening) - (self.text[at] == closing)
            at += 1
        if depth:
            raise Unbalanced("a bracket is never closed")
        if keep:
            self.inner.append(self.whole[self.at + 2 : at - 1])
        self._take(at - self.at)
