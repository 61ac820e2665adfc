"""What `verify` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: what is wrong, why, and what to do next.

    code: a word for it, in `docs/verify.md`. tasks: those that it concerns. path: relative to the
    root, or absolute outside; "" if there is no place. trace: the end of a traceback.
    """

    code: str
    text: str
    next: str
    tasks: tuple[str, ...] = ()
    path: str = ""
    line: int | None = None
    trace: tuple[str, ...] = ()


def relative(root: Path, path: str) -> str:
    """Return a path relative to the root; outside of it as it is."""
    full = Path(path)
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else path


def place(root: Path, failure: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return the inmost place of the project's own in a failure; ("", None) if there is none."""
    for path, line in reversed(failure["places"]):
        if is_own(root, path):
            return relative(root, path), line
    return "", None


def is_own(root: Path, path: str) -> bool:
    """Tell whether a file is the project's own, and not of a package installed inside it."""
    full = Path(path)
    return full.is_relative_to(root) and not _INSTALLED & set(full.relative_to(root).parts)


_INSTALLED = {"site-packages", "dist-packages", ".venv", "venv"}


def said(failure: Mapping[str, Any]) -> str:
    """Return an exception in one line."""
    text = " ".join(str(failure["message"]).split())
    return f"{failure['type']}: {text}" if text else str(failure["type"])
