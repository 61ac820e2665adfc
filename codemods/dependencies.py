"""Requirements: `celery` in the project's lists becomes what the migrated project imports.

Celery stays required as long as a task, or anything else of it, stays. What only Celery needed is
named. Lock files, and files that are compiled or have hashes, are named with the command that
makes them anew.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from celery2dramatiq.codemod import TextOutcome, on_files
from celery2dramatiq.dependencies import locks, written
from celery2dramatiq.dependencies.placing import Item, Unplaceable, placed
from celery2dramatiq.dependencies.read import read, reads
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Splice
from celery2dramatiq.splice import splice

if TYPE_CHECKING:
    from celery2dramatiq.dependencies.choose import Choice, Dependency
    from celery2dramatiq.dependencies.model import Entry, Listing
    from celery2dramatiq.files import Source
    from celery2dramatiq.plan import Plan

REQUIREMENT = Row(
    "C2D801",
    "`celery` in a list of requirements",
    "what the migrated project imports: `dramatiq` with the broker's extra, ...",
    Action.REWRITE,
    about="The extra is the one that the broker's URL asks for, in a release that the "
    "project's own lowest Python can install. The style of the list is kept: a pin "
    "stays a pin, a range a range.",
)
BESIDE = Row(
    "C2D802",
    "`celery` in a list of requirements, of a project that goes on needing it",
    "the same, and beside it what the actors import",
    Action.REWRITE,
    about="Tasks that stay on Celery need it, so nothing is taken out.",
)
COMPILED = Row(
    "C2D803",
    "`celery` in a requirement file that is compiled, or has hashes",
    "",
    Action.MANUAL,
    "a program makes the file, and would undo an edit or refuse it",
    "make it anew from what it is made of",
    about="pip-compile, uv or poetry writes such a file from another one. That one is edited.",
)
LOCKED = Row(
    "C2D804",
    "`celery` in a lock file",
    "",
    Action.MANUAL,
    "a program makes the file, with hashes of what it names",
    "make it anew after the requirements were edited",
    about="The note names the command that does so for this kind of file.",
)
ONLY_CELERYS = Row(
    "C2D805",
    "a package that is there for Celery alone",
    "",
    Action.MANUAL,
    "nothing of Celery is left for it to work with",
    "take it out of the list, unless something else of yours uses it",
    about="Flower, django-celery-beat, django-celery-results and others of that kind work "
    "with Celery alone. They may have tables in the database, or pages that "
    "somebody looks at, so they are not taken out for you.",
)
OLD_PYTHON = Row(
    "C2D806",
    "a Python below 3.10",
    "Dramatiq 1",
    Action.REVIEW,
    "the project runs on a Python that cannot have Dramatiq 2, so Dramatiq 1 is required",
    about="Dramatiq 2 needs Python 3.10. The helper module runs with both.",
)
BROKEN = Row(
    "C2D807",
    "a file with requirements that cannot be parsed",
    "",
    Action.MANUAL,
    "what it requires cannot be told",
    "repair the file, then run the tool again",
    about="The file is skipped, and the run ends with exit code 3 if it mentions Celery.",
)
UNKNOWN_FORM = Row(
    "C2D808",
    "`celery` in a list of requirements, in a form that is not edited",
    "",
    Action.MANUAL,
    "it is no plain requirement on a line of its own or in a list of strings",
    "require by hand what the note names",
    about="A URL, a path, a version that is computed, or an option of pip's.",
)
NOT_REQUIRED = Row(
    "C2D809",
    "requirements without `celery`",
    "",
    Action.MANUAL,
    "no list of the project's requires Celery, so none is known to be the right one",
    "require by hand what the note names",
    about="Celery comes by way of another package, or is installed by an image.",
)
REFUSED_PIN = Row(
    "C2D810",
    "a pinned package of another version than Dramatiq needs",
    "",
    Action.MANUAL,
    "the two cannot be installed together",
    "raise the pin, or choose an older Dramatiq and try it",
    about="An extra of Dramatiq asks for a newer driver (redis-py, pika) than the list pins.",
)
NO_RELEASE = Row(
    "C2D811",
    "a package without a release for the project's lowest Python",
    "",
    Action.MANUAL,
    "none of its releases was tried on that Python",
    "raise the project's lowest Python, or choose a release by hand",
    about="The package's own page says which of its releases still runs there.",
)
NO_TEST_LIST = Row(
    "C2D812",
    "no list of requirements for the tests",
    "",
    Action.MANUAL,
    "the tests need a package, and no list of the project's is theirs",
    "require by hand what the note names",
    about="The note names the package that the tests import from now on.",
)

COMMAND = Row(
    "C2D813",
    "a command that installs `celery`",
    "",
    Action.MANUAL,
    "it names the package itself, in no list of requirements",
    "let it install what the note names as well",
    about="`pip install celery` in a Dockerfile, a script or a CI file.",
)

# Packages that work with Celery only, or that Celery brings: what is named, never removed.
COMPANIONS = (
    "amqp", "billiard", "celery-batches", "celery-exporter", "celery-once", "celery-progress",
    "celery-redbeat", "celery-singleton", "celery-types", "click-didyoumean", "click-plugins",
    "click-repl", "django-celery-beat", "django-celery-email", "django-celery-results",
    "django-tenants-celery", "djcelery-email", "flower", "kombu", "librabbitmq",
    "opentelemetry-instrumentation-celery", "pytest-celery", "redbeat", "tenant-schemas-celery",
    "vine",
)  # fmt: skip
# also where the line goes on below, in a Dockerfile or a script
_INSTALL = re.compile(
    r"""\b(?:pip3?|uv|poetry|pipenv|pdm|conda)[ ](?:pip[ ])?(?:install|add)\b"""
    r"""(?:[^\r\n\\#;&|]|\\\r?\n)*?[\s"'](celery)(?![\w.-])""",
    re.IGNORECASE,
)
_CELERY = re.compile(r"^.*?(?<![\w-])celery(?![\w-]).*$", re.IGNORECASE | re.MULTILINE)


@on_files("dependencies", reads=reads)
def dependencies(files: Mapping[str, Source], plan: Plan) -> Iterator[TextOutcome]:
    """Answer what becomes of every list of requirements; nothing, where no task moves."""
    listings, broken = read(files)
    for one in broken:
        if "celery" in files[one.path].text.lower():
            yield TextOutcome(BROKEN, one.path, one.at, one.at, one.reason, unreadable=True)
    choice = plan.dependencies
    if not plan.moving or not listings:
        return
    yield from _old_python(choice, files)
    edited = any(listing.editable and listing.of("celery") for listing in listings)
    for listing in listings:
        yield from _of_list(files[listing.path].text, listing, choice, plan, edited=edited)
    yield from _elsewhere(listings, files, choice)
    for path, source in files.items():
        yield from _named_elsewhere(path, source.text, choice)


def _old_python(choice: Choice, files: Mapping[str, Source]) -> Iterator[TextOutcome]:
    """Say which Python decides the versions, and which package has none for it."""
    found = choice.evidence
    if found is None or choice.python >= (3, 10):
        return
    python = ".".join(map(str, found.python))
    releases = [
        f"{one.package} {one.release.version}" for one in choice.dependencies if one.release
    ]
    if releases:
        note = f"Python {python}: {', '.join(releases)}"
        yield TextOutcome(OLD_PYTHON, found.path, found.start, found.end, note)
    for one in choice.dependencies:
        if one.release is None:
            note = f"{one.package} (Python {python})"
            yield TextOutcome(NO_RELEASE, found.path, found.start, found.end, note)


def _of_list(
    text: str, listing: Listing, choice: Choice, plan: Plan, *, edited: bool
) -> Iterator[TextOutcome]:
    """Answer for one list. edited: there is a list with `celery` that is written by people."""
    wanted = [one for one in choice.dependencies if one.group == "runtime"]
    names = ", ".join(one.requirement for one in wanted)
    taken: list[Splice] = []
    for entry in listing.of("celery"):
        if listing.editable:
            for one in _edited(text, listing, entry, wanted, plan, taken):
                taken += one.splices
                yield one
        else:
            note = f"`{listing.made}`" if listing.made else "it has hashes"
            note += "" if edited else f", of {names}"
            yield TextOutcome(COMPILED, listing.path, entry.start, entry.end, note)
    for entry in listing.entries if listing.editable else ():
        if entry.name in COMPANIONS and not plan.celery_left:
            yield TextOutcome(ONLY_CELERYS, listing.path, entry.start, entry.end, entry.name)
        for refused in filter(None, (one.refuses(entry) for one in wanted)):
            note = f"{entry.name}{entry.specifier} is not {refused}"
            yield TextOutcome(REFUSED_PIN, listing.path, entry.start, entry.end, note)


def _edited(
    text: str,
    listing: Listing,
    entry: Entry,
    wanted: Sequence[Dependency],
    plan: Plan,
    taken: Sequence[Splice],
) -> Iterator[TextOutcome]:
    """Answer for a `celery` in a list that is written by people; nothing, if all is there.

    taken: what is spliced into the list already, for another `celery`.
    """
    names = ", ".join(one.requirement for one in wanted)
    row = BESIDE if plan.celery_left else REQUIREMENT
    note = f"celery stays: {plan.celery_left}" if plan.celery_left else ""
    try:
        splices = _splices(text, listing, entry, wanted, keep=bool(plan.celery_left))
        splice(text, sorted({*taken, *splices}, key=lambda one: (one.start, one.end)))
    except (Unplaceable, ValueError):  # there is no place, or it would overlap
        yield TextOutcome(UNKNOWN_FORM, listing.path, entry.start, entry.end, names)
        return
    if splices:
        yield TextOutcome(row, listing.path, entry.start, entry.end, note, splices)


def _splices(
    text: str, listing: Listing, at: Entry, wanted: Sequence[Dependency], *, keep: bool
) -> tuple[Splice, ...]:
    """Put what is wanted and not there yet in the place of an entry, or beside it."""
    if not at.known:
        raise Unplaceable
    found: list[Splice] = []
    items: list[Item] = []
    for one in wanted:
        there = listing.of(one.package)
        if not there:
            new = written.item(text, listing, at, one.package, one.extras, one.release)
            items.append(new)
        elif not listing.constraint and not there[0].extras >= set(one.extras):
            if listing.form == "table" or not there[0].known:
                raise Unplaceable
            more = written.extended(text, there[0], one.extras)
            found.append(Splice(there[0].start, there[0].end, more))
    if keep and not items:
        return tuple(found)
    return (*found, *placed(text, listing, at, items, keep=keep))


def _elsewhere(
    listings: Sequence[Listing], files: Mapping[str, Source], choice: Choice
) -> Iterator[TextOutcome]:
    """Answer for what belongs into a list in which no `celery` stands."""
    celery = [listing.path for listing in listings if listing.of("celery")]
    first = next(iter([*celery, *(one.path for one in listings if one.entries)]), None)
    if first is None:
        return
    if not celery:
        runtime = [one.requirement for one in choice.dependencies if one.group == "runtime"]
        yield TextOutcome(NOT_REQUIRED, first, 0, 0, ", ".join(runtime))
    wanted = [one for one in choice.dependencies if one.group == "test" and one.release]
    mine = _of_tests(listings, celery)
    missing = [one for one in wanted if mine is None or not mine.of(one.package)]
    if missing and mine is not None:
        yield _tests(files[mine.path].text, mine, missing)
    elif missing:
        note = ", ".join(one.requirement for one in missing)
        yield TextOutcome(NO_TEST_LIST, first, 0, 0, note)


def _of_tests(listings: Sequence[Listing], celery: Sequence[str]) -> Listing | None:
    """Return the list of what the tests need that is nearest to one with `celery`."""
    folders = {posixpath.dirname(path) for path in celery}

    def distance(listing: Listing) -> tuple[bool, bool, bool, int]:
        path = listing.path
        apart = posixpath.dirname(path) not in folders
        return listing.group != "test", path not in celery, apart, path.count("/")

    fit = [one for one in listings if one.group in ("test", "dev") and one.editable]
    fit = [one for one in fit if not one.constraint and any(e.known for e in one.entries)]
    return min(fit, key=distance, default=None)


def _tests(text: str, listing: Listing, missing: Sequence[Dependency]) -> TextOutcome:
    plain = [entry for entry in listing.entries if entry.known and not entry.marker]
    at = ([entry for entry in listing.entries if entry.known] + plain)[-1]
    names = ", ".join(one.requirement for one in missing)
    try:
        splices = _splices(text, listing, at, missing, keep=True)
    except Unplaceable:
        return TextOutcome(UNKNOWN_FORM, listing.path, at.start, at.end, names)
    return TextOutcome(REQUIREMENT, listing.path, at.start, at.end, names, splices)


def _named_elsewhere(path: str, text: str, choice: Choice) -> Iterator[TextOutcome]:
    """Answer for lock files, and for commands that install Celery."""
    lock = locks.command(path)
    match = _CELERY.search(text) if lock else None
    if match is not None:
        yield TextOutcome(LOCKED, path, match.start(), match.end(), f"`{lock}`")
    wanted = ", ".join(one.requirement for one in choice.dependencies if one.group == "runtime")
    for found in _INSTALL.finditer(text):
        yield TextOutcome(COMMAND, path, found.start(1), found.end(1), wanted)
