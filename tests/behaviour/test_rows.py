"""Every row about tasks, sends and apps is at work in a case, or in a list here with the reason."""

from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import Path

import pytest
from bench.case import Case, load

from celery2dramatiq import arguments, codemod, project
from celery2dramatiq.cli import apply
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan import Finding, Plan

KINDS = ("C2D1", "C2D2", "C2D3", "C2D4", "C2D5", "C2D6", "C2D7")
COMMANDS = "C2D8"  # dependencies and commands, which rewrite no task: only their differences count
ROWS = [row for row in codemod.load().rows if row.code.startswith(KINDS)]
REVIEWED = [
    row
    for row in codemod.load().rows
    if row.action is Action.REVIEW and row.code.startswith((*KINDS, COMMANDS))
]
# Rows by which nothing can be rewritten, or held back, in a case.
UNSEEN = {
    "C2D534": "it needs a helper module that an earlier version has written",
    "C2D427": "it needs a helper module that an earlier version has written",
    **dict.fromkeys(
        ["C2D682", "C2D683", "C2D684", "C2D692", "C2D693", "C2D694"],
        "it holds every task of the project back, so there is nothing to compare",
    ),
    "C2D652": "a task that runs at once runs in no worker",
    "C2D656": "it needs gevent or eventlet, which the bench does not install",
    "C2D666": "without it nothing starts, so there is no run to compare",
    "C2D634": "Celery refuses to run, so there is nothing to compare with",
    "C2D701": "it is due once a minute at most; tests/templates/test_schedule_parity.py has 1,000",
    "C2D705": "Celery refuses to run, so there is nothing to compare with",
    "C2D710": "it needs a scheduler that an earlier run has written",
    "C2D714": "it needs a helper module that an earlier version has written",
    "C2D715": "it needs celery-once or celery-singleton, which the bench does not install",
    "C2D725": "only what is logged differs",
    "C2D731": "it is due once a minute at most; tests/plan/test_plan_crontab.py has its forms",
    "C2D733": "it is due once a minute at most; tests/plan/test_plan_crontab.py has its forms",
    "C2D729": "it needs a helper module that an earlier version has written",
    "C2D730": "it holds tasks back as C2D727 does",
}
# REVIEW rows whose difference no case can show.
UNSHOWN = {
    "C2D125": "only what is logged differs",
    "C2D641": "it takes a server that does not answer",
    "C2D642": "what C2D145 shows for one task",
    "C2D643": "only what lies in Redis or RabbitMQ differs",
    "C2D644": "only what is logged differs",
    "C2D645": "it takes a worker that is ended with tasks that do not end",
    "C2D655": "only how many processes there are differs",
    "C2D657": "only which process runs a task differs",
    "C2D608": "only what is logged differs",
    "C2D611": "it takes ten minutes",
    "C2D661": "it takes minutes until Celery runs a task a second time",
    "C2D664": "what differs is how long something lies in Redis",
    "C2D667": "what C2D153 shows for one task",
    "C2D240": "it takes a broker that cannot be reached",
    "C2D330": "only a text differs",
    "C2D680": "only a table in the database differs",
    "C2D725": "only what is logged differs",
    "C2D731": "it takes a scheduler that is started again a day later",
    "C2D732": "it takes a scheduler that is started again",
    "C2D733": "it takes the night in which clocks change; verify's tests have it",
    "C2D806": "it takes a Python below 3.10",
    "C2D827": "only what is logged differs",
    "C2D830": "what C2D647 shows for the setting",
    "C2D831": "only how many processes there are differs",
    "C2D835": "only how many threads there are differs, on machines with other processors",
    "C2D850": "what C2D645 is about: a worker that is ended with tasks that do not end",
}

Planned = list[tuple[Case, Plan]]
Codes = Callable[[Case, Plan], Iterable[str]]


@pytest.fixture(scope="module")
def planned() -> Planned:
    """The cases with what `apply` decides about their projects."""
    folders = sorted(Path(__file__).parent.glob("cases/*/case.toml"))
    return [(case, _plan(case)) for case in (load(path.parent) for path in folders)]


def _plan(case: Case) -> Plan:
    given = apply.make_context("apply", ["--root", str(case.project), *case.extra_args]).params
    opened = project.open_project(case.project)
    chosen = arguments.chosen(given, case.project)
    return project.make_plan(opened, project.make_index(opened, chosen), chosen)


def test_every_row_that_rewrites_is_at_work(planned: Planned) -> None:
    rows = [row for row in ROWS if row.action is not Action.MANUAL]
    _assert_all(rows, _union(planned, _rewritten), UNSEEN)


def test_every_difference_is_shown(planned: Planned) -> None:
    _assert_all(REVIEWED, _union(planned, _shown), UNSHOWN)


def test_every_row_that_refuses_holds_a_task_back(planned: Planned) -> None:
    rows = [row for row in ROWS if row.action is Action.MANUAL]
    _assert_all(rows, _union(planned, _refused), UNSEEN)


def test_the_lists_name_rows() -> None:
    assert UNSEEN.keys() <= {row.code for row in ROWS}
    assert UNSHOWN.keys() <= {row.code for row in REVIEWED}


def _assert_all(rows: Iterable[Row], seen: Set[str], without: Iterable[str]) -> None:
    """Every row is seen or in the list of those that are not, and none is both."""
    wanted = {row.code: row.celery for row in rows}
    missing = {code: celery for code, celery in wanted.items() if code not in seen}
    expected = {code: wanted[code] for code in without if code in wanted}
    assert missing == expected


def _union(planned: Planned, codes: Codes) -> Set[str]:
    return {code for case, plan in planned for code in codes(case, plan)}


def _rewritten(case: Case, plan: Plan) -> Iterator[str]:
    """The rows that are carried out; where a task stays, so does the code that uses it."""
    for finding in plan.findings:
        if finding.action is finding.row.action:
            yield finding.row.code


def _shown(case: Case, plan: Plan) -> Iterator[str]:
    if case.differs:
        yield case.differs.code


def _refused(case: Case, plan: Plan) -> Iterator[str]:
    """The rows that hold back what the case says must stay, or refuse and hold nothing back."""
    holding = {(f.row.code, t.task.name) for t in plan.tasks for f in t.held_by}
    yield from (code for code, name in holding if name in case.stays)
    codes = {code for code, _ in holding}
    yield from (f.row.code for f in plan.findings if _is_harmless(f, codes))


def _is_harmless(finding: Finding, holding: Set[str]) -> bool:
    return finding.row.action is Action.MANUAL and finding.row.code not in holding
