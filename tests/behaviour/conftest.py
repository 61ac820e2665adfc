"""Fixtures of the behaviour tests: the bench, and its verdicts on the cases."""

import os
import shutil
from collections.abc import Iterator

import pytest
from bench import rabbitmq
from bench.case import Case
from bench.judge import Bench
from bench.pool import Pool
from bench.processes import Processes


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("behaviour")
    group.addoption(
        "--celery-only", action="store_true", help="run only the Celery half of the cases"
    )
    group.addoption("--at-once", type=int, default=4, help="how many cases run at once (4)")


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    if not shutil.which("redis-server"):
        _missing("redis-server")
    with Processes() as running:
        yield running


@pytest.fixture(scope="session")
def bench(processes: Processes, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(processes, tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="session")
def verdicts(request: pytest.FixtureRequest, bench: Bench) -> Iterator[Pool]:
    cases = [case for item in request.session.items if (case := _case_of(item))]
    celery_only = request.config.getoption("--celery-only", False)
    judge = bench.judge_celery if celery_only else bench.judge
    pool = Pool(cases, judge, request.config.getoption("--at-once", 4))
    yield pool
    pool.close()


def _case_of(item: pytest.Item) -> Case | None:
    """The case of a collected test that can run here."""
    callspec = getattr(item, "callspec", None)
    case = callspec.params.get("case") if callspec else None
    if not isinstance(case, Case) or (case.broker == "rabbitmq" and not rabbitmq.installed()):
        return None
    return case


@pytest.fixture
def needs_rabbitmq(case: Case) -> None:
    if case.broker == "rabbitmq" and not rabbitmq.installed():
        _missing("rabbitmq-server")


def _missing(program: str) -> None:
    """Skip what needs a program; a continuous-integration run must have all of them."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{program} is not installed, and CI must not skip")
    pytest.skip(f"{program} is not installed")
