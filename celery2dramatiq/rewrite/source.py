"""Lines and columns of a text that is known by its byte offsets."""

from __future__ import annotations

import re
from bisect import bisect_right

_NEWLINE = re.compile(rb"\r\n|\r|\n")


class Source:
    """A module's text as UTF-8."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self._starts = [0, *(match.end() for match in _NEWLINE.finditer(self.data))]
        self.lines = [line.decode() for line in _NEWLINE.split(self.data)]

    def line_of(self, offset: int) -> int:
        """Return the line, from 0, in which the byte stands."""
        return bisect_right(self._starts, offset) - 1

    def column_of(self, offset: int) -> int:
        """Return the column, in characters from 0, in which the byte stands."""
        start = self._starts[self.line_of(offset)]
        return len(self.data[start:offset].decode())

    def offset(self, line: int, column: int) -> int:
        """Return the byte's offset from its line, from 1, and its column, in bytes, as in `ast`."""
        return self._starts[line - 1] + column
