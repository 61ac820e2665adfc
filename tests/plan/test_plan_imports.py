"""Imports: of the broker, of the helpers, and those that are no longer needed."""

from __future__ import annotations

import pytest

from tests.projects import migrated

APP = 'from celery import Celery\n\napp = Celery("x", broker="redis://localhost")\n'
BODY = "():\n    pass\n"


def after(path: str, files: dict[str, str]) -> str:
    """Return a file after `apply`, which must run."""
    done = migrated(files)
    for name, text in done.items():
        compile(text, name, "exec")
    return done[path]


def imports(path: str, files: dict[str, str]) -> list[str]:
    """Return the imports of a file after `apply`."""
    lines = after(path, files).splitlines()
    return [line for line in lines if line.startswith(("import ", "from "))]


def package(tasks: str, **more: str) -> dict[str, str]:
    return {
        "shop/__init__.py": "",
        "shop/app.py": APP,
        "shop/tasks.py": tasks,
        **{f"shop/{name}.py": text for name, text in more.items()},
    }


@pytest.mark.parametrize(
    ("given", "broker"),
    [
        ("from shop.app import app", "from shop.app import broker  # noqa: F401"),
        ("from .app import app", "from .app import broker  # noqa: F401"),
        ("from .app import app as celery", "from .app import broker  # noqa: F401"),
        ("from celery import shared_task", "from shop.app import broker  # noqa: F401"),
    ],
)
def test_the_broker_is_imported_as_the_app_was(given: str, broker: str) -> None:
    decorator = "shared_task" if "shared" in given else f"{given.split()[-1]}.task"
    tasks = f"{given}\n\n\n@{decorator}\ndef t{BODY}"
    assert imports("shop/tasks.py", package(tasks)) == ["import dramatiq", broker]


def test_the_app_in_the_package_itself() -> None:
    for given, wanted in (
        ("from . import app", "from . import broker  # noqa: F401"),
        ("from shop import app", "from shop import broker  # noqa: F401"),
    ):
        files = {
            "shop/__init__.py": APP,
            "shop/tasks.py": f"{given}\n\n\n@app.task\ndef t{BODY}",
        }
        assert imports("shop/tasks.py", files) == ["import dramatiq", wanted]


def test_deeper_modules_reach_up() -> None:
    files = {
        **package(f"from .app import app\n\n\n@app.task\ndef t{BODY}"),
        "shop/jobs/__init__.py": "",
        "shop/jobs/more.py": "from ..app import app\n\n\n@app.task(bind=True)\ndef m(self):\n"
        "    print(self.request.id)\n",
    }
    assert imports("shop/jobs/more.py", files) == [
        "import dramatiq",
        "from ..app import broker  # noqa: F401",
        "from ..dramatiq_helpers import request",
    ]


def test_another_tree_reaches_the_helpers_by_their_full_name() -> None:
    files = {
        **package(f"from .app import app\n\n\n@app.task\ndef t{BODY}"),
        "tools/__init__.py": "",
        "tools/more.py": "from shop.app import app\nfrom .x import y\n\n"
        "app.send_task('shop.tasks.t')\n",
        "tools/x.py": "y = 3\n",
    }
    assert "from shop.dramatiq_helpers import send_task" in imports("tools/more.py", files)


def test_a_file_that_only_sends_needs_no_broker() -> None:
    use = "from shop.tasks import t\n\nt.delay()\n"
    files = package(f"from shop.app import app\n\n\n@app.task\ndef t{BODY}", use=use)
    assert imports("shop/use.py", files) == ["from shop.tasks import t"]


def test_a_file_that_made_the_app_be_imported_makes_the_broker() -> None:
    use = "from shop.app import app\nfrom shop.tasks import t\n\nt.delay()\n"
    files = package(f"from shop.app import app\n\n\n@app.task\ndef t{BODY}", use=use)
    assert imports("shop/use.py", files) == [
        "from shop.app import broker  # noqa: F401",
        "from shop.tasks import t",
    ]


def test_an_app_imported_in_a_function_only() -> None:
    use = "def f():\n    from shop.app import app\n\n    app.send_task('shop.tasks.t')\n"
    files = package(f"from shop.app import app\n\n\n@app.task\ndef t{BODY}", use=use)
    text = after("shop/use.py", files)
    assert "import app" not in text
    assert "from shop.app import broker  # noqa: F401" in text


def test_the_name_of_the_broker_is_taken_where_the_app_is() -> None:
    files = {
        "app.py": "from celery import Celery\n\nbroker = 'redis://'\napp = Celery(broker=broker)\n",
        "tasks.py": f"from app import app\n\n\n@app.task\ndef t{BODY}",
    }
    assert "dramatiq.set_broker(dramatiq_broker)" in after("app.py", files)
    assert "from app import dramatiq_broker  # noqa: F401" in imports("tasks.py", files)


def test_the_name_of_the_broker_is_taken_where_a_task_is() -> None:
    files = {
        "app.py": APP,
        "tasks.py": f"from app import app\n\nbroker = 3\n\n\n@app.task\ndef t{BODY}",
    }
    assert imports("tasks.py", files) == ["import dramatiq", "import app  # noqa: F401"]


def test_the_name_of_a_helper_is_taken() -> None:
    tasks = "from .app import app\n\nrequest = 3\n\n\n@app.task(bind=True)\ndef t(self):\n"
    files = package(f"{tasks}    print(self.request.id)\n")
    assert imports("shop/tasks.py", files) == [
        "import dramatiq",
        "from . import dramatiq_helpers",
        "from .app import broker  # noqa: F401",
    ]
    absolute = f"{tasks}    print(self.request.id)\n".replace(".app", "shop.app")
    text = after("shop/tasks.py", package(absolute))
    assert "from shop import dramatiq_helpers" in text
    assert "print(dramatiq_helpers.request(t).id)" in text


def test_a_helper_whose_name_is_taken_beside_the_app() -> None:
    files = {
        "app.py": APP + "\nretry = 3\n\n\n@app.task(bind=True)\ndef t(self):\n    self.retry()\n",
    }
    assert "import dramatiq_helpers" in imports("app.py", files)
    assert "dramatiq_helpers.retry(t)" in after("app.py", files)


def test_helpers_beside_an_app_that_nothing_is_beside() -> None:
    """The app's folder is a namespace package: what its modules are called is not certain."""
    files = {
        "shop/app.py": APP + f"\n\n@app.task\ndef t{BODY}",
    }
    assert "from dramatiq_helpers import make_broker" in imports("shop/app.py", files)
    assert "shop/dramatiq_helpers.py" in migrated(files)


# -- names that others take from here


def test_a_name_that_another_file_takes_stays() -> None:
    files = {
        "app.py": APP,
        "tasks.py": f"from app import app\n\n\n@app.task\ndef t{BODY}\n\n"
        f"@app.task(x=1)\ndef stays{BODY}",
        "api.py": "from app import app\nfrom celery import shared_task\n\n\n"
        f"@shared_task\ndef a{BODY}",
        "use.py": "from api import app, shared_task\n\n\n@app.task(x=1)\ndef s2():\n    pass\n\n\n"
        "@shared_task(x=1)\ndef s3():\n    pass\n",
    }
    found = imports("api.py", files)
    assert "from app import app" in found
    assert "from celery import shared_task" in found


def test_an_app_that_goes_is_taken_from_nowhere() -> None:
    files = {
        "app.py": APP,
        "api.py": "from app import app\n",
        "tasks.py": f"from api import app\n\n\n@app.task\ndef t{BODY}",
    }
    assert imports("api.py", files) == ["from app import broker  # noqa: F401"]
    assert "app" not in imports("tasks.py", files)[0]


# -- a second run


HALF = """\
import dramatiq
from celery import Celery

from dramatiq_helpers import make_broker

app = Celery("x", broker="redis://localhost")
broker = make_broker("redis://localhost")
dramatiq.set_broker(broker)
"""
TASKS = f"""\
import dramatiq

from app import app


@dramatiq.actor(actor_name="tasks.moved")
def moved{BODY}

@app.task
def left{BODY}
"""


def test_a_broker_is_made_once() -> None:
    helpers = "def make_broker(url):\n    pass\n"
    files = {"app.py": HALF, "tasks.py": TASKS, "dramatiq_helpers.py": helpers}
    done = migrated(files)
    rest = [line for line in HALF.splitlines() if line and "Celery" not in line]
    assert [line for line in done["app.py"].splitlines() if line] == rest
    assert done["dramatiq_helpers.py"] == helpers
    assert "celery" not in done["tasks.py"]
    assert "from app import broker  # noqa: F401" in done["tasks.py"]


def test_a_broker_is_made_once_while_tasks_stay() -> None:
    stays = TASKS + f"\n\n@app.task(x=1)\ndef stays{BODY}"
    files = {"app.py": HALF, "tasks.py": stays, "dramatiq_helpers.py": "def make_broker(): pass\n"}
    done = migrated(files)
    assert done["app.py"] == HALF
    assert '@dramatiq.actor(actor_name="tasks.left")' in done["tasks.py"]
    assert "from app import app" in done["tasks.py"]


def test_what_was_migrated_is_left_alone() -> None:
    files = {"app.py": APP, "tasks.py": f"from app import app\n\n\n@app.task\ndef t{BODY}"}
    once = migrated(files)
    assert migrated(once) == once
