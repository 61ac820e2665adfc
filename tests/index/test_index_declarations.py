"""Apps and tasks: what declares one, what only looks like it, and what is known of each."""

from __future__ import annotations

import pytest

from celery2dramatiq.index import MISSING, Index, Task
from tests.index.indexing import TASKS, index_of


def tasks(index: Index) -> list[str]:
    """Name the tasks, `?` where in doubt."""
    return [f"{'' if task.certain else '?'}{task.name}" for task in index.tasks]


@pytest.mark.parametrize(
    "source",
    [
        "from celery import shared_task\n@shared_task",
        "from celery import shared_task\n@shared_task()",
        "from celery import shared_task as task\n@task(bind=True)",
        "import celery\n@celery.shared_task",
        "import celery as c\n@c.shared_task()",
        "from celery import *\n@shared_task",
        "from celery.app import shared_task\n@shared_task",
        "from celery import current_app\n@current_app.task",
        "import celery\n@celery.current_app.task(name='m.t')",
        "from celery._state import current_app as app\n@app.task",
        "from celery import current_app\n@current_app._get_current_object().task",
        "from celery.app import app_or_default\napp = app_or_default()\n@app.task()",
        "from celery import task\n@task",
        "from celery import task\n@task()",
        "from celery import task\n@task.task",
        "from celery.task import task\n@task",
        "import celery.task\n@celery.task.task",
        "import celery\n@celery.task",
        "from celery.decorators import task\n@task(ignore_result=True)",
        "from celery.decorators import periodic_task\n@periodic_task(run_every=1)",
        "from celery.task import periodic_task\n@periodic_task(run_every=1)",
        "from celery.task.base import task\n@task",
        "from celery import Celery\napp = Celery()\n@app.task",
        "from celery import Celery\napp: Celery = Celery()\n@app.task()",
        "from celery import Celery as C\napp = C('x')\n@app.task",
        "from celery import Celery\napp = Celery['T']('x')\n@app.task",
        "import celery\ncelery = celery.Celery('x')\n@celery.task",
        "import celery\napp = celery.app.base.Celery('x')\n@app.task",
        "from celery import Celery\nclass App(Celery): ...\napp = App('x')\n@app.task",
        "from celery import Celery\nclass A(Celery): ...\nclass App(A): ...\n"
        "app = App('x')\n@app.task",
        "from celery import Celery\ndef make(): return Celery()\napp = make()\n@app.task",
        "from celery import Celery\ndef make(x):\n    c = Celery()\n    c.conf.update(x)\n"
        "    return c\napp = make(1)\n@app.task",
        "from celery import Celery\napp = None\ndef f():\n    global app\n    app = Celery()\n"
        "f()\n@app.task",
        "from celery import Celery\napp = Celery() if x else Celery()\n@app.task",
        "from celery import Celery\n(app := Celery())\n@app.task",
        "from celery import Celery\napp, other = Celery(), 1\n@app.task",
        "from celery import Celery\nclass Config:\n    app = Celery()\n@Config.app.task",
        "from celery import Celery\ndeclare = Celery().task\n@declare",
        "from celery import Celery\napp = Celery()\ndeclare = app.task\n@declare(bind=True)",
        "from company.celery import app\n@app.task",
        "from company.celery_app import celery\n@celery.task(bind=True)",
        "from company import celery_app\n@celery_app.task",
        "try:\n    from celery import shared_task\nexcept ImportError:\n"
        "    def shared_task(f): return f\n@shared_task",
    ],
)
def test_a_task(source: str) -> None:
    certain = "if x" not in source
    index = index_of({"m.py": f"{source}\ndef t(): ...\n"})
    assert tasks(index) == ["m.t" if certain else "?m.t"]


@pytest.mark.parametrize(
    "source",
    [
        "from celery import shared_task\nif x:\n    shared_task = print\n@shared_task",
        "from celery import Celery\napp = Celery()\nif x:\n    app = other\n@app.task",
        "import celery\nfrom company.work import app\n@app.task",
    ],
)
def test_perhaps_a_task(source: str) -> None:
    assert tasks(index_of({"m.py": f"{source}\ndef t(): ...\n"})) == ["?m.t"]


@pytest.mark.parametrize(
    "source",
    [
        "from invoke import task\n@task",
        "from locust import task\n@task(3)",
        "from prefect import task\n@task",
        "from procrastinate import app\n@app.task",
        "# celery\nfrom luigi import app\n@app.job",
        "def task(f): return f\n@task",
        "@task",
        "celery = Huey()\n@celery.task",
        "from celery import Celery\ndef f(app): return app\n@app.task",
        "from celery import Celery\napp = Celery()\ndef f(app):\n"
        "    @app.task\n    def g(): ...\n@f",
        "from celery import signals\n@signals.task_prerun.connect",
        "from celery import Celery\napp = Celery()\n@app.on_after_configure.connect",
        "from celery import Celery\nclass Celery: ...\napp = Celery()\n@app.task",
        "from celery import shared_task\n@wraps(shared_task)",
        "from celery.app import Celery\n@Celery.task",
    ],
)
def test_no_task(source: str) -> None:
    assert tasks(index_of({"m.py": f"{source}\ndef t(): ...\n"})) == []


def test_all_that_is_known_of_a_task() -> None:
    source = """\
        from celery import Celery
        app = Celery()
        OPTIONS = {"max_retries": 3}

        @first
        @second(1)
        @app.task(name="x", queue=QUEUE, **OPTIONS, **more)
        @third
        async def work(a, /, b: int, c="1", *args: str, d, e=2, **kwargs: object):
            \"\"\"Doc.\"\"\"
            return a
        """
    index = index_of({"pkg/__init__.py": "", "pkg/m.py": source})
    (task,) = index.tasks
    assert (task.id, task.name, task.function, task.qualname) == (
        "pkg/m.py::work",
        "x",
        "work",
        "work",
    )
    assert (task.path, task.module) == ("pkg/m.py", "pkg.m")
    assert (task.decorator.line, task.decorator.column) == (7, 2)
    assert (task.place.line, task.body.line, task.body.column) == (9, 10, 5)
    assert task.declared_by == "app.task"
    assert task.above == ("first", "second(1)")
    assert task.below == ("third",)
    assert (task.called, task.is_async, task.bound, task.nested) == (True, True, False, "")
    assert task.app == index.apps[0].id
    assert [(o.keyword, o.star, o.code, o.literal, o.spread) for o in task.options] == [
        ("name", "", '"x"', "x", False),
        ("queue", "", "QUEUE", MISSING, False),
        ("max_retries", "", "3", 3, True),
        (None, "**", "more", MISSING, False),
    ]
    assert task.option("queue") is task.options[1]
    assert task.option("bind") is None
    assert [(p.name, p.kind, p.default, p.annotation, p.place.line) for p in task.parameters] == [
        ("a", "positional", False, "", 9),
        ("b", "plain", False, "int", 9),
        ("c", "plain", True, "", 9),
        ("args", "*", False, "str", 9),
        ("d", "keyword", False, "", 9),
        ("e", "keyword", True, "", 9),
        ("kwargs", "**", False, "object", 9),
    ]


def test_tasks_inside_functions_and_classes() -> None:
    source = """\
        from celery import shared_task
        class A:
            @shared_task
            def one(): ...
            class B:
                @staticmethod
                @shared_task
                def two(): ...
        def f():
            @shared_task
            def three(): ...
            if True:
                @shared_task
                def four(): ...
        """
    index = index_of({"m.py": source})
    assert [(task.id, task.nested, task.name) for task in index.tasks] == [
        ("m.py::A.one", "class", "m.one"),
        ("m.py::A.B.two", "class", "m.two"),
        ("m.py::f.<locals>.three", "function", "m.three"),
        ("m.py::f.<locals>.four", "function", "m.four"),
    ]


def test_a_task_whose_name_means_something_else_too() -> None:
    source = """\
        from celery import shared_task
        if x:
            @shared_task
            def a(): ...
        else:
            @shared_task
            def a(): ...
        @shared_task
        def b(): ...
        from x import b
        @shared_task
        def c(): ...
        c = wrap(c)
        @shared_task
        def d(): ...
        def d(): ...
        try:
            @shared_task
            def e(): ...
        except ImportError:
            e = None
        f = None
        @shared_task
        def f(): ...
        """
    index = index_of({"m.py": source})
    assert tasks(index) == ["?m.a", "?m.a", "?m.b", "?m.c", "?m.d", "m.e", "m.f"]
    assert [task.id for task in index.tasks][:2] == ["m.py::a", "m.py::a#2"]
    assert index.task("m.py::a#2").place.line == 7
    with pytest.raises(KeyError):
        index.task("m.py::z")


@pytest.mark.parametrize(
    ("decorator", "name"),
    [
        ("", "pkg.m.t"),
        ("()", "pkg.m.t"),
        ("(name='x')", "x"),
        ("(name=NAME)", "y"),
        ("(name=f'{x}')", None),
        ("(**more)", None),
        ("(**{'name': 'z'})", "z"),
        ("(**{'bind': True})", "pkg.m.t"),
        ("(name='x', **more)", "x"),
    ],
)
def test_name_of_a_task(decorator: str, name: str | None) -> None:
    source = f"from celery import shared_task\nNAME = 'y'\n@shared_task{decorator}\ndef t(): ...\n"
    (task,) = index_of({"pkg/__init__.py": "", "pkg/m.py": source}).tasks
    assert task.name == name


def test_a_task_of_an_app_that_is_a_parameter() -> None:
    source = """\
        from celery import Celery
        class App(Celery): ...
        def f(one: Celery, two: App, three: "Celery", four, five: int):
            @one.task
            def a(): ...
            @two.task
            def b(): ...
            @three.task
            def c(): ...
            @four.task
            def d(): ...
            @five.task
            def e(): ...
        """
    index = index_of({"m.py": source})
    assert tasks(index) == ["m.a", "m.b", "m.c"]
    assert [task.app for task in index.tasks] == [None, None, None]


def test_a_second_task_decorator_is_a_use_of_its_app() -> None:
    source = """\
        from celery import Celery
        one = Celery()
        two = Celery()
        @one.task
        @two.task
        def t(): ...
        """
    index = index_of({"m.py": source})
    assert [task.app for task in index.tasks] == [index.apps[0].id]
    (use,) = [use for use in index.uses if use.steps]
    assert (use.target.name, use.role.kind) == (index.apps[1].id, "decorator")


# -- apps


@pytest.mark.parametrize(
    ("source", "variable", "scope", "kind"),
    [
        ("app = Celery('x')", "app", "", "Celery"),
        ("app: Celery = Celery('x')", "app", "", "Celery"),
        ("app = other = Celery('x')", "", "", "Celery"),
        ("self.app = Celery('x')", "", "", "Celery"),
        ("self.app: Celery = Celery('x')", "", "", "Celery"),
        ("app = make(Celery('x'))", "", "", "Celery"),
        ("def f():\n    app = Celery('x')", "app", "f", "Celery"),
        ("class A:\n    def f(self):\n        return Celery('x')", "", "A.f", "Celery"),
        ("class A(Celery): ...\napp = A('x')", "app", "", "subclass"),
        ("app = Celery[int]('x')", "app", "", "Celery"),
        ("f = lambda: Celery('x')", "", "<lambda>", "Celery"),
        ("f = [Celery('x') for _ in y]", "", "", "Celery"),
    ],
)
def test_an_app(source: str, variable: str, scope: str, kind: str) -> None:
    (app,) = index_of(
        {"p/__init__.py": "", "p/m.py": f"from celery import Celery\n{source}\n"}
    ).apps
    assert (app.variable, app.scope, app.kind) == (variable, scope, kind)
    assert (app.path, app.module, app.certain) == ("p/m.py", "p.m", True)
    assert [arg.literal for arg in app.args] == ["x"]
    assert app.id == f"p/m.py::{app.place.start}"


def test_apps_are_followed_from_module_to_module() -> None:
    index = index_of(
        {
            "w.py": """\
                from celery import Celery
                class Mine(Celery): ...
                class Sub(Mine): ...
                app = Sub("x")
                def make(): return Celery("z")
                made = make()
                def make2():
                    c = Mine("q")
                    return c
                made2 = make2()
                """,
            "v.py": """\
                from w import app, made, made2, make, Mine
                @app.task
                def t1(): ...
                @made.task
                def t2(): ...
                @made2.task
                def t3(): ...
                x = make()
                @x.task
                def t4(): ...
                y = Mine()
                @y.task
                def t5(): ...
                """,
            "u.py": """\
                from w import make, Sub as S
                z = make()
                @z.task
                def t6(): ...
                q = S()
                @q.task
                def t7(): ...
                """,
            "t.py": """\
                import u
                @u.z.task
                def t8(): ...
                class Again(u.S): ...
                @Again().task
                def t9(): ...
                """,
            "s.py": "from t import Again\nr = Again()\n@r.task\ndef t10(): ...\n",
        }
    )
    assert sorted(tasks(index)) == sorted(
        [f"v.t{n}" for n in range(1, 6)] + ["u.t6", "u.t7", "t.t8", "t.t9", "s.t10"]
    )
    assert [app.kind for app in index.apps] == ["subclass"] * 3 + ["subclass"] * 1 + [
        "subclass",
        "Celery",
        "subclass",
    ]


def test_an_app_from_outside() -> None:
    index = index_of(
        {
            "a.py": "from common.celery import app\n@app.task\ndef t(): ...\n",
            "b.py": "from common.celery import app as x\n@x.task\ndef u(): ...\nx.send_task('y')\n",
        }
    )
    (app,) = index.apps
    assert (app.id, app.variable, app.kind, app.module) == (
        "outside::common.celery.app",
        "common.celery.app",
        "external",
        "",
    )
    assert {task.app for task in index.tasks} == {app.id}
    assert [(use.target.kind, use.shape) for use in index.uses] == [("app", ".send_task()")]


def test_two_apps() -> None:
    index = index_of({"tasks.py": TASKS, "other.py": TASKS})
    assert [app.path for app in index.apps] == ["other.py", "tasks.py"]
    assert [(task.name, task.app) for task in index.tasks] == [
        (f"{app.module}.{name}", app.id) for app in index.apps for name in ("add", "mul")
    ]


def test_an_app_that_may_be_something_else() -> None:
    source = "from celery import Celery\nif x:\n    from y import Celery\napp = Celery()\n"
    (app,) = index_of({"m.py": source}).apps
    assert not app.certain


def test_declarations_in_tests_are_marked() -> None:
    index = index_of({"tests/m.py": TASKS})
    assert [task.test for task in index.tasks] == [True, True]
    assert [app.test for app in index.apps] == [True]


def is_bound(options: str) -> bool:
    """Tell whether a task of these options is bound."""
    source = f"from celery import shared_task\nB = True\n@shared_task({options})\ndef t(s): ...\n"
    task: Task = index_of({"m.py": source}).tasks[0]
    return task.bound


def test_bound() -> None:
    assert is_bound("bind=True")
    assert is_bound("bind=B")
    assert is_bound("**{'bind': True}")
    assert not is_bound("bind=False")
    assert not is_bound("bind=x")
    assert not is_bound("")
