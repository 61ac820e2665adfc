"""Requirements as PEP 508 writes them."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from celery2dramatiq.dependencies.model import Entry


def parsed(text: str, start: int, end: int) -> Entry | None:
    """Return the requirement that stands at these places; None if it is none of PEP 508's."""
    try:
        found = Requirement(text)
    except InvalidRequirement:
        return None
    return Entry(
        str(canonicalize_name(found.name)),
        frozenset(found.extras),
        str(found.specifier),
        str(found.marker or ""),
        start,
        end,
        known=found.url is None,
    )
