"""The commands that start the workers afterwards."""

from __future__ import annotations

from celery2dramatiq.codemod import Options
from celery2dramatiq.plan import Command
from tests.projects import planned

APP = 'from celery import Celery\n\napp = Celery("x", broker="redis://localhost")\n'


def task(name: str, decorator: str = "app.task", app: str = "app") -> str:
    return f"from {app} import app\n\n\n@{decorator}\ndef {name}():\n    pass\n"


def text(command: Command | None) -> str | None:
    return command.command if command is not None else None


def test_the_modules_of_the_app_and_of_the_actors() -> None:
    plan = planned({"app.py": APP, "b.py": task("b"), "a.py": task("a"), "c.py": "import a\n"})
    assert plan.worker == Command("dramatiq app a b --threads 1", {})
    assert plan.celery_worker is None
    assert plan.celery_scheduler is None


def test_the_app_beside_its_tasks_is_named_once() -> None:
    plan = planned({"app.py": APP + "\n\n@app.task\ndef t():\n    pass\n"})
    assert text(plan.worker) == "dramatiq app --threads 1"


def test_modules_that_the_app_includes() -> None:
    included = APP.replace(")\n", ', include=["hooks", "tasks", "os.path"])\n')
    files = {"app.py": included, "tasks.py": task("t"), "hooks.py": "# celery\n"}
    assert text(planned(files).worker) == "dramatiq app tasks hooks --threads 1"


def test_a_source_folder_is_put_on_the_path() -> None:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/app.py": APP,
        "src/shop/tasks.py": task("t", app="shop.app"),
        "src/shop/stays.py": task("s", "app.task(x=1)", app="shop.app"),
    }
    plan = planned(files)
    assert text(plan.worker) == "dramatiq shop.app shop.tasks --path . src --threads 1"
    assert text(plan.celery_worker) == "celery --workdir src -A shop.app worker"


def test_names_for_the_shell_are_quoted() -> None:
    files = {"a b/app.py": APP, "a b/tasks.py": task("t")}
    assert text(planned(files).worker) == "dramatiq app tasks --path . 'a b' --threads 1"


def test_nothing_moves() -> None:
    plan = planned({"app.py": APP, "tasks.py": task("t")}, Options(wish=("nothing",)))
    assert plan.worker is None
    assert text(plan.celery_worker) == "celery -A app worker"


# -- queues of the part that stays


def stays(name: str, options: str = "") -> str:
    return f"@app.task(x=1{', ' if options else ''}{options})\ndef {name}():\n    pass\n"


def celery_worker(tasks: str, settings: str = "") -> str | None:
    files = {"app.py": APP + settings, "tasks.py": "from app import app\n\n\n" + tasks}
    return text(planned(files).celery_worker)


def test_queues_of_the_tasks_that_stay() -> None:
    tasks = stays("a", "queue='slow'") + stays("b", "queue='quick'") + stays("c")
    moves = "@app.task(queue='moves')\ndef m():\n    pass\n"
    assert celery_worker(tasks + moves) == "celery -A app worker -Q celery,quick,slow"


def test_a_computed_queue_is_not_known() -> None:
    assert celery_worker(stays("a", "queue=str(3)")) == "celery -A app worker"


def test_queues_of_sends() -> None:
    sends = "a.apply_async(queue='now')\na.apply_async((), {}, queue=f())\na.delay()\n"
    assert celery_worker(stays("a") + sends) == "celery -A app worker -Q celery,now"


def test_the_default_queue_has_another_name() -> None:
    setting = "app.conf.task_default_queue = 'main'\n"
    assert celery_worker(stays("a", "queue='q'"), setting) == "celery -A app worker -Q main,q"
    assert celery_worker(stays("a", "queue='main'"), setting) == "celery -A app worker -Q main"


def test_queues_of_routes() -> None:
    routes = "app.conf.task_routes = {'a.*': {'queue': 'r'}, 'b': 'name', 'c': {'queue': 3}}\n"
    assert celery_worker(stays("a"), routes) == "celery -A app worker -Q celery,r"
    computed = "app.conf.task_routes = f()\n"
    assert celery_worker(stays("a"), computed) == "celery -A app worker"


# -- beat


def test_beat_for_a_schedule_that_stays() -> None:
    schedule = "app.conf.beat_schedule = {'a': {'task': 'tasks.a', 'schedule': 3.0}}\n"
    files = {"app.py": APP + schedule, "tasks.py": "from app import app\n" + stays("a")}
    assert text(planned(files).celery_scheduler) == "celery -A app beat"
    assert planned(files).scheduler is None


def test_beat_for_periodic_tasks() -> None:
    files = {
        "app.py": APP,
        "tasks.py": "from app import app\n" + stays("a") + "app.add_periodic_task(3, a.s())\n",
    }
    assert text(planned(files).celery_scheduler) == "celery -A app beat"


def test_a_celery_worker_for_tasks_that_nobody_knows() -> None:
    files = {
        "app.py": 'from celery import Celery\n\napp = Celery("x", broker="redis://localhost")\n',
        "own.py": "from celery import shared_task\n\n\nclass Job:\n    def __call__(self, f):\n"
        "        return shared_task(ignore_result=True)(f)\n",
        "tasks.py": "from app import app\nfrom own import Job\n\n\n@app.task\ndef known():\n"
        "    pass\n\n\nmakers = [Job()]\nunknown = makers[0](print)\n",
    }
    plan = planned(files)
    assert not plan.staying
    assert plan.celery_worker is not None
    assert plan.celery_worker.command == "celery -A app worker"
