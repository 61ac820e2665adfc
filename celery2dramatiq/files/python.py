"""What is Python in a project: modules, scripts that say so in their first line, notebooks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from celery2dramatiq.files.notebook import code
from celery2dramatiq.files.source import Source, Unreadable, contents, read
from celery2dramatiq.files.text import decode_text

if TYPE_CHECKING:
    from pathlib import Path

MODULES = (".py", ".pyw")
NOTEBOOK = ".ipynb"
_SCRIPT = re.compile(rb"#!.*\bpython[\d.]*\b")
_HEAD = 200  # bytes; the kernel reads 256 of a first line (linux/binfmts.h)


def read_python(root: Path, path: str) -> Source | Unreadable | None:
    """Read one file of the project: its source, the reason why there is none; None if no Python.

    The text of a notebook is its code alone, with every line where it stands in the file: it can
    be looked at, and not be written back.
    """
    if path.endswith(MODULES):
        return read(root, path)
    if path.endswith(NOTEBOOK):
        return _notebook(root, path)
    if not PurePosixPath(path).suffix and _is_script(root, path):
        return read(root, path)
    return None


def _is_script(root: Path, path: str) -> bool:
    head = contents(root, path, _HEAD)
    return isinstance(head, bytes) and _SCRIPT.match(head) is not None


def _notebook(root: Path, path: str) -> Source | Unreadable | None:
    data = contents(root, path)
    source = decode_text(path, data) if isinstance(data, bytes) else data
    if not isinstance(source, Source):
        return source
    try:
        return replace(source, text=code(source.text))
    except ValueError as error:
        return Unreadable(path, str(error), None, b"celery" in source.data.lower())
