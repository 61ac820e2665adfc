"""Python source: bytes in, bytes out."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LINE_END = re.compile(rb"\r\n|\r|\n")
UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
COOKIE = b"# -*- coding: ab -*-"  # 20 bytes, so that UTF-32 does not fail on the length
BEYOND_ASCII = bytes.maketrans(bytes(range(128, 256)), b"?" * 128)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read and decoded; `encode(text)` gives `data` back."""

    path: str
    data: bytes
    text: str
    encoding: str
    bom: bytes

    def encode(self, text: str) -> bytes:
        """Turn text into bytes with this file's encoding and BOM.

        Raises UnicodeEncodeError (a ValueError) where the encoding has no such character.
        """
        return self.bom + text.encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read as Python source, and why."""

    path: str
    reason: str
    line: int | None
    mentions_celery: bool


def read(root: Path, path: str) -> Source | Unreadable:
    """Read one file of the project: its source, or the reason why there is none.

    A link out of the root and what is not a regular file are never opened. What cannot be opened
    may mention Celery for all we know, so it counts as if it did.
    """
    data = contents(root, path)
    return decode(path, data) if isinstance(data, bytes) else data


def contents(root: Path, path: str, most: int = -1) -> bytes | Unreadable:
    """Return the bytes of one file of the project, or the reason why it is not opened.

    most: how many bytes are wanted from its beginning, -1 for all.
    """
    full = root / path
    try:
        if not is_below(os.path.realpath(root), os.path.realpath(full)):
            return Unreadable(path, "leads out of the project", None, mentions_celery=False)
        if not stat.S_ISREG(full.stat().st_mode):
            return Unreadable(path, "not a regular file", None, mentions_celery=False)
        with full.open("rb") as file:
            return file.read(most)
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        return Unreadable(path, str(error.strerror), None, mentions_celery=not gone)


def is_below(root: str, path: str) -> bool:
    """Say whether a path is a folder or in it, both without links; pathlib is far slower."""
    return path == root or path.startswith(root if root.endswith("/") else f"{root}/")


def decode(path: str, data: bytes) -> Source | Unreadable:
    """Decode Python source by its BOM or coding cookie, leaving newlines as they are."""
    failure = _binary(path, data)
    if failure is not None:
        return failure
    try:
        detected, _ = tokenize.detect_encoding(io.BytesIO(_head(data)).readline)
    except SyntaxError as error:
        return _unreadable(path, data, str(error.msg))
    bom = codecs.BOM_UTF8 if detected == "utf-8-sig" else b""
    encoding = "utf-8" if bom else detected
    return _decode(path, data, encoding, bom)


def _decode(path: str, data: bytes, encoding: str, bom: bytes) -> Source | Unreadable:
    try:
        if not _can_hold_cookie(encoding):
            return _unreadable(path, data, f"{encoding} cannot be the encoding of Python source")
        source = Source(path, data, data[len(bom) :].decode(encoding), encoding, bom)
        same = source.encode(source.text) == data
    except UnicodeDecodeError as error:
        where = len(bom) + error.start
        reason = f"not valid {encoding}: byte 0x{data[where]:02x}"
        return _unreadable(path, data, reason, line_at(data, where))
    except (LookupError, ValueError) as error:  # a codec between bytes, or one that always fails
        return _unreadable(path, data, f"{encoding}: {error}")
    if not same:
        return _unreadable(path, data, f"{encoding} does not give the same bytes back")
    return source


def _can_hold_cookie(encoding: str) -> bool:
    try:
        return COOKIE.decode(encoding).encode("ascii") == COOKIE
    except UnicodeError:
        return False


def _binary(path: str, data: bytes) -> Unreadable | None:
    if data.startswith(UTF16_BOMS):
        return _unreadable(path, data, "UTF-16 or UTF-32, which Python does not read")
    if b"\0" in data:
        return _unreadable(path, data, "contains NUL bytes", line_at(data, data.index(b"\0")))
    return None


def _head(data: bytes) -> bytes:
    r"""Give the two lines that may hold a cookie, as `tokenize` wants them.

    It knows only `\n` as a line's end and only UTF-8 beside the cookie; the compiler takes `\r`,
    and any bytes in a comment.
    """
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    first, *rest = LINE_END.split(data[len(bom) :], maxsplit=2)
    lines = [first, *rest[:1], b""]
    return bom + b"\n".join(lines).translate(BEYOND_ASCII)


def line_at(data: bytes, position: int) -> int:
    """Return the line, from 1, in which a byte stands."""
    return len(LINE_END.findall(data, 0, position)) + 1


def _unreadable(path: str, data: bytes, reason: str, line: int | None = None) -> Unreadable:
    # Without the NULs a word in UTF-16 is the word.
    mentions = b"celery" in data.replace(b"\0", b"").lower()
    return Unreadable(path, reason, line, mentions)
