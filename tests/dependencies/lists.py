"""Small projects with lists of requirements, for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from celery2dramatiq.codemod import TextOutcome, load
from celery2dramatiq.dependencies.choose import choose
from celery2dramatiq.dependencies.read import read, required
from celery2dramatiq.files import Source, decode, decode_text
from celery2dramatiq.plan import Plan
from celery2dramatiq.plan.needs import DRAMATIQ, Need, settled
from celery2dramatiq.splice import splice
from tests.projects import planned

APP = """\
from celery import Celery

app = Celery("shop", broker="redis://")


@app.task
def add(a, b):
    return a + b
"""
REDIS = Need("dramatiq", "the broker is Redis", ("redis",))
TESTS = Need("dramatiq-eager-broker", "the tests run tasks at once", group="test")
SCHEDULER = Need("apscheduler", "tasks are sent on a schedule")
RULE = load().texts["dependencies"]


def sources(files: Mapping[str, str]) -> dict[str, Source]:
    """Decode files as if they had been found in a folder."""
    found = {}
    for path, text in files.items():
        source = (decode if path.endswith(".py") else decode_text)(path, text.encode())
        assert isinstance(source, Source)
        found[path] = source
    return found


def plan_for(files: Mapping[str, Source], needs: Sequence[Need], left: str = "") -> Plan:
    """Return a plan in which one task moves, with these needs. left: what needs Celery."""
    listings, _ = read(files)
    choice = choose(settled(needs, set(required(listings))), files, listings)
    return replace(planned({"shop.py": APP}), dependencies=choice, celery_left=left)


def answers(
    files: Mapping[str, str], *needs: Need, left: str = ""
) -> tuple[list[TextOutcome], dict[str, str]]:
    """Return what the rule says, and the files as they become."""
    read_files = sources(files)
    plan = plan_for(read_files, (DRAMATIQ, REDIS, *needs), left)
    found = list(RULE.answer(read_files, plan))
    return found, {path: after(read_files[path], found) for path in files}


def after(source: Source, found: Sequence[TextOutcome]) -> str:
    """Return a file's text with everything spliced in."""
    own = [one for outcome in found if outcome.path == source.path for one in outcome.splices]
    return splice(source.text, sorted(dict.fromkeys(own), key=lambda one: (one.start, one.end)))


def changed(path: str, text: str, *needs: Need, left: str = "") -> str:
    """Return what one file becomes."""
    return answers({path: text}, *needs, left=left)[1][path]


def codes(files: Mapping[str, str], *needs: Need, left: str = "") -> list[tuple[str, str]]:
    """Return the codes with what is particular."""
    return [(one.row.code, one.note) for one in answers(files, *needs, left=left)[0]]
