"""The bench can tell a right migration from a wrong one, and says what is wrong."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from bench.case import Case, load
from bench.judge import Bench, Verdict
from bench.outcome import Outcome

SELF = Path(__file__).parent / "self"


@dataclass(frozen=True)
class Mistake:
    """An edit that makes the right migration wrong, and what the bench must say about it."""

    name: str
    file: str
    right: str
    wrong: str
    says: tuple[str, ...]


MISTAKES = [
    Mistake(
        "argument order",
        "drive.py",
        "subtract.send(5, 3)",
        "subtract.send(3, 5)",
        ("only under Celery: difference value=2", "only under Dramatiq: difference value=-2"),
    ),
    Mistake(
        "default retries",
        "tasks.py",
        '@dramatiq.actor(actor_name="tasks.fail", max_retries=0)',
        '@dramatiq.actor(actor_name="tasks.fail")',
        ("left waiting under Dramatiq: tasks.fail in default.DQ", "only under Celery: tasks.fail"),
    ),
    Mistake(
        "seconds as milliseconds",
        "drive.py",
        "later.send_with_options(delay=3000)",
        "later.send_with_options(delay=1)",
        ("s from 'later sent' to 'later ran', expected 2.8 to 6.0 s",),
    ),
    Mistake(
        "queue dropped",
        "report.json",
        "dramatiq tasks --processes",
        "dramatiq tasks --queues default --processes",
        ("left waiting under Dramatiq: tasks.mail in mail ['x']", "mail to='x' (2 times)"),
    ),
    Mistake(
        "default limits",
        "tasks.py",
        ", time_limit=1000)",
        ")",
        ("only under Celery: long stopped", "only under Dramatiq: long ended"),
    ),
    Mistake(
        "message left waiting",
        "tasks.py",
        "second.send()",
        "second.send_with_options(delay=60_000)",
        ("left waiting under Dramatiq: tasks.second in default.DQ", "only under Celery: second"),
    ),
    Mistake(
        "actor never declared",
        "tasks.py",
        "import audits",
        "",
        ("only under Celery: audited", "message given up only under Dramatiq: tasks.audit"),
    ),
    Mistake(
        "sent twice",
        "drive.py",
        "tasks.fail.send()",
        "tasks.fail.send(); tasks.fail.send()",
        ("only under Dramatiq: failing", "given up only under Dramatiq: tasks.fail"),
    ),
    Mistake(
        "worker does not start",
        "report.json",
        "dramatiq tasks",
        "dramatiq no_such_module",
        ("the worker ended with 2", "No module named 'no_such_module'"),
    ),
    Mistake(
        "driver fails",
        "drive.py",
        "tasks.later.send_with_options(delay=3000)",
        "tasks.later.apply_async(countdown=3)",
        ("`python drive.py` ended with 1", "has no attribute 'apply_async'"),
    ),
]
RIGHT = Mistake("right", "drive.py", "", "", ())


@dataclass(frozen=True)
class Trials:
    """The verdicts on all hand-migrated copies, which share one Celery run."""

    futures: dict[str, Future[Verdict]]

    def problems(self, mistake: Mistake) -> tuple[str, ...]:
        return self.futures[mistake.name].result().problems


@pytest.fixture(scope="module")
def trials(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    case = load(SELF)
    folder = tmp_path_factory.mktemp("migrated")
    with ThreadPoolExecutor(4) as pool:
        celery = pool.submit(bench.celery, replace(case, name="self"))
        futures = {
            mistake.name: pool.submit(_verdict, bench, case, mistake, folder, celery)
            for mistake in [RIGHT, *MISTAKES]
        }
        yield Trials(futures)


def _verdict(
    bench: Bench, case: Case, mistake: Mistake, folder: Path, celery: Future[Outcome]
) -> Verdict:
    """The verdict on a copy with one mistake."""
    migrated = folder / mistake.name
    shutil.copytree(SELF / "migrated", migrated)
    path = migrated / mistake.file
    text = path.read_text()
    assert mistake.right in text
    path.write_text(text.replace(mistake.right, mistake.wrong))
    changed = replace(case, name=f"self {mistake.name}", migrated=migrated)
    return bench.compare(changed, celery.result(), *bench.dramatiq(changed))


def test_right_migration_passes(trials: Trials) -> None:
    assert not trials.problems(RIGHT), "\n".join(trials.problems(RIGHT))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_wrong_migration_fails_and_says_why(mistake: Mistake, trials: Trials) -> None:
    problems = "\n".join(trials.problems(mistake))
    for sentence in mistake.says:
        assert sentence in problems
