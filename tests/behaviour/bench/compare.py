"""Where two outcomes of one case differ, in sentences."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench.case import Case, Gap
from bench.outcome import Event, Outcome, event_from_table


def unsound(case: Case, outcome: Outcome) -> list[str]:
    """What is wrong with one outcome, whatever the other one is."""
    under = f"under {outcome.system.capitalize()}"
    return [
        *(f"{under}: {trouble}" for trouble in outcome.troubles),
        *_wrongly_left(case, outcome),
        *_wrong_count(case, outcome),
        *(problem for chain in case.order for problem in _wrong_order(chain, outcome)),
        *(problem for gap in case.gap for problem in _wrong_gap(gap, outcome)),
    ]


def differences(case: Case, celery: Outcome, dramatiq: Outcome) -> list[str]:
    """What differs, apart from the one difference that the case announces."""
    return [
        *_unequal("event", *_events(case, celery, dramatiq)),
        *_unequal("message given up", *_given_up(case, celery, dramatiq)),
        *_misplaced(case, dramatiq),
    ]


def _wrongly_left(case: Case, outcome: Outcome) -> Iterator[str]:
    """Messages that nobody finished; those in the announced places must be there."""
    announced = case.left_in(outcome.system)
    under = f"under {outcome.system.capitalize()}"
    for message in outcome.waiting:
        if message.place not in announced:
            yield f"left waiting {under}: {message}"
    for place in sorted(announced - {message.place for message in outcome.waiting}):
        yield f"nothing was left in {place} {under}"


def _wrong_count(case: Case, outcome: Outcome) -> Iterator[str]:
    """A case that expects other events than Celery makes; Dramatiq's are compared with Celery's."""
    if outcome.system != "celery":
        return
    seen = Counter(event.name for event in outcome.events)
    exact = isinstance(case.expect, int) and not case.beat
    if seen.total() != case.expect if exact else not case.enough(seen):
        yield f"the case expects {case.expect} events, Celery made {dict(seen)}"


def _wrong_order(chain: Sequence[str], outcome: Outcome) -> Iterator[str]:
    for earlier, later in itertools.pairwise(chain):
        first, second = outcome.find(earlier), outcome.find(later)
        if first and second and first.time > second.time:
            yield f"under {outcome.system.capitalize()} '{later}' came before '{earlier}'"


def _wrong_gap(gap: Gap, outcome: Outcome) -> Iterator[str]:
    start, end = outcome.find(gap.start), outcome.find(gap.end)
    under = f"under {outcome.system.capitalize()}"
    if not start or not end:
        missing = gap.end if start else gap.start
        yield f"{under} there is no event '{missing}' to measure"
        return
    low, high = gap.bounds(outcome.system)
    passed = end.time - start.time
    if not low <= passed <= high:
        between = f"from '{gap.start}' to '{gap.end}'"
        yield f"{under} {passed:.1f} s {between}, expected {low:.1f} to {high:.1f} s"


def _events(case: Case, celery: Outcome, dramatiq: Outcome) -> tuple[Counter[str], Counter[str]]:
    """The events of both, Celery's changed by the announced difference."""
    expected = _count(case, celery.events)
    seen = _count(case, dramatiq.events)
    if case.differs:
        expected -= _count(case, map(event_from_table, case.differs.celery))
        expected += _count(case, map(event_from_table, case.differs.dramatiq))
    return expected, seen


def _count(case: Case, events: Iterable[Event]) -> Counter[str]:
    """The events by what makes them the same; how often a schedule ran does not count."""
    keys = [event.key(case.ignore) for event in events]
    return Counter(set(keys) if case.beat else keys)


def _given_up(case: Case, celery: Outcome, dramatiq: Outcome) -> tuple[Counter[str], Counter[str]]:
    expected, seen = Counter(celery.given_up), Counter(dramatiq.given_up)
    if case.differs:
        expected -= Counter(case.differs.given_up_celery)
        expected += Counter(case.differs.given_up_dramatiq)
    return expected, seen


def _unequal(what: str, expected: Counter[str], seen: Counter[str]) -> Iterator[str]:
    for key, times in (expected - seen).items():
        yield f"{what} only under Celery: {key}{_times(times)}"
    for key, times in (seen - expected).items():
        yield f"{what} only under Dramatiq: {key}{_times(times)}"


def _times(times: int) -> str:
    return f" ({times} times)" if times > 1 else ""


def _misplaced(case: Case, dramatiq: Outcome) -> Iterator[str]:
    """Tasks that ran on the wrong system while the project is half moved."""
    for task in sorted(dramatiq.on_celery - set(case.stays)):
        if not task.startswith("celery."):  # what a canvas is made of, such as celery.starmap
            yield f"{task} still runs on Celery"
    for task in sorted(set(case.stays) - dramatiq.on_celery):
        yield f"{task} should still run on Celery, and did not"


def unannounced(case: Case, findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """An announced difference that the tool's report does not announce."""
    if not case.differs:
        return []
    codes = {finding.get("code") for finding in findings if finding.get("action") == "REVIEW"}
    if case.differs.code in codes or (not case.differs.code and codes):
        return []
    wanted = case.differs.code or "any code"
    return [f"no REVIEW finding with {wanted} announces: {case.differs.says}"]
