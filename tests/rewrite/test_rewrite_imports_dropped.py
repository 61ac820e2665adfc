"""Imports go where nothing needs them any more, and nowhere else."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from celery2dramatiq.rewrite import Unprintable
from celery2dramatiq.specs import Import, Keep
from tests.rewrite.edits import Change, broker, call, code, remove, replace, rewritten, todo

DRAMATIQ = Import("dramatiq")
BROKER = Import("shop.app", "broker", effect=True)
PARTIAL = Import("functools", "partial")


@pytest.mark.parametrize(
    ("before", "drop", "after"),
    [
        pytest.param("import a\n\nx = 1\n", "a", "x = 1\n", id="import"),
        pytest.param("import a, b\n", "a", "import b\n", id="first of two"),
        pytest.param("import a, b\n", "b", "import a\n", id="last of two"),
        pytest.param("import a as b\nimport b as c\n", "b", "import b as c\n", id="renamed"),
        pytest.param("import a.b\nimport c\n", "a", "import c\n", id="dotted"),
        pytest.param("from a import b\nimport c\n", "b", "import c\n", id="from"),
        pytest.param("from a import b as c\nfrom a import c as d\n", "c", "from a import c as d\n", id="from as"),
        pytest.param("from a import b, c, d\n", "c", "from a import b, d\n", id="middle of three"),
        pytest.param("from a import b, c  # x\n", "c", "from a import b  # x\n", id="comment"),
        pytest.param("from a import *\n", "b", "from a import *\n", id="star"),
        pytest.param("from a import (b, c)\n", "c", "from a import (b)\n", id="parentheses"),
        pytest.param("from a import (b, c,)\n", "c", "from a import (b,)\n", id="comma"),
        pytest.param("from a import b, \\\n    c\n", "c", "from a import b\n", id="backslash"),
        pytest.param(
            "from a import (\n    b,\n    c,\n    d,\n)\n",
            "c",
            "from a import (\n    b,\n    d,\n)\n",
            id="one a line",
        ),
        pytest.param(
            "from a import (\n    b,\n    c,\n)\n", "c", "from a import (\n    b,\n)\n", id="one left"
        ),
        pytest.param(
            "from a import (  # x\n    b,  # b\n    # c\n    c,  # c\n    # d\n    d,  # d\n)\n",
            "c",
            "from a import (  # x\n    b,  # b\n    # d\n    d,  # d\n)\n",
            id="comments",
        ),
        pytest.param(
            "from a import (b, c,\n               d, e)\n",
            "d",
            "from a import (b, c,\n               e)\n",
            id="grid",
        ),
        pytest.param(
            f"from a import (\n    b,\n    {'c' * 80},\n)\n",
            "c" * 80,
            "from a import b\n",
            id="fits on one line now",
        ),
        pytest.param(
            f"from a import (\n    b,\n    {'c' * 80},\n    {'d' * 80},\n)\n",
            "b",
            f"from a import (\n    {'c' * 80},\n    {'d' * 80},\n)\n",
            id="still too long",
        ),
        pytest.param(
            f"from a import (\n    b,\n    {'c' * 80},  # noqa\n    d,\n)\n",
            "b",
            f"from a import (\n    {'c' * 80},  # noqa\n    d,\n)\n",
            id="comments do not fit on one line",
        ),
        pytest.param("import a; import b\nx = 1\n", "a", "import b\nx = 1\n", id="semicolon"),
        pytest.param("import a; x = 1\n", "a", "x = 1\n", id="semicolon and code"),
        pytest.param("if x: import a\n", "a", "if x: pass\n", id="colon"),
        pytest.param(
            "def f():\n    from a import b\n    x = 1\n", "b", "def f():\n    x = 1\n", id="function"
        ),
        pytest.param(
            "def f():\n    from a import b\n", "b", "def f():\n    pass\n", id="function, the only one"
        ),
        pytest.param(
            f"def f():\n    from a import (\n        b,\n        {'c' * 69},\n    )\n    b\n",
            "c" * 69,
            "def f():\n    from a import b\n    b\n",
            id="function, fits on one line now",
        ),
        pytest.param(
            "try:\n    import a\nexcept ImportError:\n    a = None\n",
            "a",
            "try:\n    pass\nexcept ImportError:\n    a = None\n",
            id="try",
        ),
        pytest.param(
            "import os\n\nimport a\n\nimport b\n", "a", "import os\n\nimport b\n", id="a group"
        ),
        pytest.param(
            "import os\n\nimport a\nimport b\n", "a", "import os\n\nimport b\n", id="first of a group"
        ),
        pytest.param(
            "import os\n\nimport a\nimport b\n", "b", "import os\n\nimport a\n", id="last of a group"
        ),
        pytest.param("import os\nimport a\n\n\nx = 1\n", "a", "import os\n\n\nx = 1\n", id="last"),
        pytest.param("# licence\nimport a\nimport b\n", "a", "# licence\nimport b\n", id="licence"),
        pytest.param(
            '"""Doc."""\n\nimport a\n\n\nx = 1\n', "a", '"""Doc."""\n\n\nx = 1\n', id="docstring"
        ),
        pytest.param(
            "import os\n\n# Third party\nimport a\nimport b\n",
            "a",
            "import os\n\n# Third party\nimport b\n",
            id="heading",
        ),
        pytest.param(
            "import os\n\n# a first\nimport a\nimport b\n",
            "a",
            "import os\n\nimport b\n",
            id="its own comment",
        ),
        pytest.param(
            "import os\n# Third party\nfrom a import x as y\nimport b\n",
            "y",
            "import os\n# Third party\nimport b\n",
            id="heading without a gap",
        ),
        pytest.param(
            "import os\n\n# Third party\nimport a\n\n# Ours\nimport b\n",
            "a",
            "import os\n\n# Ours\nimport b\n",
            id="the heading of a group that goes",
        ),
        pytest.param("import a\nimport b\n", "a b", "", id="all"),
        pytest.param("import a\r\nimport b", "b", "import a", id="no newline at the end"),
    ],
)  # fmt: skip
def test_dropped(before: str, drop: str, after: str) -> None:
    assert rewritten(before, drop=drop) == after


USED = code(
    """
    from celery import Celery

    x = Celery.y
    """
)


@pytest.mark.parametrize(
    ("imports", "use"),
    [
        ("from a import b", "@b\ndef f(): pass"),
        ("from a import b", "@b.c\nclass A: pass"),
        ("from a import b", "class A(b): pass"),
        ("from a import b", "class A:\n    x = b"),
        ("from a import b", "class A:\n    b = b"),
        ("from a import b", "class A:\n    b = 1\n    def f(): b"),
        ("from a import b", "del b"),
        ("from a import b", "b += 1"),
        ("from a import b", "def f(b=b): pass"),
        ("from a import b", "def f() -> b: pass"),
        ("from a import b", "def f(b: b): pass"),
        ("from a import b", "x = lambda b=b: 1"),
        ("from a import b", "x = [1 for c in b]"),
        ("from a import b", "x = [b for b in b]"),
        ("from a import b", "x = [1 for c in d for e in b]"),
        ("from a import b", "x = [[c for b in d] for c in b]"),
        ("from a import b", "x = [1 for c in d if b]"),
        ("from a import b", "x = [b for c in d]"),
        ("from a import b", "x = f'{b}'"),
        ("from a import b", "x: 'b' = 1"),
        ("from a import b", "x: List['b.c']"),
        ("from a import b", "def f(x: 'b'): pass"),
        ("from a import b", "def f() -> 'Optional[b]': pass"),
        ("from a import b", "async def f() -> 'Optional[b]': pass"),
        ("from a import b", "x = cast('b', y)"),
        ("from a import b", "x = typing.cast('b', y)"),
        ("from a import b", "x = 1  # type: b"),
        ("from a import b", "x = 1  # type: List[b]"),
        ("from a import b", "def f(x):\n    # type: (b) -> None\n    pass"),
        ("from a import b", "def f():\n    global b\n    b"),
        ("import a.b", "a.c"),
        ("from a import b\nfrom c import b", "b"),
        ("def f():\n    from a import b\n    b", ""),
        ("def f():\n    from a import b\n    def g(): b", ""),
        ("def f():\n    global b\n    from a import b", "b"),
        ("class A:\n    from a import b\n    c = b", ""),
        ("if x:\n    from a import b", "b"),
        ("try:\n    from a import b\nexcept ImportError:\n    b = None", "b"),
    ],
)
def test_still_used(imports: str, use: str) -> None:
    text = f"{imports}\n\n{use}\n"
    assert rewritten(text, drop="a b", forget="a b") == text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("from a import b\ndef f(b): b\n", "def f(b): b\n"),
        ("from a import b\ndef f():\n    b = 1\n    return b\n", "def f():\n    b = 1\n    return b\n"),
        ("from a import b\nx.b(b=1)\n", "x.b(b=1)\n"),
        ("from a import b\n[b for b in c if b]\n", "[b for b in c if b]\n"),
        ("from a import b\n{b: d for d, (b, e) in c}\n", "{b: d for d, (b, e) in c}\n"),
        ("from a import b\n[[b for c in d] for b in e]\n", "[[b for c in d] for b in e]\n"),
        ("from a import b\n[(lambda: b) for b in e]\n", "[(lambda: b) for b in e]\n"),
        ("from a import b\nclass A:\n    b = 1\n    c = b\n", "class A:\n    b = 1\n    c = b\n"),
        ("from a import b\n'b'\n", "'b'\n"),
        ("from a import b\nx = 1  # type: ignore[b]\n", "x = 1  # type: ignore[b]\n"),
        (
            "from a import b\ndef f():\n    from a import b\n    b\n",
            "def f():\n    from a import b\n    b\n",
        ),
        (
            "from a import b\ndef f():\n    from a import b\nb\n",
            "from a import b\ndef f():\n    pass\nb\n",
        ),
    ],
)  # fmt: skip
def test_not_used(text: str, after: str) -> None:
    assert rewritten(text, drop="b") == after


FORGET = "Celery app"


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        pytest.param(
            "from celery import Celery, x\n\ny = Celery.z\n",
            [replace("Celery.z", "1")],
            "from celery import x\n\ny = 1\n",
            id="the last use",
        ),
        pytest.param(
            "from celery import Celery\n\ny = Celery.z, Celery\n",
            [replace("Celery.z", "1")],
            "from celery import Celery\n\ny = 1, Celery\n",
            id="not the last use",
        ),
        pytest.param(
            "from celery import Celery\n\ny = a.z\n",
            [replace("a.z", "1")],
            "from celery import Celery\n\ny = 1\n",
            id="unused before",
        ),
        pytest.param(
            "from celery import Celery\n\n__all__ = ['Celery']\ny = Celery.z\n",
            [replace("Celery.z", "1")],
            "from celery import Celery\n\n__all__ = ['Celery']\ny = 1\n",
            id="exported",
        ),
        pytest.param(
            "from celery import Celery\n\n__all__ = ['a']\n__all__ += ['Celery']\ny = Celery.z\n",
            [replace("Celery.z", "1")],
            "from celery import Celery\n\n__all__ = ['a']\n__all__ += ['Celery']\ny = 1\n",
            id="exported with +=",
        ),
        pytest.param(
            "def f():\n    from celery import Celery\n    Celery.z\n\n\n__all__ = ['Celery']\n",
            [remove("Celery.z")],
            "def f():\n    pass\n\n\n__all__ = ['Celery']\n",
            id="in a function",
        ),
        pytest.param(
            "try:\n    from celery import Celery\nexcept ImportError:\n    Celery = None\nCelery.z\n",
            [remove("Celery.z")],
            "try:\n    from celery import Celery\nexcept ImportError:\n    Celery = None\n",
            id="tried",
        ),
        pytest.param(
            "try:\n    from celery import Celery\nfinally:\n    x\nCelery.z\n",
            [remove("Celery.z")],
            "try:\n    pass\nfinally:\n    x\n",
            id="not quite tried",
        ),
        pytest.param(
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from celery import Celery\n"
            "\n\ndef f(x: 'Celery'): pass\n",
            [remove("def f(x: 'Celery'): pass")],
            "",
            id="TYPE_CHECKING",
        ),
        pytest.param(
            "import typing as t\n\nif t.TYPE_CHECKING:\n    from celery import Celery\n\n"
            "x: t.Any\ny: Celery\n",
            [remove("y: Celery")],
            "import typing as t\n\nx: t.Any\n",
            id="typing.TYPE_CHECKING",
        ),
        pytest.param(
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from celery import Celery\n"
            "\nif TYPE_CHECKING:\n    from a import b\n\ny: Celery\n",
            [remove("y: Celery")],
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from a import b\n",
            id="two of them",
        ),
        pytest.param(
            "if TYPE_CHECKING:\n    from celery import Celery\nelse:\n    Celery = None\n\ny: Celery\n",
            [remove("y: Celery")],
            "if TYPE_CHECKING:\n    pass\nelse:\n    Celery = None\n",
            id="TYPE_CHECKING with else",
        ),
        pytest.param(
            "if TYPE_CHECKING:\n    from celery import Celery\n    x = 1\n\ny: Celery\n",
            [remove("y: Celery")],
            "if TYPE_CHECKING:\n    x = 1\n",
            id="TYPE_CHECKING with more",
        ),
        pytest.param(
            "if TYPE_CHECKING: from celery import Celery\n\ny: Celery\n",
            [remove("y: Celery")],
            "",
            id="TYPE_CHECKING on one line",
        ),
    ],
)
def test_forgotten(before: str, changes: list[Change], after: str) -> None:
    assert rewritten(before, *changes, forget=FORGET) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('__all__ = ("app",)', ""),
        ('__all__ = ["app"]', ""),
        ('__all__: list[str] = ["app"]', ""),
        ('__all__ = ("app", "x")', '__all__ = ("x",)'),
        ('__all__ = ("x", "app")', '__all__ = ("x",)'),
        ('__all__ = "x", "app"', '__all__ = "x",'),
        ('__all__ = "app", "x", "y"', '__all__ = "x", "y"'),
        ('__all__ = ["x", "app"]', '__all__ = ["x"]'),
        ('__all__ = {"x", "app"}', '__all__ = {"x"}'),
        ('__all__ = ["x"] + ["app"]', '__all__ = ["x"] + []'),
        ('__all__ = ["x"]\n__all__ += ["app"]', '__all__ = ["x"]'),
        ('__all__ = ["x"]\n__all__ += ["y", "app"]', '__all__ = ["x"]\n__all__ += ["y"]'),
        ('__all__ = ["x"]\n__all__.extend(["app"])', '__all__ = ["x"]\n__all__.extend([])'),
        (
            '__all__ = [\n    "x",  # x\n    "app",  # app\n    "y",  # y\n]',
            '__all__ = [\n    "x",  # x\n    "y",  # y\n]',
        ),
        ('__all__ = (\n    "x",\n    "app",\n)', '__all__ = (\n    "x",\n)'),
        ('__all__ = other = ["app", x]', "__all__ = other = [x]"),
    ],
)
def test_all(before: str, after: str) -> None:
    text = f"from .celery import app\n\n{before}\nraise x\n"
    expected = f"{after}\nraise x\n" if after else "raise x\n"
    assert rewritten(text, drop="app") == expected


def test_all_keeps_what_is_used() -> None:
    text = 'from .celery import app\n\n__all__ = ["app"]\nx = app\n'
    assert rewritten(text, drop="app") == text


def test_django_package() -> None:
    text = code(
        """
        # This will make sure the app is always imported when
        # Django starts so that shared_task will use this app.
        from .celery import app as celery_app

        __all__ = ("celery_app",)
        """
    )
    near = Import("celery", "broker", 1, effect=True)
    assert rewritten(text, drop="celery_app", imports=(near,)) == code(
        """
        # This will make sure the app is always imported when
        # Django starts so that shared_task will use this app.
        from .celery import broker  # noqa: F401
        """
    )


@pytest.mark.parametrize(
    ("comment", "stays"),
    [
        ("# Makes shared_task use this app.\n", ""),
        ("# Celery\n", ""),
        ("# Copyright: this package.\n", "# Copyright: this package.\n"),
        ("# Celery, too.\n\n", "# Celery, too.\n"),
    ],
)
def test_a_comment_on_an_import_goes_with_it(comment: str, stays: str) -> None:
    text = f"{comment}from .celery import app\n\n__all__ = ('app',)\n"
    assert rewritten(text, drop="app") == stays


def test_replaced_imports_without_an_order() -> None:
    text = "import z\nimport celery\nfrom e import f\nimport b\n\nx = 1\n"
    imports = (DRAMATIQ, Import("dramatiq_crontab"), Import("apscheduler"))
    assert rewritten(text, drop="celery", imports=imports) == (
        "import z\nimport apscheduler\nimport dramatiq\nimport dramatiq_crontab\n"
        "from e import f\nimport b\n\nx = 1\n"
    )


def test_replaced_imports() -> None:
    text = code(
        """
        from datetime import timedelta

        from celery import shared_task
        from celery.utils.log import get_task_logger

        from shop import ledger
        from shop.app import app

        log = get_task_logger(__name__)


        @shared_task
        def f():
            app.x
        """
    )
    helper = Import("shop.dramatiq_helpers", "retry")
    assert rewritten(
        text,
        call("get_task_logger(__name__)", (None, Keep(0)), function="logging.getLogger"),
        replace("shared_task", "dramatiq.actor", 2),
        remove("app.x"),
        forget="shared_task get_task_logger app",
        imports=(DRAMATIQ, Import("logging"), BROKER, helper),
    ) == code(
        """
        import logging
        from datetime import timedelta

        import dramatiq

        from shop import ledger
        from shop.app import broker  # noqa: F401
        from shop.dramatiq_helpers import retry

        log = logging.getLogger(__name__)


        @dramatiq.actor
        def f():
            pass
        """
    )


@pytest.mark.parametrize(
    ("text", "new", "line"),
    [
        ("x = 1\ndramatiq = 2\n", DRAMATIQ, 2),
        ("def dramatiq(): pass\n", DRAMATIQ, 1),
        ("class dramatiq: pass\n", DRAMATIQ, 1),
        ("from a import dramatiq\n", DRAMATIQ, 1),
        ("import a as dramatiq\n", DRAMATIQ, 1),
        ("from a import partial\n", PARTIAL, 1),
        ("from a import b as partial\n", PARTIAL, 1),
        ("import partial\n", PARTIAL, 1),
        ("for partial in x: pass\n", PARTIAL, 1),
        ("with x as partial: pass\n", PARTIAL, 1),
        ("def f():\n    global partial\n    partial = 1\n", PARTIAL, 3),
        ("broker = 1\n", BROKER, 1),
    ],
)
def test_taken(text: str, new: Import, line: int) -> None:
    with pytest.raises(Unprintable) as caught:
        rewritten(text, imports=(new,))
    name = new.name or new.module
    assert str(caught.value).startswith(
        f"shop/tasks.py:{line}: `{name}` is something else here, and"
    )
    assert str(caught.value).endswith("is needed")


@pytest.mark.parametrize(
    "text",
    [
        "from functools import partial\n",
        "if x:\n    from functools import partial\n",
        "def f(partial): pass\n",
        "x.partial = 1\n",
    ],
)
def test_not_taken(text: str) -> None:
    assert "from functools import partial\n" in rewritten(text, imports=(PARTIAL,))


def test_a_helper_given_relatively_is_the_same() -> None:
    text = "if x:\n    from .dramatiq_helpers import retry\n\ny = 1\n"
    new = Import("shop.dramatiq_helpers", "retry")
    assert "from shop.dramatiq_helpers import retry\n" in rewritten(text, imports=(new,))


def test_free_again() -> None:
    text = "from celery import partial\n\nx = 1\n"
    assert rewritten(text, imports=(PARTIAL,), drop="partial") == (
        "from functools import partial\n\nx = 1\n"
    )


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("def f(partial):\n    g.go()\n", True),
        ("def f():\n    for partial in x:\n        g.go()\n", True),
        ("def f():\n    partial = 1\n    def h():\n        g.go()\n", True),
        ("def f():\n    partial = 1\n    return lambda: g.go()\n", True),
        ("x = lambda partial: g.go()\n", True),
        ("class A:\n    partial = 1\n    x = g.go()\n", True),
        ("class A:\n    partial = 1\n    def f():\n        g.go()\n", False),
        ("def h(partial): pass\ndef f():\n    g.go()\n", False),
        ("def f():\n    from functools import partial\n    g.go()\n", False),
        ("@g.go()\ndef f(partial): pass\n", False),
    ],
)
def test_taken_where_it_is_printed(text: str, taken: bool) -> None:
    change = call("g.go()", function="partial", imports=(PARTIAL,))
    if not taken:
        assert "partial()" in rewritten(text, change, imports=(PARTIAL,))
        return
    with pytest.raises(Unprintable, match="`partial` is something else here"):
        rewritten(text, change, imports=(PARTIAL,))


def test_a_helper_taken_where_it_is_printed() -> None:
    text = "def f(retry):\n    g.go()\n"
    change = call("g.go()", function="retry", helpers=("retry",))
    with pytest.raises(Unprintable, match="`retry` is something else here"):
        rewritten(text, change, imports=(Import("shop.dramatiq_helpers", "retry"),))


def test_the_name_of_the_broker_is_taken() -> None:
    text = "app = Celery(broker=A)\n\n\ndef broker(): pass\n"
    with pytest.raises(Unprintable, match=r"tasks.py:1: `broker` is something else here"):
        rewritten(text, broker("app = Celery(broker=A)"), imports=(DRAMATIQ,))


def test_no_valid_python() -> None:
    text = "def f():\n    x.y = 1\n"
    with pytest.raises(Unprintable, match=r"tasks.py:2: the edit is no valid Python"):
        rewritten(text, replace("x.y", "z()"), imports=(DRAMATIQ,), drop="a")


def test_a_note_needs_no_imports() -> None:
    assert rewritten("import a\na\n", todo("a", "x", 2), forget="a") == (
        "import a\n# TODO(celery2dramatiq): x\na\n"
    )
