"""Modules: by what names they are imported, from which roots, and what they pass on."""

from __future__ import annotations

import pytest

from celery2dramatiq.index import Index
from tests.index.indexing import TASKS, index_of, said

ONE = "from celery import shared_task\n@shared_task\ndef add(): ...\n"
SEND = "add.delay()\n"


def sends(index: Index, path: str) -> list[str]:
    """Say which tasks a file sends, by the path where they are declared."""
    return [
        f"{'' if use.certain else '?'}{use.target.name.partition('::')[0]}"
        for use in index.uses
        if use.place.path == path and use.target.kind == "task" and use.shape == ".delay()"
    ]


@pytest.mark.parametrize(
    ("tasks", "path", "source"),
    [
        # packages
        ("p/tasks.py", "p/a.py", "from .tasks import add"),
        ("p/tasks.py", "p/a.py", "from . import tasks\nadd = tasks.add"),
        ("p/tasks.py", "p/a.py", "from p.tasks import add"),
        ("p/tasks.py", "p/a.py", "from p import tasks as t\nadd = t.add"),
        ("p/tasks.py", "p/a.py", "import p.tasks\nadd = p.tasks.add"),
        ("p/tasks.py", "p/a.py", "import p.tasks as t\nadd = t.add"),
        ("p/tasks.py", "p/q/a.py", "from ..tasks import add"),
        ("p/tasks.py", "p/q/a.py", "from .. import tasks\nadd = tasks.add"),
        ("p/tasks.py", "p/q/a.py", "from ... import p\nadd = p.tasks.add"),
        ("p/tasks.py", "p/q/__init__.py", "from ..tasks import add"),
        ("p/tasks.py", "p/__init__.py", "from .tasks import add"),
        ("p/tasks.py", "p/__init__.py", "from . import tasks\nadd = tasks.add"),
        ("p/tasks/__init__.py", "p/a.py", "from .tasks import add"),
        ("p/tasks/__init__.py", "p/a.py", "from p.tasks import add"),
        ("p/__init__.py", "p/a.py", "from . import add"),
        ("p/__init__.py", "p/q/a.py", "from .. import add"),
        ("p/__init__.py", "p/q/a.py", "from .. import *"),
        ("p/__init__.py", "p/q/a.py", "from p import add"),
        ("__init__.py", "a.py", "from . import add"),
        ("tasks.py", "a.py", "from . import tasks\nadd = tasks.add"),
        ("tasks.py", "a.py", "from .tasks import add"),
        ("tasks.py", "a.pyw", "from tasks import add"),
        # roots
        ("src/p/tasks.py", "src/p/a.py", "from p.tasks import add"),
        ("src/p/tasks.py", "tests/a.py", "from p.tasks import add"),
        ("src/p/tasks.py", "tests/a.py", "import p.tasks\nadd = p.tasks.add"),
        ("src/p/tasks.py", "tests/a.py", "from p import tasks\nadd = tasks.add"),
        ("apps/jobs/tasks.py", "apps/web/a.py", "from jobs.tasks import add"),
        ("apps/jobs/tasks.py", "conf/a.py", "from jobs.tasks import add"),
        ("apps/jobs/tasks.py", "conf/a.py", "from apps.jobs.tasks import add"),
        ("deep/er/p/q/tasks.py", "a.py", "from p.q.tasks import add"),
        ("scripts/tasks.py", "scripts/a.py", "from tasks import add"),
        ("scripts/tasks.py", "scripts/sub/a.py", "from tasks import add"),
        ("scripts/tasks.py", "a.py", "from tasks import add"),
        # names that the standard library has as well
        ("email/tasks.py", "a.py", "from email.tasks import add"),
        ("test/tasks.py", "a.py", "import test.tasks\nadd = test.tasks.add"),
        ("p/email.py", "p/a.py", "from .email import add"),
        ("p/email.py", "a.py", "from p.email import add"),
    ],
)
@pytest.mark.parametrize("packages", [True, False])
def test_an_import_reaches_the_module(tasks: str, path: str, source: str, packages: bool) -> None:
    files = {tasks: ONE, path: f"{source}\n{SEND}"}
    if packages:
        for file in (tasks, path):
            folder = file.rpartition("/")[0]
            while folder and folder not in ("src", "apps", "deep/er", "scripts", "tests", "conf"):
                files.setdefault(f"{folder}/__init__.py", "")
                folder = folder.rpartition("/")[0]
    assert sends(index_of(files), path) == [tasks]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "from .. import tasks\nadd = tasks.add"),  # above the top
        ("a.py", "from ..p.tasks import add as f\nadd = f"),
        ("a.py", "from os import add"),
        ("a.py", "import email\nadd = email.add"),
        ("p/a.py", "from email import add"),
        ("a.py", "from celery import add"),
        ("a.py", "from celery.tasks import add"),
        ("p/a.py", "from p.tasks.more import plus as add"),
    ],
)
def test_an_import_that_leads_elsewhere(path: str, source: str) -> None:
    files = {"p/__init__.py": "", "p/tasks.py": ONE, "p/email.py": ONE, "p/celery.py": ONE}
    index = index_of(files | {path: f"{source}\n{SEND}"})
    assert [send for send in sends(index, path) if not send.startswith("?")] == []


def test_a_name_that_may_be_two_modules() -> None:
    source = "from tasks import add\nadd.delay()\nimport tasks\ntasks.add.delay()\nf(tasks)\n"
    index = index_of(
        {
            "one/tasks.py": ONE,
            "two/tasks.py": ONE,
            "three/x.py": source,
            "one/y.py": "import tasks\ntasks.add.delay()\n",
        }
    )
    assert sends(index, "three/x.py") == ["?one/tasks.py", "?two/tasks.py"] * 2
    assert said(index, "three/x.py")[-2:] == [
        "?<one/tasks.py> argument",
        "?<two/tasks.py> argument",
    ]
    assert sends(index, "one/y.py") == ["one/tasks.py"]


def test_a_module_of_a_package_by_its_last_name_alone() -> None:
    files = {
        "p/__init__.py": "",
        "p/tasks.py": ONE,
        "p/a.py": f"from tasks import add\n{SEND}",
        "b.py": f"from tasks import add\n{SEND}",
        "c.py": "import tasks\ntasks.add.delay()\n",
        "d.py": "from tasks import sub, shared_task\nsub.delay()\n",
    }
    index = index_of(files)
    assert sends(index, "p/a.py") == ["p/tasks.py"]
    assert sends(index, "b.py") == ["?p/tasks.py"]
    assert sends(index, "c.py") == ["?p/tasks.py"]
    assert sends(index, "d.py") == []


def test_re_exports() -> None:
    index = index_of(
        {
            "p/__init__.py": "from .one import add as plus, tasks\nfrom .two import *\n",
            "p/one.py": "from p.deep.tasks import add\nfrom .deep import tasks\n",
            "p/two.py": "from .three import *\n",
            "p/three.py": "from .deep.tasks import add as third, app as worker\n",
            "p/deep/tasks.py": TASKS,
            "a.py": "from p import plus, third, tasks\n"
            "plus.delay(); third.delay(); tasks.mul.delay()\n",
            "b.py": "import p\np.plus.delay(); p.third.delay(); p.tasks.add.delay()\n",
            "c.py": "from p import *\nplus.delay()\n@worker.task\ndef own(): ...\n",
            "d.py": "import p as q\nq.worker.send_task('x'); q.three.third.delay()\n",
            "e.py": "from a import plus as deeper\ndeeper.delay()\n",
            "f.py": "from e import deeper as deepest\ndeepest.delay()\n",
        }
    )
    assert [len(sends(index, f"{name}.py")) for name in "abcdef"] == [3, 3, 1, 1, 1, 1]
    assert {task.name for task in index.tasks} == {"p.deep.tasks.add", "p.deep.tasks.mul", "c.own"}
    assert not [use for use in index.uses if not use.certain]
    assert dict(index.modules["p/__init__.py"].gives) == {
        "plus": "p/deep/tasks.py::add",
        "third": "p/deep/tasks.py::add",
    }
    assert set(index.modules["p/__init__.py"].exports) == {"plus", "tasks", "third", "worker"}


@pytest.mark.parametrize(
    ("head", "given"),
    [
        ("", "add"),
        ("__all__ = ['_add']", "_add"),
        ("__all__ = ('add', '_add')", "add _add"),
        ("__all__ = []", ""),
        ("__all__ = ['add']\n__all__ += ['_add']", "add _add"),
        ("__all__ = ['_add']\n__all__.append('add')", "add _add"),
        ("__all__ = names()", "add _add"),
        ("if x:\n    __all__ = ['add']", "add"),
    ],
)
def test_star_imports_and_all(head: str, given: str) -> None:
    tasks = f"{ONE}@shared_task\ndef _add(): ...\n{head}\n"
    index = index_of({"m.py": tasks, "a.py": "from m import *\nadd.delay()\n_add.delay()\n"})
    assert [
        use.target.name.partition("::")[2] for use in index.uses if use.certain and use.steps
    ] == given.split()


def test_star_imports_from_each_other() -> None:
    files = {
        "a.py": f"from b import *\nfrom a import *\n{SEND}print(1)\n",
        "b.py": "from a import *\nfrom tasks import *\nfrom tasks import *\n",
        "c.py": f"from b import *\nfrom .gone import *\n{SEND}",
        "tasks.py": TASKS,
    }
    index = index_of(files)
    assert sends(index, "a.py") == sends(index, "c.py") == ["tasks.py"]


def test_star_imports_that_give_the_name_twice() -> None:
    index = index_of(
        {"m.py": ONE, "n.py": ONE, "a.py": f"from m import *\nfrom n import *\n{SEND}"}
    )
    assert sends(index, "a.py") == ["?m.py", "?n.py"]


def test_a_star_import_of_a_module_without_tasks() -> None:
    files = {
        "m.py": ONE,
        "plain.py": "def add(): ...\n",
        "lazy.py": "def __getattr__(name): ...\n",
        "a.py": f"from plain import *\n{SEND}",
        "b.py": f"from lazy import *\n{SEND}",
    }
    index = index_of(files)
    assert sends(index, "a.py") == []
    assert said(index, "b.py") == ["?add.delay other"]


def test_imports_that_lead_nowhere_may_still_be_the_task() -> None:
    source = """\
        from .missing import add as a
        from broken import add as b
        from lazy import add as c
        from plain import add as d
        from library import add as e
        from one import add as f
        from two import add as g
        from circle import add as h
        from four import add as i
        from five.tasks import add as j
        a.delay(); b.delay(); c.delay(); d.delay(); e.delay(); f.delay(); g.delay(); h.delay()
        i.delay(); j.delay()
        """
    index = index_of(
        {
            "tasks.py": ONE,
            "a.py": source,
            "broken.py": "def (",
            "lazy.py": "def __getattr__(name): ...",
            "plain.py": "def add(): ...",
            "one/__init__.py": "from somewhere import add",
            "two/__init__.py": "from .gone import add",
            "circle/__init__.py": "from circle2 import add",
            "circle2.py": "from circle import add",
            "four.py": "import add",
            "five/tasks.py": "",
            "six/five/tasks.py": "",
            "b.py": "from lazy import add as plus\nplus.apply_async()\n",
        }
    )
    found = [use.place for use in index.uses if use.place.path == "a.py" and not use.certain]
    text = source.splitlines()
    codes = [text[place.line - 1].strip()[place.column - 1 :][:1] for place in found]
    assert codes == ["a", "b", "c", "g", "h", "j"]
    assert said(index, "b.py") == ["?add.apply_async other"]


# -- what is recorded of a module


def test_names_roots_and_imports_of_modules() -> None:
    index = index_of(
        {
            "src/p/__init__.py": "",
            "src/p/app.py": "from celery import Celery\napp = Celery()\nimport p.sub.config\n",
            "src/p/sub/__init__.py": "from . import other\n",
            "src/p/sub/config.py": "from p.sub.more import x\ndef f():\n    import p.late\n",
            "src/p/sub/more.py": "from ..base import y\nfrom .. import gone\n"
            "class A:\n    import p.late\n",
            "src/p/sub/other.py": "",
            "src/p/base.py": "global z\nfrom typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    import p.late\nelse:\n    import os\n",
            "src/p/late.py": "",
            "src/p/unrelated.py": "",
        }
    )
    modules = index.modules
    assert {path: (module.name, module.root) for path, module in modules.items()} == {
        "src/p/__init__.py": ("p", "src"),
        "src/p/app.py": ("p.app", "src"),
        "src/p/sub/__init__.py": ("p.sub", "src"),
        "src/p/sub/config.py": ("p.sub.config", "src"),
        "src/p/sub/more.py": ("p.sub.more", "src"),
        "src/p/sub/other.py": ("p.sub.other", "src"),
        "src/p/base.py": ("p.base", "src"),
    }
    assert modules["src/p/app.py"].imports == (
        "src/p/__init__.py",
        "src/p/sub/__init__.py",
        "src/p/sub/config.py",
    )
    assert modules["src/p/sub/more.py"].imports == ("src/p/__init__.py", "src/p/base.py")
    assert modules["src/p/sub/__init__.py"].package
    assert not modules["src/p/app.py"].package


def test_modules_that_the_app_names_are_looked_into() -> None:
    source = "from celery import Celery\napp = Celery(include=['p.signals', 'p.gone', 'x y'])\n"
    index = index_of({"app.py": source, "p/signals.py": "", "p/more.py": ""})
    assert set(index.modules) == {"app.py", "p/signals.py"}


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"p/tasks.py": ONE}, "tasks.add"),
        ({"p/tasks.py": ONE, "p/__init__.py": ""}, "p.tasks.add"),
        ({"q/p/tasks.py": ONE, "q/p/__init__.py": ""}, "p.tasks.add"),
        ({"p/tasks.py": ONE, "a.py": "import p.tasks"}, "p.tasks.add"),
        ({"p/tasks.py": ONE, "a.py": "from p import tasks"}, "p.tasks.add"),
        ({"p/tasks.py": ONE, "a.py": "import p.tasks, p.tasks as t"}, "p.tasks.add"),
        ({"p/q/tasks.py": ONE, "a.py": "import p.q.tasks", "p/b.py": "import q.tasks"}, None),
        ({"p/tasks.py": "from . import x\n" + ONE, "p/x.py": ""}, "p.tasks.add"),
        ({"p/tasks.py": ONE, "p/x.py": "from .tasks import add"}, "p.tasks.add"),
        ({"p/q/tasks.py": "from ..x import y\n" + ONE}, "p.q.tasks.add"),
        ({"p/tasks.py": ONE, "a.py": "CELERY_IMPORTS = ['p.tasks']"}, "p.tasks.add"),
        ({"p/tasks.py": ONE, "a.py": "celery = {'task': 'p.tasks.add'}"}, "p.tasks.add"),
        ({"p/tasks.py": ONE, "a.py": "celery = 'p.tasks.sub'"}, "tasks.add"),
        ({"p/tasks.py": ONE, "a.py": "celery = 'tasks'"}, "tasks.add"),
        (
            {"p/tasks.py": ONE, "a.py": "import p.tasks", "b.py": "celery = 'q.p.tasks'"},
            "p.tasks.add",
        ),
        ({"p/tasks.py": ONE, "a.py": "import p.tasks\ndef ("}, "tasks.add"),
        ({"__init__.py": "", "tasks.py": ONE}, "tasks.add"),
    ],
)
def test_the_name_of_a_task_comes_from_how_its_module_is_imported(
    files: dict[str, str], name: str | None
) -> None:
    (task,) = index_of(files).tasks
    assert task.name == name


def test_imports_of_what_matters() -> None:
    source = """\
        import celery, os
        import celery.app.task as t
        import p.tasks as own
        from p.tasks import add as plus, app, x
        from p import tasks
        from . import tasks as again
        from .tasks import mul
        def f():
            from celery import chain as c
        try:
            from p.tasks import add
        except ImportError:
            from p.tasks import mul as add
        """
    index = index_of({"p/__init__.py": "", "p/tasks.py": TASKS, "p/m.py": source})
    app = index.apps[0].id
    assert [
        (i.name, i.target.kind, i.target.name, i.module, i.level, i.original, i.scope, i.origin)
        for i in index.imports
        if i.path == "p/m.py"
    ] == [
        ("celery", "external", "celery", "", 0, "celery", "", None),
        ("t", "external", "celery.app.task", "", 0, "celery.app.task", "", None),
        ("own", "module", "p/tasks.py", "", 0, "p.tasks", "", "p/tasks.py"),
        ("app", "app", app, "p.tasks", 0, "app", "", "p/tasks.py"),
        ("plus", "task", "p/tasks.py::add", "p.tasks", 0, "add", "", "p/tasks.py"),
        ("tasks", "module", "p/tasks.py", "p", 0, "tasks", "", "p/__init__.py"),
        ("again", "module", "p/tasks.py", "", 1, "tasks", "", "p/__init__.py"),
        ("mul", "task", "p/tasks.py::mul", "tasks", 1, "mul", "", "p/tasks.py"),
        ("c", "external", "celery.chain", "celery", 0, "chain", "f", None),
        ("add", "task", "p/tasks.py::add", "p.tasks", 0, "add", "", "p/tasks.py"),
        ("add", "task", "p/tasks.py::mul", "p.tasks", 0, "mul", "", "p/tasks.py"),
    ]


def test_what_else_a_module_says() -> None:
    source = """\
        import celery
        from celery import chain
        broker = make_broker('x')
        other = x.make_broker('y')
        def f(a):
            b = [c for c in a]
        """
    module = index_of({"m.py": source}).modules["m.py"]
    assert module.bound == {"broker", "other", "f", "a", "b"}
    assert (module.broker, module.quote) == ("broker", "'")
    plain = index_of({"m.py": 'import celery\nx = "y"\n'}).modules["m.py"]
    assert (plain.broker, plain.quote) == ("", '"')
