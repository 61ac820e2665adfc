"""`apply --dev-only`: the same on Celery where it is switched off, on Dramatiq where it is on."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench import compare
from bench.case import Case, load
from bench.judge import Bench
from bench.pool import Pool

from celery2dramatiq.codemod import Options
from celery2dramatiq.draft import forecast
from celery2dramatiq.project import open_project

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.parent.name for path in CASES.glob("*/case.toml"))
# They run in both positions of the switch.
BRIDGED = [
    "acks_late",
    "apply_async_forms",
    "autoretry_backoff",
    "bound_unused_self",
    "canvas_chains",
    "canvas_chords",
    "countdown_literal",
    "django_split",
    "expires",
    "ignore_and_reject",
    "package",
    "options_of_names",
    "rabbitmq",
    "request_attributes",
    "results_by_id",
    "results_get",
    "revoke",
    "retry_exhausted_handled",
    "send_task_by_name",
    "signals_worker",
    "soft_limit_caught",
    "sqs",
    "task_routes",
]
# Tasks of these would move with a plain `apply`, and stay on Celery with the bridge; why.
STAY = {
    "base_attributes": "the class for `base=` would have to be Celery's and Dramatiq's at once",
    "base_hooks": "the class for `base=` would have to be Celery's and Dramatiq's at once",
    "base_options": "the class for `base=` would have to be Celery's and Dramatiq's at once",
    "bound_self": "`self()` begins a request of its own in Celery, which `actor.fn()` does not",
    "class_tasks": "the tasks are made by calls, not by decorators",
    "current_task": "what Celery has of the task that runs is not what Dramatiq has",
    "called_declarations": "the tasks are made by calls, not by decorators",
    "django_one_file": "a task in the app's module, which is imported before the settings are read",
    "django_sqs": "a task in the app's module, which is imported before the settings are read",
    "kept_decorators": "the tasks are declared by a decorator that is kept in a name",
    "own_decorators": "the tasks are declared by decorators of the project's own",
    "purge": "emptying the queues is not served",
    "purge_waiting": "emptying the queues is not served",
    "revoke_running": "the signal that ends a running task is Celery's alone",
    "send_errors": "what a send raises differs, and so do the names of it",
    "self_sent": "the limit of retries is read from Dramatiq's options",
    "signals_task": "the class for `base=` would have to be Celery's and Dramatiq's at once",
}


def bridged(name: str, way: str) -> Case:
    """The case, with the bridge; production is to differ in nothing."""
    case = load(CASES / name)
    case = replace(case, name=f"{name}.{way}", way=way, extra_args=(*case.extra_args, "--dev-only"))
    return case if way == "switched on" else replace(case, differs=None, stays=())


IN_BOTH_POSITIONS = [
    bridged(name, way) for name in BRIDGED for way in ("switched off", "switched on")
]


@pytest.mark.parametrize("case", IN_BOTH_POSITIONS, ids=lambda case: case.name)
def test_does_the_same(case: Case, verdicts: Pool) -> None:
    verdict = verdicts.verdict(case)
    if verdict.problems:
        pytest.fail(verdict.with_logs(), pytrace=False)


def test_a_worker_ends_where_it_is_switched_off(bench: Bench) -> None:
    """The command of the report, without what it says that switches Dramatiq on."""
    case = replace(bridged("countdown_literal", "switched off"), name="countdown_literal.unset")
    outcome, _ = bench.dramatiq(case, without_env=True)
    assert any("Dramatiq is switched off" in one for one in compare.unsound(case, outcome))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_plain_apply_moves_is_bridged(name: str) -> None:
    """Or the case is in the list, with the reason."""
    project = open_project(load(CASES / name).project)
    plain = forecast(project, Options()).plan.moving
    bridged = forecast(project, Options(dev_only=True)).plan.moving
    assert ({one.task.id for one in plain} <= {one.task.id for one in bridged}) == (
        name not in STAY
    )
