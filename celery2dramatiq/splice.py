"""Puts text into a file's text: what is not spliced stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celery2dramatiq.specs import Splice


def splice(text: str, splices: Sequence[Splice]) -> str:
    """Return the text with the splices carried out; several at one place come in their order.

    splices: in order of `start`. Raises ValueError where two overlap, or one is out of the text.
    """
    parts, done = [], 0
    for one in splices:
        if not done <= one.start <= one.end <= len(text):
            raise ValueError(f"two edits overlap at {text[one.start : one.end]!r}")
        parts += [text[done : one.start], one.text]
        done = one.end
    return "".join([*parts, text[done:]])
