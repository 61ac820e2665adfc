"""Text out of a file that knows where each of its characters stands there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stretch(Sequence[str]):
    """Decoded text: what a quoted string, a folded block or the like stands for.

    spans: for each character the first and the last position (exclusive) in the file's text.
    """

    text: str
    spans: tuple[Span, ...]

    def __len__(self) -> int:
        return len(self.text)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Stretch: ...
    def __getitem__(self, index: int | slice) -> str | Stretch:
        if isinstance(index, slice):
            return Stretch(self.text[index], self.spans[index])
        return self.text[index]

    @property
    def start(self) -> int:
        """The place of its first character."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """The place behind its last character."""
        return self.spans[-1][1]


def plain(text: str, start: int, end: int) -> Stretch:
    """Return a part of a file's text as it stands there."""
    return Stretch(text[start:end], tuple((at, at + 1) for at in range(start, end)))


def joined(parts: Iterable[tuple[str, Span]]) -> Stretch:
    """Return the characters, each with its place, as one text."""
    found = list(parts)
    return Stretch("".join(char for char, _ in found), tuple(span for _, span in found))
