"""Which releases the project needs, for the Pythons that it runs on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from celery2dramatiq.dependencies import versions
from celery2dramatiq.dependencies.pythons import Evidence, lowest

if TYPE_CHECKING:
    from celery2dramatiq.dependencies.model import Entry, Listing
    from celery2dramatiq.files import Source
    from celery2dramatiq.plan.needs import Need

LATEST = (3, 10)  # what Dramatiq 2 needs; taken where nothing says which Python is used


@dataclass(frozen=True, slots=True)
class Dependency:
    """A package that the project needs from now on. release: None if none is known."""

    package: str
    extras: tuple[str, ...]
    group: str
    reason: str
    release: versions.Release | None

    @property
    def requirement(self) -> str:
        """The requirement as PEP 508 writes it."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        one = self.release
        return f"{self.package}{extras}" + (f">={one.floor},<{one.below}" if one else "")

    def refuses(self, entry: Entry) -> str:
        """Return the requirement that a project's pin does not meet; "" if there is none."""
        if not entry.specifier.startswith("==") or entry.specifier.endswith("*"):
            return ""
        pinned = entry.specifier.lstrip("=")
        if entry.name == self.package and self.release is not None:
            return "" if _meets(self.requirement, pinned) else self.requirement
        for extra, wanted in self.release.wants if self.release else ():
            if extra in ("", *self.extras) and Requirement(wanted).name == entry.name:
                return "" if _meets(wanted, pinned) else wanted
        return ""


def _meets(requirement: str, version: str) -> bool:
    return Requirement(requirement).specifier.contains(version, prereleases=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """The packages, the lowest Python, and what names it (None: nothing does)."""

    dependencies: tuple[Dependency, ...]
    python: versions.Python
    evidence: Evidence | None


NOTHING = Choice((), LATEST, None)


def choose(needs: Iterable[Need], files: Mapping[str, Source], listings: list[Listing]) -> Choice:
    """Choose releases. needs: settled ones."""
    evidence = lowest(files, listings)
    python = evidence.python if evidence is not None else LATEST
    return Choice(tuple(_chosen(needs, python)), python, evidence)


def _chosen(needs: Iterable[Need], python: versions.Python) -> Iterator[Dependency]:
    for need in needs:
        release = versions.release(need.package, python)
        yield Dependency(need.package, need.extras, need.group, need.reason, release)
