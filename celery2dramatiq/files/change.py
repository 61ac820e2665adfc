"""What is to be written, and the two ways in which that fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Change:
    """One file's bytes before and after; None before is a new file, None after a deletion."""

    path: str
    before: bytes | None
    after: bytes | None


class Refused(Exception):
    """Nothing was written; each problem is one line."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


class WriteFailed(Exception):
    """Something broke while writing; everything was rolled back, unless the text says otherwise."""


def reason(error: OSError) -> str:
    """Say what went wrong and with which file, without the number."""
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename else what


def counted(number: int) -> str:
    """Say how many files that is."""
    return "1 file" if number == 1 else f"{number} files"


def some(paths: Sequence[str], most: int) -> str:
    """Name the first few paths, and how many more there are."""
    named = ", ".join(paths[:most])
    return f"{named} and {len(paths) - most} more" if len(paths) > most else named
