"""What settings are on the broker, the middleware and the actors that a migrated project builds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.projects import migrated

LOOK = """
import json, app, dramatiq
from dramatiq.middleware import Retries, TimeLimit
from dramatiq.results import Results
broker = dramatiq.get_broker()
def only(kind):
    return next((one for one in broker.middleware if isinstance(one, kind)), None)
results = only(Results)
actor = broker.get_actor("app.ping")
print(json.dumps({
    "broker": type(broker).__name__,
    "limit": str(only(TimeLimit).time_limit),
    "retries": only(Retries).max_retries,
    "stored": results and results.store_results,
    "kept": results and results.result_ttl,
    "max_priority": getattr(broker, "max_priority", None),
    "queue": actor.queue_name,
    "options": {name: str(value) for name, value in sorted(actor.options.items())},
}))
"""
MODULE = "from celery import Celery\napp = Celery('app')\napp.config_from_object('conf')\n"
TASK = "@app.task\ndef ping(): ...\n"


def built(tmp_path: Path, settings: str, app: str = MODULE, **environment: str) -> dict[str, Any]:
    """Migrate a project, import it in a process of its own, and say what it has built."""
    for path, text in migrated({"app.py": f"{app}{TASK}", "conf.py": settings}).items():
        (tmp_path / path).write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=tmp_path, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


MEMORY = "broker_url = 'memory://'\nresult_backend = 'cache+memory://'\n"


@pytest.mark.parametrize(
    ("settings", "key", "value"),
    [
        ("", "broker", "StubBroker"),
        ("", "limit", "inf"),
        ("", "retries", 0),
        ("", "stored", True),
        ("", "kept", 86_400_000),
        ("", "queue", "default"),
        ("result_expires = 60", "kept", 60_000),
        ("from datetime import timedelta\nresult_expires = timedelta(hours=1)", "kept", 3_600_000),
        ("import os\nif 'KEEP' in os.environ:\n    result_expires = 5", "kept", 86_400_000),
        ("task_ignore_result = True", "stored", False),
        ("import os\ntask_ignore_result = 'QUIET' not in os.environ", "stored", False),
        ("task_time_limit = 9\ntask_soft_time_limit = 7", "limit", "7000"),
        ("task_time_limit = 9", "limit", "9000"),
        ("task_default_queue = 'own'", "queue", "own"),
        ("task_routes = {'app.*': {'queue': 'routed'}}", "queue", "routed"),
        ("task_annotations = {'*': {'max_retries': 3}}", "queue", "default"),
        (
            "task_annotations = {'app.ping': {'soft_time_limit': 2}}",
            "options",
            {"time_limit": "2000"},
        ),
        (
            "task_annotations = {'*': {'soft_time_limit': 3}, 'app.ping': {'soft_time_limit': 2}}",
            "options",
            {"time_limit": "3000"},
        ),
    ],
)
def test_settings_of_a_module(tmp_path: Path, settings: str, key: str, value: object) -> None:
    assert built(tmp_path, f"{MEMORY}{settings}\n")[key] == value


OLD = "BROKER_URL = 'memory://'\nCELERY_RESULT_BACKEND = 'cache+memory://'\n"


@pytest.mark.parametrize(
    ("settings", "key", "value"),
    [
        ("CELERY_TASK_RESULT_EXPIRES = 60", "kept", 60_000),
        ("CELERY_IGNORE_RESULT = True", "stored", False),
        ("CELERYD_TASK_SOFT_TIME_LIMIT = 7", "limit", "7000"),
        ("CELERY_DEFAULT_QUEUE = 'own'", "queue", "own"),
        ("CELERY_ROUTES = {'app.ping': 'routed'}", "queue", "routed"),
        ("CELERY_TASK_SOFT_TIME_LIMIT = 7", "limit", "inf"),
    ],
)
def test_settings_of_old_names(tmp_path: Path, settings: str, key: str, value: object) -> None:
    assert built(tmp_path, f"{OLD}{settings}\n")[key] == value


def test_the_environment_is_read_when_the_project_starts(tmp_path: Path) -> None:
    settings = f"import os\n{MEMORY}if 'KEEP' in os.environ:\n    result_expires = 5\n"
    assert built(tmp_path, settings, KEEP="1")["kept"] == 5000


def test_priorities_on_rabbitmq(tmp_path: Path) -> None:
    settings = "broker_url = 'amqp://localhost'\ntask_queue_max_priority = 5\n"
    found = built(tmp_path, settings)
    assert (found["broker"], found["max_priority"]) == ("RabbitmqBroker", 5)


@pytest.mark.parametrize(
    "app",
    [
        "from celery import Celery\nclass Own:\n    broker_url = 'memory://'\n"
        "    result_backend = 'cache+memory://'\n    result_expires = 3\n"
        "app = Celery('app')\napp.config_from_object(Own)\n",
        "from celery import Celery\nclass Own:\n    CELERY_BROKER_URL = 'memory://'\n"
        "    CELERY_RESULT_BACKEND = 'cache+memory://'\n    CELERY_RESULT_EXPIRES = 3\n"
        "    def __init__(self): self.CELERY_RESULT_EXPIRES = 3\nown = Own()\n"
        "app = Celery('app')\napp.config_from_object(own, namespace='CELERY')\n",
        "from celery import Celery\nOWN = {'result_expires': 3}\n"
        "app = Celery('app', broker='memory://', backend='cache+memory://')\n"
        "app.conf.update(OWN)\n",
        "from celery import Celery\napp = Celery('app', broker='memory://')\n"
        "app.conf['result_backend'] = 'cache+memory://'\napp.conf['result_expires'] = 3\n",
        "from celery import Celery\napp = Celery('app', broker='memory://', "
        "backend='cache+memory://', result_expires=3)\n",
    ],
)
def test_shapes(tmp_path: Path, app: str) -> None:
    found = built(tmp_path, "", app)
    assert (found["broker"], found["kept"]) == ("StubBroker", 3000)


PYDANTIC = """
from functools import lru_cache
from typing import Optional
from pydantic_settings import BaseSettings, SettingsConfigDict
class Common(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="own_")
    task_ignore_result: bool = False
class Settings(Common):
    scheme: str
    result_expires: int
    task_soft_time_limit: Optional[int] = None
    @property
    def broker_url(self):
        return f"{self.scheme}://"
    @property
    def result_backend(self):
        return f"cache+{self.broker_url}"
@lru_cache
def get_settings():
    return Settings()
settings = get_settings()
"""
NAMED = "from celery import Celery\napp = Celery('app')\napp.config_from_object('conf:settings')\n"
GIVEN = "from celery import Celery\nfrom conf import settings\napp = Celery('app')\n"
ONE_BY_ONE = (
    "app = Celery('app', broker=get_settings().broker_url, backend=str(settings.result_backend))\n"
    "app.conf.result_expires = settings.result_expires\n"
    "app.conf.task_soft_time_limit = settings.task_soft_time_limit\n"
)


@pytest.mark.parametrize(
    "app",
    [
        NAMED,
        f"{GIVEN}app.config_from_object(settings)\n",
        f"{GIVEN}app.config_from_object(settings, namespace='CELERY')\n",
        f"from celery import Celery\nfrom conf import get_settings, settings\n{ONE_BY_ONE}",
    ],
)
def test_pydantic_settings(tmp_path: Path, app: str) -> None:
    """Fields need no value, as they come from the environment, and properties are none."""
    variables = {"OWN_SCHEME": "memory", "OWN_RESULT_EXPIRES": "5"}
    found = built(tmp_path, PYDANTIC, app, **variables)
    assert (found["broker"], found["kept"], found["stored"]) == ("StubBroker", 5000, True)
    found = built(tmp_path, PYDANTIC, app, **variables, OWN_TASK_SOFT_TIME_LIMIT="7")
    assert found["limit"] == "7000"


@pytest.mark.parametrize(
    "statement",
    [
        "app.conf.update(settings.model_dump())",
        "app.conf.update(**settings.model_dump())",
        "app.conf.update(dict(settings))",
        "app = Celery('app', **settings.model_dump())",
    ],
)
def test_fields_that_are_dumped_cannot_be_told_one_by_one(statement: str) -> None:
    files = {"app.py": f"{GIVEN}{statement}\n{TASK}", "conf.py": PYDANTIC}
    assert migrated(files) == files


@pytest.mark.parametrize(
    ("conf", "named"),
    [
        ("from library.conf import *\n", "conf"),
        ("import library\nclass Own(library.Conf): ...\nown = Own()\n", "conf:own"),
    ],
)
def test_a_broker_that_may_be_named_outside_the_project_is_not_guessed(
    conf: str, named: str
) -> None:
    app = f"from celery import Celery\napp = Celery('app')\napp.config_from_object('{named}')\n"
    files = {"app.py": f"{app}{TASK}", "conf.py": conf}
    assert migrated(files) == files
    given = {**files, "app.py": files["app.py"].replace("'app')", "'app', broker='redis://')")}
    assert "make_broker" in migrated(given)["app.py"]
