"""Every use of a task is found, whatever it goes by, and what is done with it is said."""

from __future__ import annotations

import sys

import pytest

from tests.index.indexing import TASKS, index_of, main, said

# -- names


@pytest.mark.parametrize(
    "source",
    [
        "from tasks import add\nadd.delay(1)",
        "from tasks import add as plus\nplus.delay(1)",
        "import tasks\ntasks.add.delay(1)",
        "import tasks as t\nt.add.delay(1)",
        "from tasks import *\nadd.delay(1)",
        "def f():\n    from tasks import add\n    add.delay(1)",
        "def f():\n    import tasks as t\n    t.add.delay(1)",
        "import tasks\nclass A:\n    def m(self):\n        tasks.add.delay(self)",
        "if x:\n    from tasks import add\nadd.delay(1)",
        "try:\n    from tasks import add\nfinally:\n    pass\nadd.delay(1)",
        "try:\n    from tasks import add\nexcept ImportError:\n    add = None\nadd.delay(1)",
        "try:\n    from tasks import add\nexcept ImportError:\n    def add(): ...\nadd.delay(1)",
        "try:\n    from tasks import add\n"
        "except (ValueError, ImportError):\n    from b import add\nadd.delay(1)",
        "try:\n    from tasks import add\nexcept:\n    from b import add\nadd.delay(1)",
        "try:\n    from tasks import add\nexcept Exception:\n    add = f()\nadd.delay(1)",
        "add = None\nfrom tasks import add\nadd.delay(1)",
        "from x import add\nfrom tasks import add\nadd.delay(1)",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from x import add\n"
        "else:\n    from tasks import add\ndef f():\n    add.delay(1)",
        "import typing\nfrom tasks import add\nif typing.TYPE_CHECKING:\n    from x import add\n"
        "add.delay(1)",
        "import tasks\ngetattr(tasks, 'add').delay(1)",
        "import tasks\nvars(tasks)['add'].delay(1)",
        "import tasks\ntasks.__dict__['add'].delay(1)",
        "from tasks import add\nglobals()['add'].delay(1)",
        "from tasks import add\nlocals()['add'].delay(1)",
        "from tasks import *\nvars()['add'].delay(1)",
        "import importlib\nimportlib.import_module('tasks').add.delay(1)",
        "from importlib import import_module as load\nload('tasks').add.delay(1)",
        "NAME = 'tasks'\nmodule = __import__(NAME)\nmodule.add.delay(1)",
        "import sys\nsys.modules['tasks'].add.delay(1)",
        "import sys\nfrom tasks import add\nsys.modules[__name__].add.delay(1)",
        "import sys\nfrom tasks import add\ngetattr(sys.modules[__name__], 'add').delay(1)",
        "def größe():\n    from tasks import add as ﬁnd\n    find.delay(1)",
    ],
)
def test_a_name_leads_to_the_task(source: str) -> None:
    uses = [use for use in main(source) if not use.startswith("<")]
    assert uses[-1] == "add.delay() discarded"


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        (
            "from tasks import add\nf = add.delay\nf(1)",
            ["add.delay assigned", "add.delay|() discarded"],
        ),
        (
            "from tasks import add\ng = add\nh: object = g\nh.delay(1).id",
            ["add assigned", "add assigned", "add.delay().id discarded"],
        ),
        (
            "from tasks import add\nc = d = add\nc.delay()\nd.s()",
            ["add assigned", "add.delay() discarded", "add.s() discarded"],
        ),
        (
            "from tasks import add, mul\na, b = add, mul\n[c, d] = [a, b]\nc.delay()\nd.s()",
            [
                "add element",
                "mul element",
                "add element",
                "mul element",
                "add.delay() discarded",
                "mul.s() discarded",
            ],
        ),
        (
            "from tasks import add, mul\na, *b = add, mul\na.s()\nb.s()",
            ["add element", "mul element"],
        ),
        (
            "from tasks import add\nif (r := add.delay(1)):\n    r.id",
            ["add.delay() assigned", "add.delay()|.id discarded"],
        ),
        (
            "from tasks import add\n(r := add.delay(1)).id",
            ["add.delay()|.id discarded", "add.delay() assigned"],
        ),
        ("from tasks import add\nfoo(r := add)\nr.s()", ["add argument", "add.s() discarded"]),
        ("from tasks import add\nx = (y := add)\ny.s()", ["add assigned", "add.s() discarded"]),
        (
            "from tasks import add\nfor t in [add]:\n    t.delay()",
            ["add looped", "add.delay() discarded"],
        ),
        (
            "from tasks import add\nALL = (add,)\n[t.delay() for t in ALL]",
            ["add element", "add.delay() element"],
        ),
        (
            "from tasks import add\nfor n, t in {1: add}.items():\n    t.delay()",
            ["add element"],
        ),
        (
            "from tasks import add\nfor t in get():\n    t.delay()\nfor u in x:\n    u.delay()",
            [],
        ),
        (
            "from tasks import add\ndef get():\n    return add\nget().delay()",
            ["add returned", "add.delay() discarded"],
        ),
        (
            "import functools\nfrom tasks import add\n@functools.lru_cache(None)\n"
            "def get():\n    return add\nget().delay()",
            ["add returned", "add.delay() discarded"],
        ),
        (
            "from tasks import add\n@wrap\ndef get():\n    return add\nget().delay()",
            ["add returned"],
        ),
        (
            "from tasks import add\ndef get():\n    yield 1\n    return add\nget().s()",
            ["add returned"],
        ),
        ("from tasks import add\nasync def get():\n    return add\nget().s()", ["add returned"]),
        (
            "from tasks import add\ndef get():\n    return add.delay()\nget().id",
            ["add.delay() returned", "add.delay()|.id discarded"],
        ),
        (
            "from tasks import app\ndef get(name):\n    return app.tasks[name]\nget('x').delay()",
            ["app.tasks[] returned", "app.tasks[]|.delay() discarded"],
        ),
        (
            "from tasks import app\ndef get():\n    return app.conf.x\nget().y",
            ["app.conf.x returned"],
        ),
        ("def get():\n    return get()\nget().s()", []),
        ("def get():\n    return\nget().s()", []),
        (
            "from tasks import add\nclass A:\n    task = add\nA.task.delay()\nA().task.delay()",
            ["add attribute", "add.delay() discarded"],
        ),
        (
            "from tasks import add\nclass A:\n    task = add\nclass B(A): ...\nB.task.delay()",
            ["add attribute", "add.delay() discarded"],
        ),
        (
            "from tasks import add\nclass A:\n    add = add\n    other = add.delay(1)",
            ["add attribute", "add.delay() attribute"],
        ),
        (
            "from tasks import add\nclass A:\n    global add\n    send = 1\n"
            "    x = add\n    send = x.s",
            ["add attribute", "add.s attribute"],
        ),
        (
            "class A:\n    from tasks import add, app, x\nA.add.s()",
            ["add attribute", "app attribute", "add.s() discarded"],
        ),
        (
            "from tasks import add\ndef f():\n    global send\n    send = add.delay\n"
            "def g():\n    send(1)\n    class A:\n        def m(self): send(2)",
            ["add.delay assigned", "add.delay|() discarded", "add.delay|() discarded"],
        ),
        (
            "from tasks import add\ndef f():\n    send = None\n    def g():\n"
            "        nonlocal send\n        send = add.delay\n    send(1)",
            ["add.delay assigned", "add.delay|() discarded"],
        ),
        (
            "from tasks import add\ndef f(x):\n    global add\n    def g(): return add.s()\n"
            "def h(add):\n    def k():\n        global add\n        def m(): return add.s()",
            ["add.s() returned", "add.s() returned"],
        ),
        (
            "from tasks import add\nx = add.delay\nx.y = 1\nx().get().a[1].b()",
            ["add.delay assigned", "add.delay|.y stored", "add.delay|().get().a[].b() discarded"],
        ),
        (
            "import tasks\nm = tasks\nm.add.s()\nf(m)\nm.nothing.more()",
            ["<tasks.py> assigned", "add.s() discarded", "<tasks.py> argument"],
        ),
        ("import tasks\nclass T(tasks): ...\nT().x", ["<tasks.py> base"]),
        (
            "import tasks\ntasks.__dict__['sub']\ntasks.__dict__[x].y()\nvars(tasks).items()",
            [
                "<tasks.py>.__dict__[] discarded",
                "<tasks.py>.__dict__[].y() discarded",
                "<tasks.py>.__dict__.items() discarded",
                "<tasks.py> argument",
            ],
        ),
        (
            "globals()[x].s()\nvars()",
            ["<main.py>.__dict__[].s() discarded", "<main.py>.__dict__ discarded"],
        ),
        (
            "class A:\n    class B:\n        from tasks import add\n        x = add",
            ["add attribute", "add attribute"],
        ),
        (
            "from tasks import app\nt = app.task(f)\nt.delay()\nu = app.task(bind=True)(g)",
            ["t.delay() discarded"],
        ),
    ],
)
def test_values_are_followed(source: str, uses: list[str]) -> None:
    assert main(source) == uses


# -- what a name means in one place


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        (
            "r = add.delay()\nr.id\nr = mul.delay()\nr.id",
            ["add.delay()|.id discarded", "mul.delay()|.id discarded"],
        ),
        (
            "if x:\n    r = add.delay()\nelse:\n    r = mul.delay()\nr.id",
            ["?add.delay()|.id discarded", "?mul.delay()|.id discarded"],
        ),
        (
            "if x:\n    r = add.delay(1)\nelse:\n    r = add.delay(2)\nr.id",
            ["add.delay()|.id discarded"],
        ),
        ("r = None\nif x:\n    r = add.delay()\nr.id", ["add.delay()|.id discarded"]),
        ("r = other()\nif x:\n    r = add.delay()\nr.id", ["?add.delay()|.id discarded"]),
        ("r = other()\nr = add.delay()\nr.id", ["add.delay()|.id discarded"]),
        ("r = add.delay()\nr = other()\nr.id", []),
        (
            "r = add.delay()\nr = other(r)\nr.id",
            ["add.delay()| argument", "?add.delay()|.id discarded"],
        ),
        ("r = add.delay()\nr += 1\nr.id", ["add.delay()| augmented", "?add.delay()|.id discarded"]),
        (
            "r = add.s()\nr = r.set()\nr.id",
            ["add.s()|.set() assigned", "add.s().set()|.id discarded"],
        ),
        (
            "r = add.delay()\nr, q = r.id, 1\nr.x",
            ["add.delay()|.id element", "add.delay().id|.x discarded"],
        ),
        ("r = add.delay()\ndel r\nr = 1\nr.x", []),
        ("r = add.delay()\nimport r\nr.x", []),
        ("r = add.delay()\ndef r(): ...\nr.x", []),
        ("r = add.delay()\nclass r: ...\nr.x", []),
        ("r = add.delay()\nwith a as r:\n    r.x\nr.y", []),
        ("with a as r:\n    pass\nr = add.delay()\nr.id", ["add.delay()|.id discarded"]),
        ("r = add.delay()\nwith a as q:\n    r.x", ["add.delay()|.x discarded"]),
        ("r = add.delay()\nwith a as r, r.x as q: ...", ["?add.delay()|.x entered"]),
        ("r = add.delay()\nfor r in x:\n    r.a\nr.b", ["?add.delay()|.b discarded"]),
        (
            "r = add.delay()\nfor q in r.x:\n    r.a\n    r = 1",
            ["add.delay()|.x iterated", "?add.delay()|.a discarded"],
        ),
        (
            "r = add.delay()\nfor q in x:\n    pass\nelse:\n    r.a\n    r = 1",
            ["?add.delay()|.a discarded"],
        ),
        ("r = 1\nwhile r.x:\n    r = add.delay()", ["?add.delay()|.x tested"]),
        (
            "r = add.delay()\nwhile not r.ready():\n    r = add.delay()",
            ["add.delay()|.ready() tested"],
        ),
        ("try:\n    r = add.delay()\nexcept E as r:\n    r.x\nr.y", ["?add.delay()|.y discarded"]),
        ("r = add.delay()\ntry:\n    r = 1\nexcept E:\n    r.x", ["?add.delay()|.x discarded"]),
        (
            "try:\n    r = add.delay()\nexcept Exception:\n    r = other()\nr.x",
            ["?add.delay()|.x discarded"],
        ),
        ("r = 1\nif (r := add.delay()):\n    r.x", ["?add.delay()|.x discarded"]),
        (
            "r = 1\n(r := add.delay()).x\nr.y",
            ["add.delay()|.x discarded", "?add.delay()|.y discarded"],
        ),
        (
            "r = add.delay()\nmatch x:\n    case [r]:\n        r.x\n"
            "    case {'a': 1, **r}: ...\n    case [*r]: ...",
            ["?add.delay()|.x discarded"],
        ),
        ("match x:\n    case r:\n        pass\nr = add.delay()\nr.x", ["add.delay()|.x discarded"]),
        ("r = add.delay()\n[r.x for _ in y]\nr = 1", ["add.delay()|.x element"]),
        ("r = add.delay()\n(r.x for _ in y)\nr = 1", ["?add.delay()|.x element"]),
        ("r = add.delay()\nf(lambda: r.x)\nr = 1", ["?add.delay()|.x lambda"]),
        ("r = 1\ndef g(): r.x\nr = add.delay()", ["?add.delay()|.x discarded"]),
        ("r = 1\nr = add.delay()\ndef g(): r.x", ["add.delay()|.x discarded"]),
        (
            "r = 1\nr = add.delay()\nclass A:\n    r.x\n    def m(self): r.y",
            ["add.delay()|.x discarded", "add.delay()|.y discarded"],
        ),
        ("r = add.delay()\ndef g():\n    def h(): r.x\n    r = 1", []),
        (
            "r = 1\nr = add.delay()\ndef g():\n    global r\n    r = 2\nr.x",
            ["?add.delay()|.x discarded"],
        ),
        ("def g(r=add):\n    r.x\n    r = mul\n    r.y", ["?add.x discarded", "mul.y discarded"]),
        ("g = lambda r=add: [r.x for r in (r, mul)]", ["?add.x element", "?mul.x element"]),
        (
            "class A:\n    r = add\n    r.x\n    r = mul\n    r.y",
            ["add.x discarded", "mul.y discarded"],
        ),
        ("class A:\n    add.x\n    add = 1\n    add.y", ["add.x discarded"]),
        ("class A:\n    class B:\n        add.x\n        add = 1", ["add.x discarded"]),
        (
            "def f():\n    r = 1\n    class A:\n        def m(self):\n"
            "            nonlocal r\n            r = add.x",
            ["add.x assigned"],
        ),
        ("match x:\n    case {'a': 1}:\n        add.x", ["add.x discarded"]),
        ("a = b\nb = a\na = add\nb.x\na.x", ["add.x discarded"]),
        ("def f():\n    a = add if x else b\n    b = a\n    b.x", ["?add.x discarded"]),
    ],
)
def test_a_name_means_what_was_bound_last(source: str, uses: list[str]) -> None:
    """Uses of a result or a signature by its name; those that make it are left out here."""
    found = main(f"from tasks import add, mul\n{source}\n")
    assert [use for use in found if "|" in use or use.split()[0].endswith((".x", ".y"))] == uses


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        (
            "f = add.delay if x else mul.delay\nf(1)",
            ["?add.delay|() discarded", "?mul.delay|() discarded"],
        ),
        ("f = add if x else None\nf.delay(1)", ["?add.delay() discarded"]),
        ("f = other or add\nf.delay(1)", ["?add.delay() discarded"]),
        ("(add if x else mul).delay(1)", ["?add.delay() discarded", "?mul.delay() discarded"]),
        ("(add or mul).delay", ["?add.delay discarded", "?mul.delay discarded"]),
        (
            "for t in (add, mul):\n    t.delay(1)",
            ["?add.delay() discarded", "?mul.delay() discarded"],
        ),
        ("def f(task=add):\n    task.delay(1)", ["?add.delay() discarded"]),
        ("if x:\n    from other import add\nadd.delay(1)", ["?add.delay() discarded"]),
        (
            "try:\n    from missing import add as f\nexcept ImportError:\n    f = add\nf.s()",
            ["?add.s() discarded"],
        ),
        (
            "try:\n    from tasks import add as f\nexcept ImportError:\n"
            "    from tasks import mul as f\nf.s()",
            ["?add.s() discarded", "?mul.s() discarded"],
        ),
        (
            "def add(): ...\nif x:\n    from tasks import add\nadd.delay()",
            ["?add.delay() discarded"],
        ),
        ("add = wrap(add)\nadd.delay()", ["?add.delay() discarded"]),
        ("import x.tasks\nx.tasks.add.delay()", []),
        ("obj.add.delay(1)", ["?add.delay other"]),
        ("self.add.apply_async()", ["?add.apply_async other"]),
        ("(await x).add.s()", ["?add.s other"]),
        ("get()[0].add.si().set()", ["?add.si other"]),
        ("obj.sub.delay(1)", []),
        ("obj.add.delete(1)", []),
        ("obj.delay(1)", []),
        ("get().delay(1)", []),
        ("obj[add.x].delay(1)", []),
    ],
)
def test_doubt_is_said(source: str, uses: list[str]) -> None:
    found = main(f"from tasks import add, mul\n{source}\n")
    assert [use for use in found if use.startswith("?")] == uses


def test_a_name_that_is_bound_nowhere_may_be_the_task() -> None:
    assert main("add.delay(1)\nsub.delay(1)") == ["?add.delay other"]


@pytest.mark.parametrize(
    "source",
    [
        "from invoke import task\n@task\ndef add(c): ...\nadd.delay()",
        "from locust import task\n@task(3)\ndef add(self): ...\nadd.delay()",
        "def task(f): return f\n@task\ndef add(): ...\nadd.delay()",
        "from other import add\nadd.delay()",
        "def f(add):\n    add.delay()",
        "def f():\n    add = make()\n    add.delay()",
        "def f():\n    for add in x:\n        add.delay()",
        "[add.delay() for add in x]",
        "{k: add.delay() for k, add in x}",
        "f = lambda add: add.delay()",
        "def f(*add, **mul):\n    add.delay()\n    mul.delay()",
        "class add:\n    def delay(self): ...\nadd.delay()\nadd().delay()",
        "with x as add:\n    add.delay()",
        "try:\n    pass\nexcept E as add:\n    add.delay()",
        "import add\nadd.delay()",
        "from tasks import add\nadd = 1\nadd.delay()",
        "import tasks\ndef f(tasks):\n    tasks.add = 1",
        "import tasks\ntasks.__name__\ntasks.sub.delay()\ntasks.sub()",
        "from tasks import app\ndef f(app):\n    @app.task\n    def add(): ...\n    add.delay()",
        "celery = object()\n@celery.task\ndef add(): ...\nadd.delay()",
        "import sys\nsys.modules[name].delay()\nsys.modules['os'].path",
        "getattr(x, 'add').delay()\ngetattr(x)\nglobals\nvars(x)\ndef f(): return locals()",
        "import_module('.tasks', __package__)",
    ],
)
def test_what_only_looks_like_a_task(source: str) -> None:
    index = index_of({"tasks.py": TASKS, "main.py": f"{source}\n# celery\n"})
    assert said(index, "main.py") == []
    assert [task.path for task in index.tasks] == ["tasks.py", "tasks.py"]


# -- roles


@pytest.mark.parametrize(
    ("source", "use"),
    [
        ("add.delay()", "add.delay() discarded"),
        ("x = add", "add assigned"),
        ("x: T = add", "add assigned"),
        ("o.x = add", "add other"),
        ("e = o.x = add", "add other"),
        ("x[0] = add", "add other"),
        ("add.x = 1", "add.x stored"),
        ("add.x: int = 1", "add.x stored"),
        ("add.x: int", "add.x stored"),
        ("add.x = y = 1", "add.x stored"),
        ("add.x, y = 1, 2", "add.x stored"),
        ("(add.x, z), y = (1, 2), 3", "add.x stored"),
        ("add[0] = 1", "add other"),
        ("for add.x in y: ...", "add.x stored"),
        ("with y as add.x: ...", "add.x stored"),
        ("add.x += 1", "add.x augmented"),
        ("add += 1", "add augmented"),
        ("x += add", "add operand"),
        ("del add.x", "add.x deleted"),
        ("f(add)", "add argument"),
        ("f(k=add)", "add argument"),
        ("f(**add)", "add argument"),
        ("f(*add)", "add element"),
        ("f([add])", "add element"),
        ("x = (add, 1)", "add element"),
        ("x = {add}", "add element"),
        ("x = {add: 1}", "add element"),
        ("x = {**add}", "add element"),
        ("x = [add for _ in y]", "add element"),
        ("x = {1: add for _ in y}", "add element"),
        ("f(add for _ in y)", "add element"),
        ("x = [1 for _ in y if add]", "add tested"),
        ("x = [1 for _ in add]", "add iterated"),
        ("for x in add: ...", "add iterated"),
        ("async def f():\n    async for x in add: ...", "add iterated"),
        ("def f(): return add", "add returned"),
        ("def f(): yield add", "add returned"),
        ("def f(): yield from add", "add other"),
        ("async def f(): await add.delay()", "add.delay() awaited"),
        ("raise add", "add raised"),
        ("try: ...\nexcept add: ...", "add caught"),
        ("f(lambda: add)", "add lambda"),
        ("x = lambda: add", "add lambda"),
        ("x = lambda y=add: 1", "add default"),
        ("def f(x=add): ...", "add default"),
        ("def f(*, x=add): ...", "add default"),
        ("def f(x: add): ...", "add annotation"),
        ("def f(*x: add): ...", "add annotation"),
        ("def f() -> add: ...", "add annotation"),
        ("def f() -> list[add | None]: ...", "add annotation"),
        ("x: add", "add annotation"),
        ("x: T[add] = 1", "add annotation"),
        ("x: 'add' = 1", "add annotation"),
        ("def f(x: 'T[add]'): ...", "add annotation"),
        ("def f() -> 'add': ...", "add annotation"),
        ("def f(x: T['add']): ...", "add annotation"),
        ("@add\ndef f(): ...", "add decorator"),
        ("@add()\nclass A: ...", "add() decorator"),
        ("@f(add)\ndef g(): ...", "add argument"),
        ("class A(add): ...", "add base"),
        ("class A(T[add]): ...", "add other"),
        ("class A(x=add): ...", "add other"),
        ("class A:\n    x = add", "add attribute"),
        ("class A:\n    x: T = add", "add attribute"),
        ("class A:\n    o.x = add", "add other"),
        ("class A:\n    x = (y := add)", "add attribute"),
        ("add + 1", "add operand"),
        ("add | x", "add operand"),
        ("-add", "add other"),
        ("x = not add", "add tested"),
        ("x = add and y", "add assigned"),
        ("if add: ...", "add tested"),
        ("if x and add: ...", "add tested"),
        ("while add: ...", "add tested"),
        ("assert add", "add tested"),
        ("x = 1 if add else 2", "add tested"),
        ("x = add if y else 2", "add assigned"),
        ("add == 1", "add compared"),
        ("1 in add", "add compared"),
        ("with add: ...", "add entered"),
        ("f'{add}'", "add formatted"),
        ("f'{x:{add}}'", "add formatted"),
        ("add[0]", "add other"),
        ("x[add]", "add other"),
        ("match add:\n    case _: ...", "add other"),
        ("foo(bar=(y := add))", "add argument"),
        ("(y := add)", "add assigned"),
        ("if (y := add): ...", "add assigned"),
        ("(y := add)()", "add assigned"),
    ],
)
def test_role(source: str, use: str) -> None:
    assert use in main(f"from tasks import add\n{source}\n")


@pytest.mark.parametrize(
    "source", ["x: Literal['add']", "x: 'add('", "x: 'add' 'x'", "add = 1; del add", "x: T[f'{1}']"]
)
def test_no_use_at_all(source: str) -> None:
    assert main(f"from tasks import add\n{source}\n") == []


@pytest.mark.parametrize(
    ("source", "detail", "index", "keyword"),
    [
        (
            "from django.db import transaction\ntransaction.on_commit(add.delay)",
            "django.db.transaction.on_commit",
            0,
            None,
        ),
        ("f.g(1, add)", "f.g", 1, None),
        ("f(k=add)", "f", None, "k"),
        ("from celery import group\ngroup(x, [add.s(i) for i in x])", "celery.group", 1, None),
        ("from celery import chain\nchain(*(add.s(), 1))", "celery.chain", 0, None),
        ("f(k=[add])", "f", None, "k"),
        ("f(lambda: add)", "f", None, None),
        ("f(k=lambda: add)", "f", None, None),
        ("add | x", "|", None, None),
        ("add % x", "%", None, None),
        ("add ** x", "", None, None),
        ("x |= add", "|=", None, None),
        ("@add\ndef fun(): ...", "fun", None, None),
        ("class Name(add): ...", "Name", None, None),
        ("class Name:\n    x = add", "x", None, None),
        ("y = add", "y", None, None),
    ],
)
def test_role_says_more(source: str, detail: str, index: int | None, keyword: str | None) -> None:
    found = index_of({"tasks.py": TASKS, "main.py": f"from tasks import add\n{source}\n"})
    (role,) = [u.role for u in found.uses if u.place.path == "main.py" and u.target.kind == "task"]
    assert (role.detail, role.index, role.keyword) == (detail, index, keyword)


@pytest.mark.parametrize(
    ("source", "code", "literal"),
    [
        ("app.conf.x = 1", "1", 1),
        ("app.conf.x += [1]", "[1]", [1]),
        ("app.conf.x: int = 2", "2", 2),
        ("app.conf['a'] = {}", "{}", {}),
        ("setattr(app, 'name', 1)", "'name'", "name"),
    ],
)
def test_role_says_the_value(source: str, code: str, literal: object) -> None:
    found = index_of({"tasks.py": TASKS, "main.py": f"from tasks import app\n{source}\n"})
    (use,) = [use for use in found.uses if use.place.path == "main.py"]
    assert use.role.value is not None
    assert (use.role.value.code, use.role.value.literal) == (code, literal)


# -- where it stands


def test_owner_scope_statement_and_guard() -> None:
    source = """\
        from celery import shared_task
        @shared_task
        def outer():
            def inner(x=outer.s()):
                outer.delay()
            class A:
                def m(self):
                    return [outer.si() for _ in x]
            if (outer.a and
                    outer.b): pass
        @outer.deco
        @shared_task
        def other(): ...
        if __name__ == "__main__":
            outer.delay()
        """
    index = index_of({"tasks.py": source})
    assert [
        (use.shape, use.owner, use.scope, use.statement.line, use.guard and use.guard.line)
        for use in index.uses
        if use.target.kind == "task"
    ] == [
        (".s()", "tasks.py::outer", "outer", 4, None),
        (".delay()", "tasks.py::outer", "outer.<locals>.inner", 5, None),
        (".si()", "tasks.py::outer", "outer.<locals>.A.m", 8, None),
        (".a", "tasks.py::outer", "outer", 9, None),
        (".b", "tasks.py::outer", "outer", 9, None),
        (".deco", None, "", 13, None),
        (".delay()", None, "", 15, 14),
    ]


def test_uses_in_tests_are_marked() -> None:
    source = "from tasks import add\nadd.delay()\n"
    paths = [
        "tests/x.py",
        "a/test/x.py",
        "testing/x.py",
        "conftest.py",
        "a/tests.py",
        "test_x.py",
        "x_test.py",
        "contest.py",
        "x/latest.py",
    ]
    index = index_of({"tasks.py": TASKS} | dict.fromkeys(paths, source))
    marked = {use.place.path for use in index.uses if use.test}
    assert marked == set(paths[:-2])


# -- self


def test_uses_of_self() -> None:
    source = """\
        from celery import shared_task
        OPTIONS = {"bind": True}
        @shared_task(bind=True)
        def one(self, x):
            self.retry(exc=x)
            def inner():
                return self.request.id
            f(lambda: self.app)
            [self.name for _ in x]
            g(self)
            s = self
            s.request
            class K:
                def m(self): self.nothing
            def n(self): self.nothing
        @shared_task(bind=True)
        def two(cls, *args): cls.request.retries
        @shared_task(bind=True)
        def three(*args): args[0].request
        @shared_task(bind=True)
        async def four(task, /, a: int = 1, *, k, **kw): raise task.retry()
        @shared_task(**OPTIONS)
        def five(me): me["x"]
        @shared_task(bind=False)
        def six(self): self.request
        @shared_task(**unknown)
        def seven(self): self.request
        """
    index = index_of({"tasks.py": source})
    assert said(index, "tasks.py") == [
        "self.retry() discarded",
        "self.request.id returned",
        "self.app lambda",
        "self.name element",
        "self argument",
        "self assigned",
        "self.request discarded",
        "self.request.retries discarded",
        "self.retry() raised",
        "self[] discarded",
    ]
    assert {use.owner for use in index.uses} == {
        "tasks.py::one",
        "tasks.py::two",
        "tasks.py::four",
        "tasks.py::five",
    }


CAUGHT = """
from celery import shared_task
@shared_task(bind=True)
def one(self, x):
    self.a()
    try:
        try:
            self.b()
        except (KeyError, x.Y) as error:
            self.c()
            raise
        else:
            self.d()
        finally:
            self.e()
    except:
        raise ValueError from None
    try:
        def inner():
            self.f()
        g(lambda: self.g())
    except Exception: ...
    try:
        one.s()
        two.t()
    except Exception: ...
@shared_task
def two(): ...
"""


def test_what_catches_what_self_raises() -> None:
    index = index_of({"tasks.py": CAUGHT})
    inner, outer = (("(KeyError, x.Y)", True),), (("", False),)
    assert {use.shape: use.caught for use in index.uses} == {
        ".a()": (),
        ".b()": (inner, outer),
        ".c()": (outer,),
        ".d()": (outer,),
        ".e()": (outer,),
        ".f()": (),
        ".g()": (),
        ".s()": ((("Exception", False),),),
        ".t()": (),
    }


@pytest.mark.skipif(sys.version_info < (3, 11), reason="`except*` is new in Python 3.11")
def test_exception_groups() -> None:
    source = CAUGHT.replace("except", "except*").replace("except*:", "except* OSError:")
    index = index_of({"tasks.py": source})
    (use,) = [use for use in index.uses if use.shape == ".b()"]
    assert use.caught == ((("(KeyError, x.Y)", True),), (("OSError", False),))
    source = "r = 1\ntry:\n    r = add.delay()\nexcept* E:\n    r.x"
    assert "?add.delay()|.x discarded" in main(f"from tasks import add\n{source}\n")


def test_local_names_of_a_task() -> None:
    source = """\
        from celery import shared_task
        @shared_task
        def one(a, *, b=c):
            for d in e: f = [g for h in i]
            def j(k): l = m
            global n
            n = 1
        """
    assert index_of({"m.py": source}).tasks[0].locals == {"a", "b", "d", "f", "j"}


# -- apps and names of Celery's


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("app.conf.update(x=1)", ["app.conf.update() discarded"]),
        ("app.conf.x = app.conf['y']", ["app.conf.x stored", "app.conf[] other"]),
        ("app.send_task('x')", ["app.send_task() discarded"]),
        ("def f(app):\n    app.send_task('x')", []),
        (
            "@app.on_after_configure.connect\ndef setup(sender, **kwargs):\n"
            "    sender.add_periodic_task(1, x)",
            ["app.on_after_configure.connect decorator", "app.add_periodic_task() discarded"],
        ),
        (
            "@app.on_after_finalize.connect(weak=False)\ndef setup(app, **kwargs):\n    app.x",
            ["app.on_after_finalize.connect() decorator", "app.x discarded"],
        ),
        (
            "@app.on_after_configure.connect\n@f\ndef setup(*args, sender=None):\n    sender.x",
            ["app.on_after_configure.connect decorator", "app.x discarded"],
        ),
        (
            "@app.on_configure.connect\ndef f(sender):\n    sender.x",
            ["app.on_configure.connect decorator"],
        ),
        (
            "app2 = app\nwith app2.connection() as c: ...",
            ["app assigned", "app.connection() entered"],
        ),
        (
            "class T(app.Task): ...\nT().apply_async()",
            ["app.Task base", "app.Task|().apply_async() discarded"],
        ),
        ("setattr(app, 'x', app)", ["app argument", "app argument"]),
    ],
)
def test_uses_of_the_app(source: str, uses: list[str]) -> None:
    assert main(f"from tasks import app\n{source}\n") == uses


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("from celery import chain\nchain(x)()", ["celery.chain()() discarded"]),
        ("from celery.canvas import chain as c\nc(x)", ["celery.chain() discarded"]),
        ("import celery\ncelery.canvas.group(x)", ["celery.group() discarded"]),
        ("import celery.canvas\ncelery.canvas.group(x)", ["celery.group() discarded"]),
        (
            "import celery.exceptions as e\ntry: ...\nexcept e.Retry: ...",
            ["celery.exceptions.Retry caught"],
        ),
        (
            "from celery.result import AsyncResult\nx: AsyncResult[int]",
            ["celery.result.AsyncResult[] annotation"],
        ),
        (
            "from celery.result import AsyncResult\nr = AsyncResult(1)\nr.get()",
            [
                "celery.result.AsyncResult() assigned",
                "celery.result.AsyncResult()|.get() discarded",
            ],
        ),
        (
            "from celery import Task\nclass T(Task):\n    x = 1\nT().delay()\nT.x\nT.name",
            ["celery.Task base", "celery.Task().delay() discarded", "celery.Task.name discarded"],
        ),
        (
            "from celery import Task\nclass T(Task): ...\nclass U(T): ...\nU().delay()",
            ["celery.Task base", "celery.Task().delay() discarded"],
        ),
        (
            "from celery import Task\nclass T(Task, T): ...\nT().delay()\nT.delay",
            ["celery.Task base", "celery.Task().delay() discarded", "?celery.Task.delay discarded"],
        ),
        ("from celery import *\nchain(len, Queue)", ["celery.chain() discarded"]),
        ("from kombu import *\nQueue(len)", ["kombu.Queue() discarded"]),
        ("from os.path import *\njoin()", []),
        ("from .celery import *\nchain()", []),
        (
            "from celery import Celery\ndef f(app: Celery):\n    app.send_task('x')",
            ["celery.Celery annotation", "celery.Celery()|.send_task() discarded"],
        ),
        (
            "import sentry_sdk.integrations.celery as c\nc.CeleryIntegration()",
            ["sentry_sdk.integrations.celery.CeleryIntegration() discarded"],
        ),
        (
            "from company import celery_app\ncelery_app.send_task()",
            ["company.celery_app.send_task() discarded"],
        ),
        (
            "from django.conf import settings\nsettings.CELERY_X\n"
            "from x import run_celery\nrun_celery()",
            [],
        ),
        ("from celery import uuid\n@uuid.x\ndef f(): ...", ["celery.uuid.x decorator"]),
    ],
)
def test_uses_of_names_of_celerys(source: str, uses: list[str]) -> None:
    index = index_of({"main.py": source})
    assert [
        use for use in said(index, "main.py", external=True) if not use.startswith("app")
    ] == uses


def test_no_single_value_is_stored() -> None:
    stores = "app.conf.x, y = 1, 2\napp.conf.z = w = 1\nfor app.conf.i in x: ...\n"
    source = f"from tasks import app\n{stores}"
    index = index_of({"tasks.py": TASKS, "main.py": source})
    roles = [use.role for use in index.uses if use.place.path == "main.py"]
    assert [(role.kind, role.value) for role in roles] == [("stored", None)] * 3


def test_arguments_of_steps() -> None:
    source = """\
        from celery import chain
        from tasks import add
        X = 3
        TABLE = {"a": 1}
        CHANGED = {"a": 1}
        CHANGED["b"] = 2
        UPDATED = [1]
        UPDATED.append(2)
        if x: TWICE = 1
        else: TWICE = 2
        add.apply_async((1, X), *args, countdown=X, link=chain(add.s()), **TABLE)
        add.delay(CHANGED, UPDATED, TWICE, -1, unknown)
        """
    index = index_of({"tasks.py": TASKS, "main.py": source})
    first, second = (
        next(use for use in index.uses if use.steps and use.steps[0].shape == shape)
        for shape in (".apply_async", ".delay")
    )
    assert [
        (arg.keyword, arg.star, arg.position, arg.code, str(arg.literal), arg.names)
        for arg in first.steps[-1].args
    ] == [
        (None, "", 0, "(1, X)", "Missing.MISSING", ()),
        (None, "*", 1, "args", "Missing.MISSING", ()),
        ("countdown", "", None, "X", "3", ()),
        ("link", "", None, "chain(add.s())", "Missing.MISSING", ("celery.chain()",)),
        (None, "**", None, "TABLE", "{'a': 1}", ()),
    ]
    assert [str(arg.literal) for arg in second.steps[-1].args] == [
        "Missing.MISSING",
        "Missing.MISSING",
        "Missing.MISSING",
        "-1",
        "Missing.MISSING",
    ]
    step = first.steps[-1]
    assert step.arg("countdown") is step.args[2]
    assert step.arg("x", 0) is step.args[0]
    assert step.arg("x", 1) is None
    assert step.arg("x", 2) is None
    assert step.arg("x") is None
