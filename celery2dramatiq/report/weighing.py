"""What speaks for the move and against it, as far as that holds for this very project.

Each sentence has a condition that is looked up in the project, and a source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from celery2dramatiq.dependencies.read import read, required
from celery2dramatiq.report.english import count, verb
from celery2dramatiq.report.layout import Section
from celery2dramatiq.report.terminal import Line
from celery2dramatiq.templates import choices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery2dramatiq.run import Run

_DELAYED = frozenset({"C2D203", "C2D204"})  # a countdown or an eta
_EARLY = "C2D601"  # acknowledged before it is run
# What shows or stores Celery's own tasks, events and schedules, and nothing of Dramatiq's.
_CELERYS = ("flower", "django-celery-beat", "django-celery-results", "celery-exporter")


@dataclass(frozen=True)
class Point:
    """One sentence. kind: `for` the move, `against` it, or `instead`: a newer Celery may do."""

    kind: str
    text: str


@dataclass(frozen=True)
class _Facts:
    """What the sentences are about. celery: the versions that the project's lists allow."""

    redis: bool
    codes: frozenset[str]
    packages: frozenset[str]
    celery: tuple[SpecifierSet, ...]

    @property
    def delays(self) -> bool:
        return bool(self.codes & _DELAYED)

    def older_than(self, version: str) -> bool:
        """Tell whether the project keeps Celery below a version."""
        return bool(self.celery) and not any(_allows(one, version) for one in self.celery)


def points(run: Run) -> list[Point]:
    """Return what holds for the project; nothing where nothing can move."""
    facts = _facts(run)
    found = [Point("for", text) for text in _for(facts)] if run.plan.moving else []
    found += [Point("against", text) for text in _against(run, facts)]
    return found + [Point("instead", text) for text in _instead(facts)]


def section(run: Run) -> Section:
    """Return them for a terminal."""
    marks = {"for": "+", "against": "-", "instead": "="}
    items = [[Line(f"  {marks[one.kind]} {one.text}")] for one in points(run)]
    return Section(Line("For and against (=: a newer Celery may be enough)", "head"), items)


def _for(facts: _Facts) -> Iterator[str]:
    if _EARLY in facts.codes:  # codemods/broker.py
        yield (
            "a message whose worker dies is not lost: it is acknowledged when its task has run "
            "(tasks have to stand being run twice)"
        )
    if facts.redis and facts.delays:  # Celery, Using Redis, Caveats: Visibility timeout
        yield (
            "a countdown or eta beyond the visibility timeout (an hour, unless set) runs once: "
            "Celery delivers it again from Redis, Dramatiq only when a worker is silent"
        )


def _against(run: Run, facts: _Facts) -> Iterator[str]:
    moving, staying = len(run.plan.moving), len(run.plan.staying)
    if moving and staying:
        yield (
            "two systems with workers of their own, as long as "
            f"{count(staying, 'task')} {verb(staying, 'stay')} on Celery"
        )
    unseen = [name for name in _CELERYS if name in facts.packages]
    if unseen:
        yield f"{', '.join(unseen)} {verb(len(unseen), 'know')} nothing of tasks that have moved"


def _instead(facts: _Facts) -> Iterator[str]:
    """Yield reasons for leaving that a newer Celery removes (its docs/history/)."""
    if facts.redis and facts.older_than("5.5.0"):  # changelog-5.5.rst
        yield "workers that lose Redis and take no more messages: resolved in Celery 5.5"
    if facts.older_than("5.6.0"):  # changelog-5.6.rst
        yield "memory that grows with tasks that raise: fixed in Celery 5.6"
        if facts.delays:
            yield (
                "memory that grows with delayed tasks: bounded by worker_eta_task_limit since "
                "Celery 5.6"
            )


def _facts(run: Run) -> _Facts:
    listings, _ = read({**run.project.sources, **run.project.texts})
    entries = [one for each in listings if each.group == "runtime" for one in each.of("celery")]
    return _Facts(
        redis=any(map(_is_redis, _broker_urls(run))),
        codes=frozenset(finding.row.code for finding in run.draft.plan.findings),
        packages=frozenset(required(listings)),
        celery=tuple(_specifier(one.specifier) for one in entries),
    )


def _specifier(text: str) -> SpecifierSet:
    """Return what a requirement allows; everything, where it is not written as PEP 440 has it."""
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return SpecifierSet()


def _allows(specifiers: SpecifierSet, version: str) -> bool:
    """Tell whether a release from a version on is allowed: that one, or one that is named."""
    named = [one.version.removesuffix(".*") for one in specifiers]
    later = [version, *(one for one in named if Version(one) >= Version(version))]
    return any(specifiers.contains(one) for one in later)


def _broker_urls(run: Run) -> Iterator[object]:
    index = run.draft.plan.index
    for app in index.apps:
        if not app.test and app.id in index.configurations:
            url = index.configurations[app.id].args().get("broker_url")
            yield url.literal if url is not None else None


def _is_redis(url: object) -> bool:
    scheme = url.partition("://")[0] if isinstance(url, str) else ""
    return choices("_BROKERS").get(scheme) in ("_redis_broker", "_sentinel_broker")
