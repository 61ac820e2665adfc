"""What is read of Celery's schedule, what the scheduler sends of it, and what holds tasks back."""

from __future__ import annotations

import pytest

from celery2dramatiq.plan import Plan
from tests.projects import migrated, planned

TASKS = """\
from datetime import timedelta
import os
from celery import Celery
from celery.schedules import crontab, schedule, solar

app = Celery("tasks", broker="redis://localhost:6379/0")
HOURS = os.environ["HOURS"]
EVERY = 30
MORNING = crontab(hour=7)


@app.task
def ping(*args, **kwargs): ...


"""
RECEIVED = "@app.on_after_configure.connect\ndef setup(sender, **kwargs):\n"


def project(lines: str) -> dict[str, str]:
    return {"tasks.py": f"{TASKS}{lines}\n"}


def entry(timing: str = "10", more: str = "") -> str:
    value = f'{{"task": "tasks.ping", "schedule": {timing}{more}}}'
    return f'app.conf.beat_schedule = {{"a": {value}}}'


def jobs(lines: str) -> list[str]:
    """Return the jobs of the scheduler, each in one line, without what all have."""
    text = migrated(project(lines)).get("scheduler.py", "")
    found = text.partition("add_jobs(")[2].partition("\n\n\n")[0].split("scheduler.add_job(")
    every = ("".join(one.partition(".send_with_options,")[2].split()) for one in found[1:])
    return [one[:-1].replace(",)", ")") for one in every]


def why(plan: Plan) -> set[str]:
    """Return what holds the task back, in words."""
    (ping,) = plan.tasks
    return {f"{finding.row.code} {finding.note}" for finding in ping.held_by}


def every(seconds: str) -> str:
    return f'IntervalTrigger(seconds={seconds},timezone="UTC"),id="a",'


def at(fields: str) -> str:
    return f'CronTrigger({fields},timezone="UTC"),id="a",'


# -- when


@pytest.mark.parametrize(
    ("timing", "job"),
    [
        ("60 * 60", every("3600")),
        ("60 + .5", every("60.5")),
        ("EVERY", every("30")),
        ("timedelta(1, seconds=5 * 6)", every("86430")),
        ("schedule(10)", every("10")),
        ("schedule(10, False)", every("10")),
        ("schedule(run_every=timedelta(minutes=1), relative=False)", every("60")),
        ("crontab()", at('minute="*"')),
        ("crontab(5, 6)", at('minute="5",hour="6"')),
        ("MORNING", at('hour="7"').replace("hour", 'minute="*",hour')),
        (
            "crontab.from_string('1 2 3 4 5')",
            at('minute="1",hour="2",day="3",month="4",day_of_week="fri"'),
        ),
    ],
)
def test_it_is_due_at_the_same_times(timing: str, job: str) -> None:
    assert jobs(entry(timing)) == [job]


OTHER_CLOCK = "C2D704 `a`: its runs are rounded to the clock, or to another clock"


@pytest.mark.parametrize(
    ("timing", "note"),
    [
        ("60 - 1", "C2D703 `a`: `60 - 1`: when it is due is computed"),
        ("60 * f()", "C2D703 `a`: `60 * f()`: when it is due is computed"),
        ("True", "C2D703 `a`: `True`: when it is due is computed"),
        ("1e999", "C2D703 `a`: `1e999`: when it is due is computed"),
        ("0", "C2D703 `a`: every 0 seconds"),
        ("-1.5", "C2D703 `a`: every -1.5 seconds"),
        ("timedelta(days=1e12)", "C2D703 `a`: `timedelta(days=1e12)`: when it is due is computed"),
        ("timedelta(**x)", "C2D703 `a`: `timedelta(**x)`: when it is due is computed"),
        ("schedule()", "C2D703 `a`: when it is due is not written"),
        ("schedule(*x)", "C2D703 `a`: `*x`: when it is due is computed"),
        ("schedule(10, True)", OTHER_CLOCK),
        ("schedule(10, False, f)", OTHER_CLOCK),
        ("schedule(10, nowfun=f)", OTHER_CLOCK),
        ("crontab(hour=HOURS)", "C2D703 `a`: `crontab(hour=HOURS)`: when it is due is computed"),
        ("crontab(1, 2, 3, 4, 5, 6)", "C2D704 `a`: it has a clock of its own"),
        ("crontab(nowfun=f)", "C2D704 `a`: it has a clock of its own"),
        ("crontab(**x)", "C2D703 `a`: `crontab(**x)`: when it is due is computed"),
        ("crontab(minute=61)", "C2D705 `a`: minute holds 61"),
        (
            "crontab.from_string('1 2 3')",
            "C2D703 `a`: `crontab.from_string('1 2 3')`: when it is due is computed",
        ),
        (
            "crontab.from_string(x)",
            "C2D703 `a`: `crontab.from_string(x)`: when it is due is computed",
        ),
        ("f.from_string('1 2 3 4 5')", "C2D704 `a`: `f.from_string(...)`"),
        ("solar('sunset', 1, 2)", "C2D704 `a`: `solar(...)`"),
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_kept_holds_back(timing: str, note: str) -> None:
    assert why(planned(project(entry(timing)))) == {note}


@pytest.mark.parametrize(
    ("setting", "job"),
    [
        ("app.conf.enable_utc = False", 'WallClock(minute="5"),id="a",'),
        ("app.conf.enable_utc = True", at('minute="5"')),
        ("app.conf.enable_utc = f()", ""),
        ("app.conf.timezone = f()", ""),
    ],
)
def test_a_crontab_is_in_the_time_zone_of_the_settings(setting: str, job: str) -> None:
    lines = f"{setting}\n{entry('crontab(5)')}"
    if job:
        assert jobs(lines) == [job]
    else:
        assert why(planned(project(lines))) == {"C2D707 `a`"}


# -- what


@pytest.mark.parametrize(
    ("more", "job"),
    [
        (', "relative": False', ""),
        (', "relative": None', ""),
        (', "options": None, "args": (), "kwargs": {}', ""),
        (', "options": {"expires": 5.5, "countdown": 1}', 'kwargs={"max_age":5500,"delay":1000},'),
        (', "options": {"expires": -1}', 'kwargs={"max_age":-1},'),
        (', "args": [1, {"b": {2, 1}}]', 'kwargs={"args":(1,{"b":{1,2}})},'),
        (
            ', "kwargs": {"a": [1, ("x",)], "b": \'q"\'}',
            'kwargs={"kwargs":{"a":[1,("x")],"b":\'q"\'}},',
        ),
    ],
)
def test_it_sends_the_same(more: str, job: str) -> None:
    assert jobs(entry("10", more)) == [every("10").replace("id=", f"{job}id=")]


@pytest.mark.parametrize(
    ("more", "note"),
    [
        (', "x": 1', "C2D703 `a`: `x` is no key of an entry"),
        (', "relative": True', "C2D703 `a`: `relative`: its runs are rounded to the clock"),
        (', "options": f()', "C2D703 `a`: its options are computed"),
        (', "options": {"link": ping.s()}', "C2D703 `a`: `ping.s()`"),
        (', "options": {"priority": 3}', "C2D233 `priority=3`"),
        (', "args": f()', "C2D703 `a`: `f()`"),
        (", **x", "C2D703 `a`: it is not written out"),
    ],
)
def test_a_message_that_cannot_be_told_holds_back(more: str, note: str) -> None:
    assert why(planned(project(entry("10", more)))) == {note}


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("ping.name", ""),
        ("ping.name.lower()", "C2D703 `a`: the name of its task is computed"),
        ("unknown.name", "C2D703 `a`: the name of its task is computed"),
    ],
)
def test_a_task_is_named_by_a_string_or_by_its_attribute(name: str, note: str) -> None:
    lines = entry().replace('"tasks.ping"', name)
    assert "".join(why(planned(project(lines)))) == note
    assert jobs(lines) == ([] if note else [every("10")])


WRITTEN = '{"a": {"task": "tasks.ping", "schedule": 10}}'


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (f"S = {WRITTEN}\napp.conf.beat_schedule = S", ""),
        (f"S = {WRITTEN}\napp.conf.beat_schedule = S\nprint(S)", "C2D709"),
        (f"S = app.conf.beat_schedule = {WRITTEN}\nS['b'] = f()", "C2D628"),
        (f"S = {WRITTEN}\nS['b'] = f()\napp.conf.update(beat_schedule=S)", "C2D709"),
        (f"S = {WRITTEN}\nS.update(f())\napp.conf.beat_schedule = S", "C2D709"),
        ("app.conf.beat_schedule = {**f()}", "C2D709"),
        ("app.conf.beat_schedule = {'a': A}", "C2D703"),
    ],
)
def test_a_schedule_is_read_where_nothing_else_can_change_it(lines: str, code: str) -> None:
    held = why(planned(project(lines)))
    assert (code in {one.split()[0] for one in held}) if code else not held


@pytest.mark.parametrize(
    "change",
    [
        "S['b'] = f()",
        "S.update(f())",
        "S['a']['schedule'] = f()",
        "S['a'].update(f())",
        "S['a'] |= f()",
    ],
)
@pytest.mark.parametrize("where", ["", "def late():\n    "])
def test_settings_that_change_a_schedule_are_seen(where: str, change: str) -> None:
    name = change.replace("S", "beat_schedule", 1)
    files = project("app.config_from_object('celeryconfig')")
    files["celeryconfig.py"] = f"beat_schedule = {WRITTEN}\n{where}{name}\n"
    assert {one.split()[0] for one in why(planned(files))} & {"C2D709", "C2D628"}


# -- add_periodic_task


@pytest.mark.parametrize(
    ("call", "job"),
    [
        ("(10, ping.s(1), name='a')", 'kwargs={"args":(1)},id="a",'),
        ("(10, ping.si(b=1), expires=3)",
         'kwargs={"kwargs":{"b":1},"max_age":3000},id="ping.si(b=1)",'),
    ],
)  # fmt: skip
def test_a_periodic_task_is_a_job(call: str, job: str) -> None:
    found = [every("10").replace('id="a",', job)]
    assert jobs(f"app.add_periodic_task{call}") == found
    assert jobs(f"{RECEIVED}    'Why.'\n    pass\n    sender.add_periodic_task{call}") == found


@pytest.mark.parametrize(
    ("call", "note"),
    [
        ("(10, ping.s(1), (2,))",
         "C2D703 `ping.s(1)`: `args` and `kwargs` beside those of the signature"),
        ("(10, ping.s(1, *x))", "C2D703 `ping.s(1, *x)`: which task it sends cannot be told"),
        ("(10, ping.s(f()))", "C2D703 `ping.s(f())`: `ping.s(f())`"),
        ("(10, *x)", "C2D703 `*x`: its arguments are not written out"),
        ("(10, ping)", "C2D703 `ping`: which task it sends cannot be told"),
        ("(10, f().s())", "C2D703 `f().s()`: which task it sends cannot be told"),
        ("(10, ping.s(), name=f())", "C2D703 `ping.s()`: its name is computed"),
    ],
)  # fmt: skip
def test_a_periodic_task_that_cannot_be_told_holds_back(call: str, note: str) -> None:
    assert note in why(planned(project(f"app.add_periodic_task{call}")))


@pytest.mark.parametrize(
    "lines",
    [
        "x = app.add_periodic_task(10, ping.s())",
        "if f():\n    app.add_periodic_task(10, ping.s())",
        f"{RECEIVED}    if f():\n        sender.add_periodic_task(10, ping.s())",
        f"@f\n{RECEIVED}    sender.add_periodic_task(10, ping.s())",
        f"{RECEIVED}    sender.add_periodic_task(10, ping.s())".replace("def", "async def"),
        f"{RECEIVED}    sender[0].add_periodic_task(10, ping.s())".replace("(s", "(*s"),
    ],
)
def test_what_adds_a_periodic_task_elsewhere_holds_back(lines: str) -> None:
    plan = planned(project(lines))
    assert why(plan) & {
        "C2D904 `app.add_periodic_task()`",
        "C2D904 `app.on_after_configure.connect`",
    }
    assert not plan.moving


# -- names


ADD = "app.add_periodic_task"


@pytest.mark.parametrize(
    ("lines", "same"),
    [
        (f"{ADD}(10, ping.s(1))\n{ADD}(20, ping.s(1))", True),
        (f"{ADD}(10, ping.s(1))\n{ADD}(20, ping.si( 1))", True),
        (f"{ADD}(10, ping.s(1))\n{ADD}(20, ping.s(2))", False),
        (f"{ADD}(10, ping.s(1), name='x')\n{ADD}(20, ping.s(1))", False),
        (f"{ADD}(10, ping.s(1), name='x')\n{ADD}(20, ping.s(1), name='x')", True),
        (f"{entry()}\n{ADD}(10, ping.s(), name='a')", True),
        (entry().replace('"a": ', '"a": {"task": "tasks.ping", "schedule": 5}, "a": '), True),
    ],
)
def test_celery_keeps_one_of_those_that_have_a_name(lines: str, same: bool) -> None:
    """Celery keeps the last (celery/app/base.py: _add_periodic_task), APScheduler takes none."""
    held = {note.partition(": ")[2] for note in why(planned(project(lines)))}
    assert held == ({"another entry has its name, and Celery keeps one"} if same else set())


# -- the module


def test_a_module_of_the_projects_own_stays() -> None:
    files = project(entry()) | {"scheduler.py": "# mine\n", "dramatiq_scheduler.py": "# mine\n"}
    made = migrated(files)
    assert made["scheduler.py"] == made["dramatiq_scheduler.py"] == "# mine\n"
    assert "ping.send_with_options" in made["dramatiq_scheduler2.py"]
    assert "dramatiq_scheduler.py" in migrated(project(entry()) | {"scheduler.py": ""})


def test_actors_have_names_of_their_own() -> None:
    lines = "@app.task\ndef scheduler(): ...\n\n\n@app.task\ndef other(): ...\n"
    more = "from tasks import app\n\n\n@app.task\ndef other(): ...\n"
    names = ("tasks.scheduler", "tasks.other", "more.other", "tasks.other")
    entries = "".join(f'"{n}": {{"task": "{t}", "schedule": 1}},' for n, t in enumerate(names))
    files = project(f"{lines}app.conf.beat_schedule = {{{entries}}}") | {"more.py": more}
    made = migrated(files)["scheduler.py"]
    assert "from more import other as more_other\n" in made
    assert "from tasks import other, scheduler as tasks_scheduler\n" in made
    for name in ("tasks_scheduler", "other", "more_other"):
        assert f"    {name}.send_with_options," in made.replace("(", "(\n        ")


def test_a_factory_makes_the_broker_before_the_jobs() -> None:
    files = {
        "tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef ping(): ...\n",
        "web.py": "from flask import Flask\nfrom celery import Celery\n\n\n"
        "def create_app():\n    flask_app = Flask(__name__)\n"
        "    app = Celery(flask_app.name, broker='redis://')\n"
        f"    app.conf.beat_schedule = {WRITTEN}\n"
        "    app.set_default()\n    return flask_app\n",
        "wsgi.py": "from web import create_app\n\napp = create_app()\n",
    }
    made = migrated(files)["scheduler.py"]
    assert made.index("import wsgi  # noqa: F401") < made.index("from tasks import ping")


def test_what_tests_add_is_no_matter_of_the_schedule() -> None:
    files = project(entry())
    files["tests/test_tasks.py"] = "from tasks import app\n\napp.add_periodic_task(1, f())\n"
    assert "C2D703" not in {finding.row.code for finding in planned(files).findings}
