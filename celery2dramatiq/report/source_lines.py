"""The lines of the project's files, for reports that point into them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery2dramatiq.index import Place
    from celery2dramatiq.project import Project

_END = re.compile(r"\r\n|\r|\n")


class Lines:
    """What stands at a place, as it was read."""

    def __init__(self, project: Project) -> None:
        sources = {**project.sources, **project.texts}
        self._data = cache(lambda path: sources[path].text.encode("utf-8", "surrogatepass"))

    def first(self, place: Place) -> str:
        """Return the whole line in which the place begins."""
        before = _END.split(self._text(place.path, 0, place.start))[-1]
        return before + _END.split(self._text(place.path, place.start, None))[0]

    def end(self, place: Place) -> tuple[int, int]:
        """Return the line, and the column behind the place's last character, both from 1."""
        first, *more = _END.split(self._text(place.path, place.start, place.end))
        if more:
            return place.line + len(more), len(more[-1]) + 1
        return place.line, place.column + len(first)

    def _text(self, path: str, start: int, end: int | None) -> str:
        data: bytes = self._data(path)[start:end]
        return data.decode("utf-8", "surrogatepass")
