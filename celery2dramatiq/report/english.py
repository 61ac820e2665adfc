"""Numbers and lists in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def count(number: int, noun: str) -> str:
    """Return `1 task` or `2 tasks`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def verb(number: int, plural: str) -> str:
    """Return `stays` for 1 and `stay` for any other number."""
    return f"{plural}s" if number == 1 else plural


def some(things: Sequence[str], most: int, noun: str, separator: str = ", ") -> str:
    """Name the first few things, and how many more there are."""
    named = separator.join(things[:most])
    left = len(things) - most
    return (
        f"{named}{separator}and {left} more {noun}{'' if left == 1 else 's'}" if left > 0 else named
    )
