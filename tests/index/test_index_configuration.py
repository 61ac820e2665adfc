"""Which settings Celery reads, compared with what Celery itself reads."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest
from celery import Celery  # type: ignore[import-untyped]
from celery.app import defaults  # type: ignore[import-untyped]
from celery.exceptions import ImproperlyConfigured  # type: ignore[import-untyped]

from celery2dramatiq.index import MISSING, Configuration, Setting
from celery2dramatiq.index.configuration import NO_NAMESPACE, OVERRIDDEN, UNKNOWN_NAME
from celery2dramatiq.index.setting_names import NEW_OF, OLD_OF
from tests.index.indexing import index_of

APP = 'from celery import Celery\napp = Celery("p")\n'


def configuration(app: str = APP, **files: str) -> Configuration:
    """Return the configuration of the one app of a project; `__` in a name stands for a slash."""
    paths = {f"{name.replace('__', '/')}.py": text for name, text in files.items()}
    index = index_of({"main.py": app, **paths})
    (found,) = index.configurations.values()
    return found


def values(found: Configuration, environment: str | None = None) -> dict[str, Any]:
    """Return the literals in force, by name."""
    names = {one.name for one in found.settings if not one.inert}
    return {
        name: [one.value.literal for one in found.of(name, environment)]
        for name in sorted(names)
        if found.of(name, environment)
    }


def inert(found: Configuration) -> dict[str, str]:
    """Return why the settings that Celery does not read are not read, by key."""
    return {one.key: one.inert for one in found.inert}


def test_the_names_are_celerys() -> None:
    assert OLD_OF == defaults._TO_OLD_KEY
    assert NEW_OF == defaults._TO_NEW_KEY


# -- the same as Celery

SOURCES = [
    ({"broker_url": "redis://a", "task_default_queue": "q", "typo": 1}, ""),
    ({"BROKER_URL": "redis://a", "CELERY_DEFAULT_QUEUE": "q", "CELERYBEAT_SCHEDULE": {"a": 1}}, ""),
    ({"CELERY_BROKER_URL": "redis://a", "CELERY_TASK_DEFAULT_QUEUE": "q"}, ""),
    ({"CELERY_BROKER_URL": "redis://a", "CELERY_TASK_DEFAULT_QUEUE": "q"}, "CELERY"),
    ({"CELERY_BROKER_URL": "redis://a", "CELERY_TASK_DEFAULT_QUEUE": "q"}, "CELERY_"),
    ({"CELERY_BROKER_URL": "redis://a", "celery_task_default_queue": "q"}, "celery"),
    ({"BROKER_URL": "redis://a", "CELERY_TASK_RESULT_EXPIRES": 5}, "CELERY"),
    ({"broker_url": "redis://a", "CELERY_BROKER_URL": "redis://b"}, "CELERY"),
    ({"broker_url": "redis://a", "BROKER_URL": "redis://b"}, "CELERY"),
    ({"APP_TASK_TIME_LIMIT": 5, "CELERY_TASK_TIME_LIMIT": 6, "TASK_TIME_LIMIT": 7}, "APP"),
    ({"celery_broker_url": "redis://a"}, "CELERY"),
    ({"TASK_DEFAULT_QUEUE": "q", "RESULT_EXPIRES": 5, "ENABLE_UTC": False}, ""),
    ({"broker_url": "redis://a", "CELERY_DEFAULT_QUEUE": "q"}, ""),
    ({"BROKER_URL": "redis://a", "CELERY_DEFAULT_QUEUE": "q", "task_ignore_result": True}, ""),
    ({"broker_url": "a://", "task_default_queue": "x", "CELERY_DEFAULT_QUEUE": "q"}, ""),
    ({"broker_url": "a://", "task_ignore_result": True, "CELERY_DEFAULT_QUEUE": "q"}, ""),
]  # fmt: skip


@pytest.fixture
def module() -> Iterator[ModuleType]:
    """A module of settings that can be imported."""
    made = sys.modules["settings_of_the_test"] = ModuleType("settings_of_the_test")
    yield made
    del sys.modules["settings_of_the_test"]


@pytest.mark.parametrize(("source", "namespace"), SOURCES)
def test_what_a_module_gives(
    source: Mapping[str, object], namespace: str, module: ModuleType
) -> None:
    vars(module).update(source)
    app = Celery("p", set_as_current=False)
    app.config_from_object("settings_of_the_test", namespace=namespace or None)
    text = "".join(f"{key} = {value!r}\n" for key, value in source.items())
    found = configuration(
        f'{APP}app.config_from_object("settings", namespace={namespace or None!r})\n',
        settings=text,
    )
    _assert_same(found, app)


def _assert_same(found: Configuration, app: Celery) -> None:
    try:
        given = {name: app.conf[name] for name in defaults.DEFAULTS if app.conf.value_set_for(name)}
    except ImproperlyConfigured as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert found.error
        assert all(f"{part} " in said for part in _renamed(found.error))
        return
    assert not found.error
    assert {name: value for name, (value,) in values(found).items()} == given


def _renamed(error: str) -> list[str]:
    return [pair.split(" -> ")[0] for pair in error.partition(": ")[2].split(", ")]


STATEMENTS = [
    'app = Celery("p", broker="redis://a", backend="redis://b", task_ignore_result=True)',
    'app = Celery("p", changes={"task_default_queue": "q", "nonsense": 1})',
    'app = Celery("p", broker="redis://a")\napp.conf.CELERY_DEFAULT_QUEUE = "q"',
    'app = Celery("p", None, "redis://b")\napp.conf.update(broker_url="redis://a")',
    'app = Celery("p")\napp.conf.update({"broker_url": "redis://a"}, task_default_queue="q")',
    'app = Celery("p")\napp.conf["broker_url"] = "redis://a"\napp.conf["broker_url"] = "redis://b"',
    'app = Celery("p", broker="redis://a")\napp.conf.broker_url = "redis://b"',
    'app = Celery("p")\napp.conf.update(broker_url="redis://a", CELERY_DEFAULT_QUEUE="q")',
    'app = Celery("p")\napp.conf.update(CELERY_BROKER_URL="redis://a")',
    'app = Celery("p", namespace="CELERY")\napp.conf.update(CELERY_BROKER_URL="redis://a")',
    'app = Celery("p")\nOWN = {"broker_url": "redis://a"}\napp.config_from_object(OWN)',
    'app = Celery("p")\napp.add_defaults({"broker_url": "redis://a"})\n'
    'app.config_from_object({"broker_url": "redis://b", "task_default_queue": "q"})',
    'app = Celery("p", broker="redis://a")\napp.config_from_object({"broker_url": "redis://b"})',
    'app = Celery("p")\napp.config_from_object({"task_default_queue": "a"})\n'
    'app.config_from_object({"broker_url": "redis://b"})',
    'app = Celery("p")\nclass Own:\n    broker_url = "redis://a"\napp.config_from_object(Own)',
    'app = Celery("p")\nclass Own:\n    broker_url = "redis://a"\n'
    'class Ours(Own):\n    task_default_queue = "q"\napp.config_from_object(Ours)',
    'app = Celery("p", config_source={"broker_url": "redis://a"})',
    'app = Celery("p")\nmore = dict(broker_url="redis://a")\napp.conf.update(**more)',
]


@pytest.mark.parametrize("text", STATEMENTS)
def test_what_statements_give(text: str) -> None:
    names: dict[str, Any] = {}
    exec(f"from celery import Celery\n{text}", names)
    found = configuration(f"from celery import Celery\n{text}\n")
    _assert_same(found, names["app"])


def test_an_environment_variable_is_not_a_literal() -> None:
    found = configuration(f"import os\n{APP}app.conf.broker_url = os.environ['URL']\n")
    assert values(found) == {"broker_url": [MISSING]}


# -- why settings are not read


def test_what_celery_does_not_read_is_inert() -> None:
    found = configuration(
        f'{APP}app.config_from_object("settings")\napp.conf.task_default_queue = "mine"\n',
        settings='CELERY_BEAT_SCHEDULE = {}\nCELERY_TYPO = 1\nOTHER = 1\n'
        'taks_routes = {}\nmy_own = 1\n'
        'task_default_queue = "q"\n',
    )  # fmt: skip
    assert inert(found) == {
        "CELERY_BEAT_SCHEDULE": NO_NAMESPACE,
        "CELERY_TYPO": UNKNOWN_NAME,
        "taks_routes": f"{UNKNOWN_NAME}; `task_routes` is one",
        "task_default_queue": OVERRIDDEN,
    }


def test_a_name_that_may_be_meant_is_told() -> None:
    found = configuration(
        f'{APP}app.config_from_object("settings", namespace="APP")\n',
        settings="APP_TASK_ROUTE = 1\n",
    )
    assert inert(found) == {"APP_TASK_ROUTE": f"{UNKNOWN_NAME}; `APP_TASK_ROUTES` is one"}


# -- Django

DJANGO = f"""import os
{APP}os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.dev")
app.config_from_object("django.conf:settings", namespace="CELERY")
"""


def test_settings_modules_are_environments() -> None:
    found = configuration(
        DJANGO,
        shop__settings__base='CELERY_BROKER_URL = "redis://a"\nCELERY_TASK_TIME_LIMIT = 5\n',
        shop__settings__dev="from .base import *\nDEBUG = True\n",
        shop__settings__prod="from .base import *\nCELERY_TASK_TIME_LIMIT = 9\n"
        "CELERY_RESULT_EXPIRES = 7\n",
        shop__other="CELERY_BROKER_URL = 1\n",
    )
    assert found.environments == ("shop.settings.dev", "shop.settings.prod")
    assert values(found, "shop.settings.dev") == {
        "broker_url": ["redis://a"],
        "task_time_limit": [5],
    }
    assert values(found, "shop.settings.prod") == {
        "broker_url": ["redis://a"],
        "result_expires": [7],
        "task_time_limit": [9],
    }
    args = found.args()
    assert (args["task_time_limit"].literal, args["task_time_limit"].optional) == (MISSING, False)
    assert args["result_expires"].optional
    assert not args["broker_url"].several
    (broker,) = found.of("broker_url")
    assert broker.reading is not None
    assert (broker.reading.owner, broker.reading.module) == ("settings", "django.conf")
    assert (broker.reading.key, broker.value.place.path) == (
        "CELERY_BROKER_URL",
        "shop/settings/base.py",
    )


def test_settings_modules_by_their_apps_where_none_is_named() -> None:
    app = f"{APP}from django.conf import settings\napp.config_from_object(settings)\n"
    found = configuration(
        app,
        shop__base='INSTALLED_APPS = []\nBROKER_URL = "redis://a"\nbroker_read_url = 1\n',
        shop__prod="from .base import *\nfrom elsewhere import *\n",
    )
    assert found.environments == ("base", "prod")
    assert values(found) == {"broker_url": ["redis://a"]}
    assert found.source is not None
    assert [place.path for place in found.source.open] == ["shop/prod.py"]


def test_what_leads_back_to_itself() -> None:
    app = f"{APP}TABLE = {{**TABLE}}\nclass A(B): x = 1\nclass B(A): broker_url = 1\n"
    assert values(configuration(f"{app}app.config_from_object(TABLE)\n")) == {}
    assert values(configuration(f"{app}app.config_from_object(A)\n")) == {"broker_url": [1]}
    stars = {"a": "from b import *\n", "b": "from a import *\nbroker_url = 1\n"}
    assert values(configuration(f'{APP}app.config_from_object("a")\n', **stars)) == {
        "broker_url": [1]
    }


def test_branches() -> None:
    found = configuration(
        DJANGO,
        shop__settings__dev="if DEBUG:\n    CELERY_TASK_TIME_LIMIT = 1\nelse:\n"
        "    CELERY_TASK_TIME_LIMIT = 2\n"
        "if DEBUG:\n    CELERY_RESULT_EXPIRES = 1\n"
        'try:\n    from .local import *\nexcept ImportError:\n    pass\n'
        "with x:\n    CELERY_TASK_DEFAULT_QUEUE = 'q'\n"
        "for x in y:\n    CELERY_TASK_ALWAYS_EAGER = True\n"
        "CELERY_TASK_ROUTES = {}\nCELERY_TASK_ROUTES['a'] = 'b'\n"
        "CELERY_IMPORTS = ('a',)\nCELERY_IMPORTS += ('b',)\n"
        "CELERY_BEAT_SCHEDULE: dict = {}\nCELERY_TIMEZONE: str\nCELERY_BEAT_SCHEDULE.update(x=1)\n"
        "from .common import CELERY_BROKER_URL, A as CELERY_TASK_PROTOCOL\n",
        shop__settings__common="CELERY_BROKER_URL = 'a'\nA = 2\nCELERY_WORKER_POOL = 'solo'\n",
    )  # fmt: skip
    args = found.args()
    assert {name: (arg.literal, arg.optional) for name, arg in args.items()} == {
        "task_time_limit": (MISSING, False),
        "result_expires": (MISSING, True),
        "task_default_queue": ("q", False),
        "task_always_eager": (MISSING, True),
        "task_routes": (MISSING, False),
        "imports": (MISSING, False),
        "beat_schedule": (MISSING, False),
        "broker_url": ("a", False),
        "task_protocol": (2, False),
    }
    assert found.source is not None
    assert len(found.source.open) == 1


# -- what holds the settings


def one(found: Configuration, name: str = "broker_url") -> Setting:
    """Return the one place of a setting."""
    (setting,) = found.of(name)
    return setting


def read(setting: Setting) -> tuple[str, str, bool, str, str] | None:
    """Return how a setting is read."""
    by = setting.reading
    return (by.owner, by.key, by.item, by.module, by.name) if by is not None else None


@pytest.mark.parametrize(
    ("given", "kind", "reading"),
    [
        ('"conf"', "module", ("conf", "broker_url", False, "conf", "")),
        ('"pkg.conf"', "module", ("conf", "broker_url", False, "pkg", "conf")),
        ("conf", "module", ("conf", "broker_url", False, "", "")),
        ("Own", "class", ("Own", "broker_url", False, "", "")),
        ("Own()", "object", ("Own()", "broker_url", False, "", "")),
        ("own", "object", ("own", "broker_url", False, "", "")),
        ("made()", "object", ("made()", "broker_url", False, "", "")),
        ('"conf:Own"', "class", ("Own", "broker_url", False, "conf", "Own")),
        ('"conf.Own"', "class", ("Own", "broker_url", False, "conf", "Own")),
        ('"conf.own"', "object", ("own", "broker_url", False, "conf", "own")),
        ("TABLE", "dictionary", ("TABLE", "broker_url", True, "", "")),
        ("conf.TABLE", "dictionary", ("conf.TABLE", "broker_url", True, "", "")),
        ('{"broker_url": 1}', "dictionary", None),
        ("__name__", "module", None),
    ],
)
def test_what_may_hold_settings(
    given: str, kind: str, reading: tuple[str, str, bool, str, str] | None
) -> None:
    text = (
        "class Own:\n    broker_url: str = 'a'\nown = Own()\nTABLE = {'broker_url': 1}\n"
        "def made():\n    return own\nbroker_url = 1\n"
    )
    imports = "import conf\nfrom conf import Own, own, TABLE, made\n"
    app = f"{'' if given.startswith(chr(34)) else imports}{APP}broker_url = 2\n"
    found = configuration(
        f"{app}app.config_from_object({given})\n", conf=text, pkg__conf=text, pkg__x=""
    )
    assert found.source is not None
    assert (found.source.kind, read(one(found))) == (kind, reading)
    if kind == "object":
        assert one(found).value.literal is MISSING


@pytest.mark.parametrize(
    "given", ["x", "5", '"nowhere"', '"conf.Nothing"', "f(x)", "*x", "os.environ", "", "loop"]
)
def test_what_cannot_be_told(given: str) -> None:
    app = f"import os\n{APP}loop = loop\napp.config_from_object({given})\n"
    found = configuration(app, conf="x = 1\nx = 2\n")
    assert found.source is not None
    assert found.source.kind == "unknown"
    assert not found.settings


FLASK = "from flask import Flask\nflask = Flask('x')\n"


def test_get_of_flasks_configuration() -> None:
    text = 'flask.config["CELERY"] = dict({"broker_url": "redis://a"})\n'
    found = configuration(f'{FLASK}{text}{APP}app.config_from_object(flask.config.get("CELERY"))\n')
    assert values(found) == {"broker_url": ["redis://a"]}


def test_several_items_of_flasks_configuration() -> None:
    text = 'flask.config["CELERY"] = {}\nflask.config["CELERY"] = {"broker_url": "redis://a"}\n'
    found = configuration(f'{FLASK}{text}{APP}app.config_from_object(flask.config["CELERY"])\n')
    assert found.source is not None
    assert found.source.kind == "unknown"


def test_dictionaries_that_are_changed_or_have_other_keys() -> None:
    changed = "TABLE = {'broker_url': 'a'}\nTABLE.update(x=1)\n"
    found = configuration(f"{changed}{APP}app.config_from_object(TABLE)\n")
    assert len(found.unknown) == 1
    found = configuration(f"{APP}app.config_from_object({{key: 'a', 'broker_url': 'b'}})\n")
    assert (values(found), len(found.unknown)) == ({"broker_url": ["b"]}, 1)


@pytest.mark.parametrize(
    "text",
    [
        'flask.config["CELERY"] = {"broker_url": "redis://a"}\n',
        'flask.config.from_mapping(CELERY=dict(broker_url="redis://a"))\n',
        'flask.config.update({"CELERY": {"broker_url": "redis://a"}})\n',
        'class Config:\n    CELERY = {"broker_url": "redis://a"}\nflask.config.from_object(Config)\n',
    ],
)
def test_an_item_of_flasks_configuration(text: str) -> None:
    call = 'app.config_from_object(flask.config["CELERY"])\n'
    found = configuration(f"{FLASK}{text}{APP}{call}")
    assert values(found) == {"broker_url": ["redis://a"]}
    assert read(one(found)) == ('flask.config["CELERY"]', "broker_url", True, "", "")


def test_all_of_flasks_configuration() -> None:
    found = configuration(
        f"{FLASK}"
        'flask.config["CELERY_RESULT_BACKEND"] = "redis://a"\n'
        'flask.config["CELERY_BROKER_URL"] = "redis://b"\n'
        'flask.config["SECRET_KEY"] = "x"\n'
        f"{APP}app.conf.update(flask.config)\n"
    )
    assert values(found) == {"result_backend": ["redis://a"]}
    assert inert(found) == {"CELERY_BROKER_URL": NO_NAMESPACE}
    assert read(one(found, "result_backend")) == (
        "flask.config", "CELERY_RESULT_BACKEND", True, "", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "between", "given", "movable"),
    [
        ("", "", "5", True),
        ("import os", "", "os.environ.get('X')", True),
        ("", "import os", "os.environ.get('X')", False),
        ("import os", "load()", "os.environ.get('X')", False),
        ("import os", "os.environ['Y'] = 'x'", "os.environ['X']", False),
        ("import os", "y = os.getenv('Y')\ndef f(): load()", "os.environ['X']", True),
        ("x = 1", "app.conf.timezone = 'UTC'\napp.conf.update(enable_utc=True)", "x", True),
        ("x = 1", "cache.update(a=1)", "x", False),
        ("x = 1", "load()", "5", True),
        ("", "x = 1", "x", False),
        ("", "", "[y for y in ()]", False),
        ("", "", "int(5)", True),
    ],
)
def test_what_means_the_same_where_the_app_is_made(
    before: str, between: str, given: str, movable: bool
) -> None:
    text = f"{before}\n{APP}{between}\napp.conf.result_expires = {given}\n"
    assert configuration(text).args()["result_expires"].movable is movable


def test_what_is_there_too_late_to_be_read() -> None:
    found = configuration(
        f"{APP}class Own:\n    broker_url = 'redis://a'\napp.config_from_object(Own)\n"
    )
    assert read(one(found)) is None
    assert one(found).value.movable


@pytest.mark.parametrize(
    ("statement", "unknown"),
    [
        ("app.conf.update(broker_url=1)", 0),
        ("app.conf.update(given())", 1),
        ("app.conf.update(**given())", 1),
        ("app.conf.update({**given()})", 1),
        ("app.add_defaults(given)", 1),
        ("app.config_from_object(given())", 1),
        ("app.config_from_object({'a': 1, **given()})", 1),
        ("app.config_from_object('conf')", 0),
        ("app.config_from_object('django.conf:settings')", 0),
    ],
)
def test_statements_that_hide_settings(statement: str, unknown: int) -> None:
    found = configuration(f"{APP}{statement}\n", conf="from elsewhere import *\n")
    assert len(found.unknown) == unknown


@pytest.mark.parametrize(
    ("before", "given", "reading"),
    [
        ("import conf", '"conf"', ("conf", "broker_url", False, "", "")),
        ("from pkg import conf", '"pkg.conf"', ("conf", "broker_url", False, "", "")),
        ("conf = 5", '"conf"', None),
        ("from conf import Own", '"conf.Own"', ("Own", "broker_url", False, "", "")),
    ],
)
def test_names_that_are_there_already(
    before: str, given: str, reading: tuple[str, str, bool, str, str] | None
) -> None:
    text = "class Own:\n    broker_url = 1\nbroker_url = 1\n"
    app = f"{before}\n{APP}app.config_from_object({given})\n"
    assert read(one(configuration(app, conf=text, pkg__conf=text, pkg__x=""))) == reading


OBJECTS = """
import abc, lib
from typing import Generic, TypeVar
T = TypeVar("T")
class Base(Generic[T], abc.ABC):
    result_backend: str
class Own(Base[int]):
    result_expires = 3
    task_time_limit: int
    def __init__(self):
        self.broker_url = "redis://"
        self.other.timezone = "UTC"
        if lib.eager():
            self.task_always_eager = True
    def quietly(self):
        self.task_ignore_result = True
    @property
    def enable_utc(self):
        return False
class Bare:
    task_time_limit: int
class Foreign(lib.made("Foreign"), lib.Other, Bare):
    timezone = "UTC"
own, bare, foreign = Own(), Bare(), Foreign()
"""


def held(given: str) -> Configuration:
    app = f"from celery import Celery\nimport conf\napp = Celery('x')\n{given}\n"
    return configuration(app, conf=OBJECTS)


def test_what_an_object_holds() -> None:
    found = held("app.config_from_object('conf:Own')")
    assert {one.name for one in found.settings} == {"result_expires"}
    found = held("app.config_from_object(conf.Own())")
    assert {one.name: one.always for one in found.settings} == {
        "broker_url": True,
        "enable_utc": True,
        "result_backend": True,
        "result_expires": True,
        "task_always_eager": False,
        "task_ignore_result": False,
        "task_time_limit": True,
    }
    assert all(one.value.literal is MISSING for one in found.settings)
    assert found.source is not None
    assert found.source.open == ()


def test_a_field_that_nobody_fills_is_none() -> None:
    assert held("app.config_from_object(conf.Bare())").settings == ()


def test_bases_from_outside_may_hold_more() -> None:
    found = held("app.config_from_object(conf.Foreign())")
    assert [one.name for one in found.settings] == ["timezone"]
    assert found.source is not None
    assert len(found.source.open) == 2


def test_other_things_that_stand_in_settings() -> None:
    app = f"from settings import Config\n{APP}app.config_from_object(Config)\n"
    text = "from celery import Task\n\n\nclass Config(Task):\n    broker_url = 'redis://'\n"
    found = configuration(app, settings=f"{text}    Task.x, y = 1, 2\n    Task.z = 3\n")
    assert values(found) == {"broker_url": ["redis://"]}


@pytest.mark.parametrize(
    "made",
    [
        "from celery import Task as x",
        "x = 1",
        "def x():\n    if app: return {}\n    return {'broker_url': 'redis://'}",
    ],
)
def test_what_something_makes_is_unknown(made: str) -> None:
    found = configuration(f"{APP}{made}\napp.config_from_object(x())\n")
    assert found.source is not None
    assert found.source.kind == "unknown"
