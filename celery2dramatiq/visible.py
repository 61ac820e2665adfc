"""Text from a stranger's tree, so that it cannot steer a terminal or break a format."""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # categories: controls, invisible, line ends


def visible(text: str) -> str:
    r"""Return the text with what would steer a terminal written out: an escape is `\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        char if char == "\t" or unicodedata.category(char) not in _STEERING else _escape(char)
        for char in text
    )


def without_surrogates(text: str) -> str:
    r"""Return the text with `\xff` for a byte that could not be decoded; all else is kept."""
    return _SURROGATE.sub(lambda match: _escape(match[0]), text)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte that it cannot decode
        return f"\\x{code - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
