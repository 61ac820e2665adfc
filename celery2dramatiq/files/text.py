"""Project files that are no Python source: UTF-8, with or without a BOM."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from celery2dramatiq.files.source import Source, Unreadable, contents, line_at

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 10_000_000  # bytes; requirements, start commands and lock files are smaller


def read_text(root: Path, path: str) -> Source | Unreadable | None:
    """Read one file of the project; None if it holds no text, or more than LARGEST bytes.

    What cannot be opened or decoded says why, as with `read`.
    """
    data = contents(root, path)
    return decode_text(path, data) if isinstance(data, bytes) else data


def decode_text(path: str, data: bytes) -> Source | Unreadable | None:
    """Decode a file, leaving newlines as they are; None if it holds no text."""
    if b"\0" in data or len(data) > LARGEST:
        return None
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        return Source(path, data, data[len(bom) :].decode("utf-8"), "utf-8", bom)
    except UnicodeDecodeError as error:
        where = len(bom) + error.start
        reason = f"not valid utf-8: byte 0x{data[where]:02x}"
        return Unreadable(path, reason, line_at(data, where), b"celery" in data.lower())
