"""What a plan says about each place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from celery2dramatiq.codemod import Codemod, Options, Outcome, combine, load, on_end
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan import Finding, Plan, Site
from tests.projects import planned

FILES = {
    "app.py": 'from celery import Celery\n\napp = Celery("x", broker="redis://localhost")\n',
    "tasks.py": "from app import app\n\n\n@app.task\ndef one():\n    pass\n\n\n"
    "@app.task(name='second')\ndef two():\n    one.delay()\n",
    "use.py": "from tasks import one, two\n\none.delay().id\ntwo.apply_async(countdown=3)\n"
    "print(two)\n",
}


def said(plan: Plan, path: str) -> list[tuple[int, str, str, str]]:
    return [
        (finding.place.line, finding.row.code, finding.action.value, finding.task)
        for finding in plan.findings
        if finding.place.path == path
    ]


def test_what_is_done_and_what_is_not() -> None:
    plan = planned(FILES)
    assert said(plan, "use.py") == [
        (3, "C2D201", "REWRITE", "tasks.one"),
        (3, "C2D211", "REWRITE", "tasks.one"),
        (3, "C2D212", "REWRITE", "tasks.one"),
        (5, "C2D901", "MANUAL", "second"),
    ]
    assert said(plan, "tasks.py") == [
        (4, "C2D101", "REWRITE", "tasks.one"),
        (11, "C2D201", "REWRITE", "tasks.one"),
        (11, "C2D211", "REWRITE", "tasks.one"),
    ]


def test_a_reason_is_said_once_however_many_tasks_it_holds_back() -> None:
    files = {**FILES, "more.py": "from app import app\n\napp.pool.force_close_all()\n"}
    plan = planned(files)
    assert [entry[1] for entry in said(plan, "more.py")] == ["C2D904"]
    assert {task.task.function for task in plan.staying} == {"one", "two"}


def test_nothing_is_said_to_be_done_about_a_task_that_stays() -> None:
    plan = planned(FILES, Options(wish=("elsewhere",)))
    assert {entry[2] for path in FILES for entry in said(plan, path)} == {"MANUAL"}


def test_findings_are_in_order() -> None:
    findings = planned(FILES).findings
    assert list(findings) == sorted(findings, key=lambda f: (f.place, f.row.code, f.note, f.task))


def test_what_is_particular_stands_before_what_is_general() -> None:
    row = Row("C2D001", "a", "", Action.MANUAL, "in general", "way out")
    place = planned(FILES).tasks[0].task.place
    assert Finding(row, place, row.action, "in particular").text == "in particular: in general"
    assert Finding(row, place, row.action).text == "in general"


def test_every_site_is_listed() -> None:
    sites = [(s.place.path, s.place.line, s.task, s.kind) for s in planned(FILES).sites]
    assert sites == [
        ("tasks.py", 4, "tasks.one", "declaration"),
        ("tasks.py", 9, "second", "declaration"),
        ("tasks.py", 11, "tasks.one", ".delay()"),
        ("use.py", 3, "tasks.one", ".delay().id"),
        ("use.py", 4, "second", ".apply_async()"),
        ("use.py", 5, "second", "argument"),
    ]
    assert isinstance(planned(FILES).sites[0], Site)


def test_a_task_without_a_name_goes_by_its_function() -> None:
    files = {**FILES, "tasks.py": FILES["tasks.py"].replace("'second'", "str(2)")}
    plan = planned(files)
    assert ("use.py", "two") in {(site.place.path, site.task) for site in plan.sites}
    assert (5, "C2D901", "MANUAL", "two") in said(plan, "use.py")


def test_a_rule_for_modules_rewrites_nothing_yet() -> None:
    """A module is no task: what is done with it is left as it is, whatever a rule says."""
    row = Row("C2D001", "a module", "the module", Action.REWRITE)
    rule = on_end("module", "argument")(lambda *_: Outcome(row))
    rules = combine([*load().codemods, Codemod("modules", "", (row,), (rule,))])
    files = {**FILES, "use.py": "import tasks\n\nprint(tasks)  # one\n"}
    plan = planned(files, rules=rules)
    assert said(plan, "use.py") == []
    assert len(plan.moving) == 2


def test_a_rule_that_says_no_holds_back() -> None:
    """Also for what is said of the app, of its settings, and of an option."""
    refused = Row("C2D001", "no", "", Action.MANUAL, "because", "way out")
    rules = load()
    for kind, name in (("settings", "main"), ("options", "name")):
        codemods = [
            replace(
                codemod,
                rows=(*codemod.rows, *([refused] if codemod.name == "declare" else [])),
                rules=tuple(
                    replace(rule, answer=lambda *_: [Outcome(refused)])
                    if rule is getattr(rules, kind)[name]
                    else rule
                    for rule in codemod.rules
                ),
            )
            for codemod in rules.codemods
        ]
        plan = planned(FILES, rules=combine(codemods))
        reasons = {f.row.code for task in plan.tasks for f in task.held_by}
        assert "C2D001" in reasons
        assert plan.moving == ()


@pytest.mark.parametrize(
    ("setting", "queue", "held"),
    [
        ("", "celery", []),
        ("", "slow", []),
        ("", "slow!", ["C2D216"]),
        ("task_default_queue='own'", "own", []),
        ("task_default_queue='own'", "celery", []),
    ],
)
def test_queue_of_celerys_own_is_the_queue_of_a_task_without_one(
    setting: str, queue: str, held: list[str]
) -> None:
    text = f"""\
from celery import Celery
app = Celery("app", broker="redis://", {setting})

@app.task
def ping(): ...

ping.apply_async(queue="{queue}")
"""
    (task,) = planned({"app.py": text}).tasks
    assert [reason.row.code for reason in task.held_by] == held
