"""A setting that an `if` beside the app chooses, and a default queue whose name is computed."""

from __future__ import annotations

import pytest

from celery2dramatiq.plan import Plan
from tests.projects import migrated, planned

APP = """\
import os
from django.conf import settings
from celery import Celery


def on(): ...


app = Celery("app", broker="redis://localhost")
NAME = os.environ.get("NAME")
{}


@app.task
def ping(): ...
"""
CHOICE = """
if {test}:
    app.conf.task_default_queue = {first}
else:
    app.conf.task_default_queue = {second}
"""


def project(lines: str) -> dict[str, str]:
    return {"app.py": APP.format(lines)}


def held(plan: Plan) -> set[str]:
    return {finding.row.code for task in plan.tasks for finding in task.held_by}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("app.conf.task_default_queue = settings.QUEUE", "settings.QUEUE"),
        ("if NAME:\n    app.conf.task_default_queue = NAME", 'os.environ.get("NAME")'),
        (
            "if settings.DEBUG:\n    app.conf.task_default_queue = 'dev'\n"
            "elif NAME:\n    app.conf.task_default_queue = NAME",
            "'dev' if settings.DEBUG else os.environ.get(\"NAME\")",
        ),
        (CHOICE.format(test="NAME", first="'a'", second="'b'"), ""),
        (CHOICE.format(test="settings.A and settings.B", first="'a'", second="'b'"), ""),
        (CHOICE.format(test="settings.is_on(\n)", first="'a'", second="'b'"), "settings.is_on()"),
        ("if NAME:\n    app.conf.broker_url = NAME", 'os.environ.get("NAME") or None'),
        ("if settings.DEBUG:\n    app.conf['broker_url'] = settings.URL", "settings.URL"),
    ],
)
def test_what_is_chosen_stands_where_the_broker_is_made(lines: str, code: str) -> None:
    files = project(lines)
    if "broker_url" in lines:
        files["app.py"] = files["app.py"].replace(', broker="redis://localhost"', "")
    made = migrated(files)["app.py"]
    assert "app.conf" not in made
    assert "make_broker(" in made
    assert "".join(code.split()) in "".join(made.split())


@pytest.mark.parametrize(
    "lines",
    [
        "if NAME:\n    app.conf.task_default_queue = NAME\n    print(NAME)",
        "if NAME:\n    app.conf.task_default_queue = NAME\nelse:\n    print(NAME)",
        "if NAME:\n    print(NAME)\nelse:\n    app.conf.task_default_queue = 'a'",
        "if NAME:\n    app.conf.task_default_queue = name = NAME",
        "if NAME:\n    app.conf.task_default_queue = [NAME][0]",
        "if [NAME]:\n    app.conf.task_default_queue = NAME",
        "if NAME:\n    app.conf.task_default_queue = f'{NAME}x'",
        "other = NAME\nother = 2\nif other:\n    app.conf.task_default_queue = NAME",
        "if on():\n    app.conf.task_default_queue = NAME",
        "if NAME:\n    app.conf.task_default_queue = NAME\napp.conf.task_default_queue = 'a'",
        "if NAME:\n    if settings.A:\n        app.conf.task_default_queue = NAME\n"
        "    app.conf.task_default_queue = 'b'",
        "for name in NAME:\n    app.conf.task_default_queue = name",
        "if NAME:\n    app.conf.result_expires = 3",
        "if settings.A:\n    app.conf.task_default_queue = 'a'\n"
        "elif settings.B:\n    app.conf.task_default_queue = [NAME][0]",
        "if settings.A:\n    app.conf.update(task_default_queue='a')",
    ],
)
def test_what_cannot_be_told_holds_back(lines: str) -> None:
    assert held(planned(project(lines))) & {"C2D628", "C2D631", "C2D904"}


def test_a_chain_above_the_app_is_nothing_to_it() -> None:
    text = "import os\nfrom celery import Celery\n\n\ndef make():\n    app = Celery(broker='redis://')\n"
    lines = "    if os.environ:\n        app.conf.task_default_queue = 'a'\n    return app\n"
    plan = planned({"app.py": f"{text}{lines}\n\napp = make()\n\n\n@app.task\ndef ping(): ...\n"})
    assert "C2D631" in held(plan)


@pytest.mark.parametrize(
    "lines",
    [
        "@app.task(queue='own')\ndef own(): ...",
        "app.conf.task_routes = {'app.ping': 'own'}",
        "def send():\n    ping.apply_async(queue='celery')",
        "def send():\n    app.send_task('app.ping')",
    ],
)
def test_a_computed_default_needs_no_other_queue_named(lines: str) -> None:
    plan = planned(project(f"app.conf.task_default_queue = NAME\n{lines}"))
    assert "C2D628" in held(plan)
    assert "C2D628" in held(planned(project(f"app.conf.task_default_queue = {{}}\n{lines}")))


@pytest.mark.parametrize(
    ("lines", "moves"),
    [
        ("print(app.conf.timezone)", True),
        ("print(app.conf['timezone'])", True),
        ("zone = app.conf.timezone\nprint(zone)", True),
        ("del app.conf.timezone", False),
        ("print(app.conf.task_routes)", False),
        ("print(app.conf['beat_schedule'])", False),
        ("print(app.conf[NAME])", False),
    ],
)
def test_what_reads_a_setting_keeps_the_app(lines: str, moves: bool) -> None:
    plan = planned(project(lines))
    assert [task.moves for task in plan.tasks] == [moves]
    assert not plan.apps[0].goes
    assert ("C2D672" in {one.row.code for one in plan.findings}) is moves


SCHEDULE = 'CELERY_BEAT_SCHEDULE = {"a": {"task": "app.ping", "schedule": 3}}\n'


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ("", set()),
        ("app.conf.beat_schedule = conf.CELERY_BEAT_SCHEDULE", {"C2D218", "C2D709"}),
    ],
)
def test_a_name_in_a_setting_that_nobody_reads(more: str, codes: set[str]) -> None:
    lines = f"import conf\napp.config_from_object('conf')\n{more}"
    assert held(planned({**project(lines), "conf.py": SCHEDULE})) == codes


def test_a_long_choice_is_broken_in_django() -> None:
    lines = (
        "app.config_from_object('django.conf:settings')\n"
        "if settings.DEBUG:\n    app.conf.task_default_queue = 'development_of_this_project'\n"
        "elif NAME:\n    app.conf.task_default_queue = NAME"
    )
    files = {
        "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "conf")\n',
        "conf.py": 'INSTALLED_APPS = ["shop"]\nBROKER_URL = "redis://"\n',
        **project(lines),
    }
    made = migrated(files)["dramatiq_broker.py"]
    assert "import os\n\nfrom django.conf" in made
    assert "\n            if settings.DEBUG\n            else os.environ.get(" in made
    short = {**files, **project(lines.replace("_of_this_project", ""))}
    assert "\n            if settings.DEBUG\n" in migrated(short)["dramatiq_broker.py"]
