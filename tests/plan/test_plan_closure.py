"""What moves, and what holds a task back."""

from __future__ import annotations

import pytest

from celery2dramatiq.codemod import Options
from celery2dramatiq.plan import Plan
from tests.projects import migrated, planned

APP = """\
from celery import Celery

app = Celery("app", broker="redis://localhost:6379/0")
"""
TASKS = """\
from app import app


@app.task
def first():
    pass


@app.task
def second():
    first.delay()
"""


def moving(plan: Plan) -> list[str]:
    return sorted(task.task.function for task in plan.moving)


def held(plan: Plan, function: str) -> list[str]:
    """Return the codes of what holds a task back."""
    (task,) = [task for task in plan.tasks if task.task.function == function]
    return [finding.row.code for finding in task.held_by]


def why(plan: Plan, function: str) -> list[str]:
    """Return in words, and with the place, what holds a task back."""
    (task,) = [task for task in plan.tasks if task.task.function == function]
    return [f"{finding.place.path}:{finding.place.line} {finding.note}" for finding in task.held_by]


def project(**files: str) -> dict[str, str]:
    """Return a project with an app and two tasks, and files by their dotted names."""
    return {
        "app.py": APP,
        "tasks.py": TASKS,
        **{f"{name.replace('__', '/')}.py": text for name, text in files.items()},
    }


def task(name: str, decorator: str = "app.task") -> str:
    return f"@{decorator}\ndef {name}():\n    pass\n"


def test_everything_moves() -> None:
    plan = planned(project())
    assert moving(plan) == ["first", "second"]
    assert plan.staying == ()
    assert [app.goes for app in plan.apps] == [True]


def test_a_use_without_a_rule_holds_its_own_task_back() -> None:
    plan = planned(project(use="from tasks import first\n\nwait = first.backend\n"))
    assert moving(plan) == ["second"]
    assert [task.task.function for task in plan.staying] == ["first"]
    assert why(plan, "first") == ["use.py:3 `task.backend`"]
    assert [app.goes for app in plan.apps] == [False]


def test_a_task_that_moves_sends_one_that_stays() -> None:
    after = migrated(project(use="from tasks import first\n\nfirst.backend\n"))
    assert "first.delay()" in after["tasks.py"]
    assert '@dramatiq.actor(actor_name="tasks.second")' in after["tasks.py"]


def test_a_use_in_a_test_holds_nothing_back() -> None:
    plan = planned(project(tests__test_use="from tasks import first\n\nfirst.backend\n"))
    assert moving(plan) == ["first", "second"]
    (finding,) = [f for f in plan.findings if f.place.path == "tests/test_use.py"]
    assert (finding.row.code, finding.action.value) == ("C2D901", "MANUAL")


def test_a_task_of_a_test_stays() -> None:
    plan = planned(project(tests__test_use="from app import app\n\n\n" + task("third")))
    assert moving(plan) == ["first", "second"]
    assert held(plan, "third") == ["C2D911"]
    assert plan.staying == ()  # that is the project's own
    assert plan.celery_worker is None


def test_a_use_of_the_app_holds_its_tasks_back() -> None:
    plan = planned(project(use="from app import app\n\nprint(app.pool)\n"))
    assert moving(plan) == []
    assert held(plan, "first") == held(plan, "second") == ["C2D904"]


def test_a_use_of_the_app_in_a_test_keeps_the_app() -> None:
    plan = planned(project(tests__test_use="from app import app\n\napp.conf.x_y = 3\n"))
    assert moving(plan) == ["first", "second"]
    assert [app.goes for app in plan.apps] == [False]


def test_a_name_of_celerys_in_a_body_holds_that_task_back() -> None:
    text = TASKS.replace("    pass", "    from celery import current_task\n    current_task.get()")
    plan = planned(project(tasks=text))
    assert moving(plan) == ["second"]
    assert held(plan, "first") == ["C2D904"]


def test_a_name_of_celerys_elsewhere_holds_every_task_back() -> None:
    text = "from celery.signals import worker_init\n\nworker_init.disconnect(print)\n"
    plan = planned(project(signals=text))
    assert moving(plan) == []
    assert held(plan, "second") == ["C2D904"]


def test_a_task_that_is_bound_twice_is_uncertain() -> None:
    plan = planned(project(tasks=TASKS + "\n\nfirst = print\n"))
    assert moving(plan) == ["second"]
    assert "tasks.py:4 its name is bound more than once" in why(plan, "first")


def test_a_computed_name_is_uncertain() -> None:
    text = TASKS.replace("@app.task\ndef first", "@app.task(name=str(3))\ndef first")
    plan = planned(project(tasks=text))
    assert why(plan, "first") == ["tasks.py:4 its name cannot be told from the source"]


def test_two_tasks_of_one_name_are_uncertain() -> None:
    """Dramatiq refuses the second one."""
    text = f"from app import app\n\n\n{task('third', 'app.task(name=chr(34))')}"
    named = text.replace("chr(34)", '"tasks.first"')
    plan = planned(project(more=named))
    assert moving(plan) == ["second"]
    assert why(plan, "third") == ["more.py:4 several tasks are called `tasks.first`"]
    assert held(plan, "first") == ["C2D902"]
    in_a_test = planned(project(tests__test_more=named))
    assert moving(in_a_test) == ["first", "second"]


def test_a_module_under_two_names_is_uncertain() -> None:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/app.py": APP,
        "src/shop/tasks.py": "from shop.app import app\n\n\n" + task("first"),
        "src/shop/one.py": "from shop.tasks import first\n",
        "run.py": "from src.shop.tasks import first\n\nfirst.delay()\n",
    }
    plan = planned(files)
    assert why(plan, "first") == [
        "src/shop/tasks.py:4 its module is imported as shop.tasks and as src.shop.tasks"
    ]


def test_a_send_in_an_f_string() -> None:
    """Before 3.12 `ast` does not say where in the string it stands."""
    plan = planned(project(use="from tasks import first\n\nprint(f'{first.delay().id}')\n"))
    assert held(plan, "first") == []
    plan = planned(project(use="from tasks import first\n\nprint(f'{first()}')\n"))
    assert held(plan, "first") == []  # nothing is to be rewritten there


# -- files that cannot be read


@pytest.mark.parametrize(
    "text",
    [
        "from tasks import first\nfirst.delay(\n",  # no Python
        "from tasks import first\nfirst.delay()\0",  # no text
    ],
)
def test_an_unreadable_file_holds_back_what_it_mentions(text: str) -> None:
    plan = planned(project(broken=text))
    if "\0" in text:
        assert moving(plan) == ["first", "second"]  # there are no bytes to look at
    else:
        assert held(plan, "first") == ["C2D903"]
        assert why(plan, "first") == ["tasks.py:4 broken.py"]
        assert moving(plan) == ["second"]
    assert [file.path for file in plan.unreadable] == ["broken.py"]


def test_an_unreadable_file_that_mentions_only_the_name_is_no_matter() -> None:
    plan = planned(project(broken="first = (\n"))
    assert moving(plan) == ["first", "second"]


# -- what the user chose


def test_only_the_wished_files_move() -> None:
    files = project(more__tasks="from app import app\n\n\n" + task("third"))
    plan = planned(files, Options(wish=("more",)))
    assert moving(plan) == ["third"]
    assert held(plan, "first") == ["C2D909"]
    assert moving(planned(files, Options(wish=("tasks.py", "more/tasks.py")))) == [
        "first",
        "second",
        "third",
    ]


def test_an_accepted_reason_holds_nothing_back() -> None:
    files = project(use="from tasks import first\n\nfirst.backend\nfirst.delay()\n")
    options = Options(accept=frozenset({"C2D901"}))
    assert moving(planned(files, options)) == ["first", "second"]
    after = migrated(files, options)["use.py"]
    assert "first.backend" in after  # left as it is
    assert "first.send()" in after
    (finding,) = [f for f in planned(files, options).findings if f.row.code == "C2D901"]
    assert finding.place.path == "use.py"


@pytest.mark.parametrize("code", ["C2D902", "C2D906", "C2D907", "C2D911"])
def test_what_nothing_can_be_made_of_cannot_be_accepted(code: str) -> None:
    accept = Options(accept=frozenset({code}))
    files = {
        "C2D902": project(tasks="from app import app\n" + task("only", "app.task(name=str(3))")),
        "C2D906": {"tasks.py": "from celery import shared_task\n" + task("only", "shared_task")},
        "C2D907": {
            "app.py": APP,
            "more.py": APP,
            "tasks.py": f"from app import app\n\n\n{task('only')}",
        },
        "C2D911": {
            "app.py": APP,
            "tests/tasks.py": f"from app import app\n\n\n{task('only')}",
        },
    }[code]
    assert held(planned(files), "only") == [code]
    assert held(planned(files, accept), "only") == [code]


# -- apps


def test_shared_task_without_an_app() -> None:
    plan = planned({"tasks.py": "from celery import shared_task\n\n\n" + task("x", "shared_task")})
    assert held(plan, "x") == ["C2D906"]
    assert plan.worker is None
    assert plan.celery_worker is None
    assert plan.edits == ()


def test_several_apps() -> None:
    files = project(other=APP, more="from celery import shared_task\n" + task("x", "shared_task"))
    plan = planned(files)
    assert moving(plan) == []
    assert held(plan, "first") == held(plan, "x") == ["C2D907"]


def test_a_use_of_another_app_is_no_matter() -> None:
    files = project(
        tests__conftest=APP.replace("app =", "celery ="),
        debug="from tests.conftest import celery\n\ncelery.pool.force_close_all()\n",
    )
    plan = planned(files)
    assert moving(plan) == ["first", "second"]
    assert [f.row.code for f in plan.findings if f.place.path == "debug.py"] == ["C2D904"]


def test_an_app_of_a_test_is_no_app_of_the_project() -> None:
    text = APP.replace("app =", "celery =") + "\n\n" + task("third", "celery.task")
    plan = planned(project(tests__conftest=text))
    assert moving(plan) == ["first", "second"]
    assert held(plan, "third") == ["C2D911"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "def make():\n    app = Celery()\n    return app\n\n\napp = make()\n",
            "the app is made inside `make`",
        ),
        (
            "class Own(Celery):\n    pass\n\n\napp = Own()\n",
            "the app is of a class of the project's own",
        ),
        ("app = app_too = Celery()\n", "the app is not simply assigned to a name"),
        (
            "try:\n    from own import Celery\nexcept ImportError:\n    pass\napp = Celery()\n",
            "the class of the app is bound more than once",
        ),
    ],
)
def test_an_app_of_another_kind_holds_its_tasks_back(text: str, reason: str) -> None:
    files = {"app.py": f"from celery import Celery\n\n\n{text}", "tasks.py": TASKS}
    reasons = [line.partition(" ")[2] for line in why(planned(files), "second")]
    assert reason in reasons


def test_an_app_from_outside_holds_its_tasks_back() -> None:
    text = "from company.celery import app\n\n\n" + task("x")
    plan = planned({"tasks.py": text})
    assert "tasks.py:1" in why(plan, "x")[0] or "tasks.py:4" in why(plan, "x")[0]
    assert why(plan, "x")[0].endswith("the app `company.celery.app` comes from outside the project")


def test_the_app_stays_for_a_task_that_stays() -> None:
    after = migrated(project(use="from tasks import first\n\nfirst.backend\n"))
    assert '"redis://localhost:6379/0")\nbroker = make_broker(' in after["app.py"]
    assert "from app import app" in after["tasks.py"]


def test_the_app_stays_for_tasks_that_nobody_sees() -> None:
    text = "from celery import shared_task\n\n\ndef job(f):\n    return shared_task(bind=True)(f)\n"
    plan = planned(project(jobs=text))
    assert moving(plan) == ["first", "second"]
    assert [app.goes for app in plan.apps] == [False]


def test_the_app_goes_with_its_last_task() -> None:
    after = migrated(project())
    assert "Celery" not in after["app.py"]
    assert "app import app" not in after["tasks.py"]


def test_an_app_without_tasks_is_left_alone() -> None:
    plan = planned({"app.py": APP})
    assert [app.goes for app in plan.apps] == [False]
    assert plan.edits == ()
    assert plan.helpers == {}


def test_settings_of_a_test_are_not_those_of_the_project() -> None:
    text = "from app import app\n\napp.conf.broker_url = 'memory://'\n"
    after = migrated(project(tests__conftest=text))
    assert 'make_broker("redis://localhost:6379/0")' in after["app.py"]
    assert after["tests/conftest.py"] == text


# -- import cycles


def test_a_task_that_the_app_imports_stays() -> None:
    files = {
        "app.py": APP + "\nimport jobs\n",
        "jobs.py": "import tasks  # for Celery\n",
        "tasks.py": "from celery import shared_task\n\n\n" + task("x", "shared_task"),
    }
    plan = planned(files)
    assert held(plan, "x") == ["C2D908"]
    assert why(plan, "x") == ["tasks.py:4 app.py"]


def test_a_task_that_imports_the_app_first_moves() -> None:
    files = {
        "app.py": APP + "\nimport tasks\n",
        "tasks.py": "import app\nfrom celery import shared_task\n\n\n" + task("x", "shared_task"),
    }
    assert moving(planned(files)) == ["x"]


def test_modules_of_the_app_that_import_each_other() -> None:
    files = {
        "app.py": f"import one\n{APP}",
        "one.py": "import two  # Celery\nimport unknown\n",
        "two.py": "import one  # Celery\n",
        "tasks.py": "from celery import shared_task\n\n\n" + task("x", "shared_task"),
    }
    assert moving(planned(files)) == ["x"]


# -- names that are not sure


def test_a_file_that_may_be_a_task_of_either_module() -> None:
    files = {
        "one/app.py": APP,
        "one/tasks.py": "from one.app import app\n\n\n" + task("first"),
        "two/tasks.py": "first = print\n",
        "two/use.py": "import tasks\n\ntasks.first.delay()\n",
    }
    assert held(planned(files), "first") == []
    files["three/use.py"] = "import tasks\n\ntasks.first.delay()\n"
    assert held(planned(files), "first") == ["C2D902"]


def test_a_module_handed_to_somebody_holds_its_tasks_back() -> None:
    files = project(use="import tasks  # first\n\nprint(tasks)\n")
    plan = planned(files)
    assert held(plan, "first") == held(plan, "second") == ["C2D901"]
    one = planned(project(use="import tasks\n\nprint(getattr(tasks, 'first'))\n"))
    assert moving(one) == ["second"]
    none = planned(project(use="import tasks\n\nprint(getattr(tasks, 'third'))  # first\n"))
    assert moving(none) == ["first", "second"]
    assert [f for f in none.findings if f.place.path == "use.py"] == []


def test_kombu_holds_back_what_is_used_beside_it() -> None:
    text = """\
from kombu import Connection

from tasks import first


def publish():
    with Connection("amqp://") as connection:
        first.delay(connection)
"""
    assert moving(planned(project(use=text))) == ["second"]
    module = "import celery\nfrom kombu import Queue\n\nprint(Queue('x'))\n"
    assert moving(planned(project(use=module))) == []
    base = "import celery\nfrom kombu import Queue\n\n\nclass Own(Queue):\n    pass\n"
    assert moving(planned(project(use=base))) == ["first", "second"]


def test_current_task_of_the_app_in_a_body() -> None:
    text = TASKS.replace("    pass", "    print(app.current_task.name)")
    assert moving(planned(project(tasks=text))) == ["second"]


def test_an_app_stays_while_a_file_that_could_not_be_read_may_import_it() -> None:
    plan = planned(project(newer="from app import app\n\nprint('\n"))
    assert moving(plan) == ["first", "second"]
    assert [app.goes for app in plan.apps] == [False]
