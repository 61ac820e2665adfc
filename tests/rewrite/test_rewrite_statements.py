"""Statements are replaced, removed and noted; comments and blank lines stay tidy."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from celery2dramatiq.rewrite import Unprintable
from celery2dramatiq.specs import Keep, Text
from tests.rewrite.edits import Change, actor, broker, code, remove, rename, rewritten, todo

URL = ((None, Keep("broker")), ("results", Keep("backend")))


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        pytest.param(
            """
            app = Celery("shop", broker=A, backend=B)  # the app
            x = 1
            """,
            [broker('app = Celery("shop", broker=A, backend=B)', *URL)],
            """
            broker = make_broker(A, results=B)  # the app
            dramatiq.set_broker(broker)
            x = 1
            """,
            id="one line",
        ),
        pytest.param(
            """
            # the app
            app: Celery = Celery(
                "shop",
                broker=A,  # Redis
                backend=B,
            )
            """,
            [
                broker(
                    'app: Celery = Celery(\n    "shop",\n    broker=A,  # Redis\n    backend=B,\n)',
                    *URL,
                    variable="other",
                )
            ],
            """
            # the app
            other = make_broker(
                A,  # Redis
                results=B,
            )
            dramatiq.set_broker(other)
            """,
            id="annotated",
        ),
        pytest.param(
            """
            app = Celery(
                "shop",
                broker=A,  # Redis
            )  # the app

            app.conf.x = 1
            """,
            [broker('app = Celery(\n    "shop",\n    broker=A,  # Redis\n)', keep=True)],
            """
            app = Celery(
                "shop",
                broker=A,  # Redis
            )  # the app
            broker = make_broker(A)
            dramatiq.set_broker(broker)

            app.conf.x = 1
            """,
            id="kept",
        ),
        pytest.param(
            "app = current = Celery()\n",
            [broker("app = current = Celery()", (None, Text("A")), keep=True)],
            "app = current = Celery()\nbroker = make_broker(A)\ndramatiq.set_broker(broker)\n",
            id="two names, kept",
        ),
        pytest.param(
            "self.app = app\n",
            [broker("self.app = app", (None, Text("A")), keep=True)],
            "self.app = app\nbroker = make_broker(A)\ndramatiq.set_broker(broker)\n",
            id="no call, kept",
        ),
        pytest.param(
            "x = 1; app = Celery(broker=A); y = 2;\n",
            [broker("app = Celery(broker=A)")],
            "x = 1; broker = make_broker(A); dramatiq.set_broker(broker); y = 2;\n",
            id="semicolons",
        ),
        pytest.param(
            "x = 1; app = Celery(broker=A)\n",
            [broker("app = Celery(broker=A)", keep=True)],
            "x = 1; app = Celery(broker=A); broker = make_broker(A); dramatiq.set_broker(broker)\n",
            id="semicolons, kept",
        ),
        pytest.param(
            "app = Celery(broker=A);\n",
            [broker("app = Celery(broker=A)")],
            "broker = make_broker(A)\ndramatiq.set_broker(broker)\n",
            id="semicolon at the end",
        ),
        pytest.param(
            """
            try:
                if x:
                    app = Celery(broker=A)
            finally:
                pass
            """,
            [broker("app = Celery(broker=A)")],
            """
            try:
                if x:
                    broker = make_broker(A)
                    dramatiq.set_broker(broker)
            finally:
                pass
            """,
            id="in blocks",
        ),
        pytest.param(
            "if x: app = Celery(broker=A)\n",
            [broker("app = Celery(broker=A)")],
            "if x: broker = make_broker(A); dramatiq.set_broker(broker)\n",
            id="behind a colon",
        ),
        pytest.param(
            "if x:\r\n\tapp = Celery(broker=A)",
            [broker("app = Celery(broker=A)")],
            "if x:\r\n\tbroker = make_broker(A)\r\n\tdramatiq.set_broker(broker)",
            id="Windows, no newline at the end",
        ),
        pytest.param(
            "app = Celery(broker=a.b.c)\n",
            [broker("app = Celery(broker=a.b.c)", keep=True), rename("a.b", "d")],
            "app = Celery(broker=a.d.c)\nbroker = make_broker(a.d.c)\n"
            "dramatiq.set_broker(broker)\n",
            id="an edit inside",
        ),
    ],
)
def test_brokers(before: str, changes: list[Change], after: str) -> None:
    text = code(before) if before.startswith("\n") else before
    assert rewritten(text, *changes) == (code(after) if after.startswith("\n") else after)


@pytest.mark.parametrize(
    "statement",
    ["app = other = Celery(broker=A)", "self.app = Celery(broker=A)", "app['x'] = Celery(broker=A)",
     "self.app: X = Celery(broker=A)", "app: X", "app += Celery(broker=A)"],
)  # fmt: skip
def test_apps_that_are_not_simply_assigned(statement: str) -> None:
    with pytest.raises(Unprintable, match=r"tasks.py:2: the app is not simply assigned to a name"):
        rewritten(f"\n{statement}\n", broker(statement))


@pytest.mark.parametrize(
    ("before", "removed", "after"),
    [
        pytest.param("a()\nb()\nc()\n", ["b()"], "a()\nc()\n", id="one"),
        pytest.param("a()\nb()\nc()\nd()\n", ["b()", "c()"], "a()\nd()\n", id="two"),
        pytest.param("a()\n", ["a()"], "", id="all"),
        pytest.param("a()  # why\nb()\n", ["a()"], "b()\n", id="its comment"),
        pytest.param("a(\n  1\n)\nb()\n", ["a(\n  1\n)"], "b()\n", id="several lines"),
        pytest.param("x()\n# a\na()\nb()\n", ["a()"], "x()\nb()\n", id="the comment above"),
        pytest.param("x()\n\n# a\n# a\na()\n\nb()\n", ["a()"], "x()\n\nb()\n", id="the comments"),
        pytest.param(
            "x()\n# other\n\n# a\na()\nb()\n", ["a()"], "x()\n# other\n\nb()\n", id="of others"
        ),
        pytest.param(
            "x()\n# other\n\na()\n", ["a()"], "x()\n# other\n", id="of others, at the end"
        ),
        pytest.param(
            "x()\n# other\n\n# a\na()\n# end\n",
            ["a()"],
            "x()\n# other\n\n# end\n",
            id="above the footer",
        ),
        pytest.param("x()\na()\n\n# end\n", ["a()"], "x()\n\n# end\n", id="footer"),
        pytest.param("x()\n\n\na()\n\n\n# end\n", ["a()"], "x()\n\n\n# end\n", id="footer, blank"),
        pytest.param("# licence\na()\nb()\n", ["a()"], "# licence\nb()\n", id="licence"),
        pytest.param("# licence\n\n# a\na()\nb()\n", ["a()"], "# licence\n\nb()\n", id="header"),
        pytest.param("#!/x\n# licence\n\na()\n", ["a()"], "#!/x\n# licence\n", id="only that"),
        pytest.param("\n\na()\n\nb()\n", ["a()"], "\n\nb()\n", id="blank lines on top"),
        pytest.param("a()\n\n\nb()\n", ["a()"], "b()\n", id="the first"),
        pytest.param("a()\n\n\nb()\n\nc()\n", ["a()", "b()"], "c()\n", id="the first two"),
        pytest.param(
            "x()\n# ---- Celery ----\na()\nb()\n",
            ["a()"],
            "x()\n# ---- Celery ----\nb()\n",
            id="section",
        ),
        pytest.param(
            "x()\n# pylint: disable=x\na()\nb()\n",
            ["a()"],
            "x()\n# pylint: disable=x\nb()\n",
            id="pragma",
        ),
        pytest.param(
            "def f():\n    x\n\n\na()\n\n\ndef g():\n    x\n",
            ["a()"],
            "def f():\n    x\n\n\ndef g():\n    x\n",
            id="between functions",
        ),
        pytest.param(
            "def f():\n    x\n\n\na()\nb()\n",
            ["a()"],
            "def f():\n    x\n\n\nb()\n",
            id="below a function",
        ),
        pytest.param("x()\n\na()\nb()\n", ["a()"], "x()\n\nb()\n", id="below a gap"),
        pytest.param("x()\na()\n\nb()\n", ["a()"], "x()\n\nb()\n", id="above a gap"),
        pytest.param(
            "x()\n\na()\n\n\nb()\n\nc()\n", ["a()", "b()"], "x()\n\n\nc()\n", id="the larger gap"
        ),
        pytest.param("a(); b()\n", ["a()"], "b()\n", id="semicolon"),
        pytest.param("a(); b()\n", ["b()"], "a()\n", id="semicolon, last"),
        pytest.param("a(); b();\n", ["b()"], "a();\n", id="semicolon, last of two"),
        pytest.param("a(); b(); c()  # c\n", ["b()"], "a(); c()  # c\n", id="semicolon, middle"),
        pytest.param("x()\na(); b()\n", ["a()", "b()"], "x()\n", id="semicolon, both"),
        pytest.param("if x: a()\n", ["a()"], "if x: pass\n", id="colon"),
        pytest.param("if x: a(); b()\n", ["a()"], "if x: b()\n", id="colon, one of two"),
        pytest.param("if x:\n    a()\n", ["a()"], "if x:\n    pass\n", id="the only one"),
        pytest.param(
            "if x:\n    # a\n    a()  # a\n    # end\nb()\n",
            ["a()"],
            "if x:\n    pass\n    # end\nb()\n",
            id="the only one, comments",
        ),
        pytest.param(
            "if x:\n    # other\n\n    a()\nb()\n",
            ["a()"],
            "if x:\n    pass\n    # other\nb()\n",
            id="the only one, comments of others",
        ),
        pytest.param(
            "if x:\n    a()\nelse:\n    b()\n",
            ["b()"],
            "if x:\n    a()\nelse:\n    pass\n",
            id="else",
        ),
        pytest.param(
            'def f():\n    """Doc."""\n    a()\n',
            ["a()"],
            'def f():\n    """Doc."""\n',
            id="docstring",
        ),
        pytest.param(
            'def f():\n    """Doc."""\n    a()\n', ["a()"], 'def f():\n    """Doc."""\n', id="doc"
        ),
        pytest.param(
            'x()\n\n\nif __name__ == "__main__":\n    a()\n',
            ['if __name__ == "__main__":\n    a()'],
            "x()\n",
            id="main",
        ),
        pytest.param(
            "x()\n\n# if\nif a:\n    a()\n    # in\nelse:\n    b()\n\n# c\nc()\n",
            ["if a:\n    a()\n    # in\nelse:\n    b()"],
            "x()\n\n# c\nc()\n",
            id="if",
        ),
        pytest.param("for a in b: c()\nd()\n", ["for a in b: c()"], "d()\n", id="for"),
        pytest.param("while a:\n  b()\nd()\n", ["while a:\n  b()"], "d()\n", id="while"),
        pytest.param("with a: b()\nd()\n", ["with a: b()"], "d()\n", id="with"),
        pytest.param(
            "try: a()\nexcept: b()\nfinally:\n  c();\nd()\n",
            ["try: a()\nexcept: b()\nfinally:\n  c()"],
            "d()\n",
            id="try",
        ),
        pytest.param("@x\ndef f(): a()\nd()\n", ["def f(): a()"], "d()\n", id="def"),
        pytest.param("async def f(): a()\nd()\n", ["async def f(): a()"], "d()\n", id="async def"),
        pytest.param("class A:\n  a = 1\nd()\n", ["class A:\n  a = 1"], "d()\n", id="class"),
        pytest.param(
            "match a:\n  case 1: b()\n  case _:\n    c()\nd()\n",
            ["match a:\n  case 1: b()\n  case _:\n    c()"],
            "d()\n",
            id="match",
        ),
        pytest.param("x()\n\x0c\na()\nb()\n", ["a()"], "x()\n\x0c\nb()\n", id="form feed, alone"),
        pytest.param("a()\r\nb()\r\n", ["a()"], "b()\r\n", id="Windows"),
        pytest.param("a()\nb()", ["b()"], "a()", id="no newline at the end"),
        pytest.param("é()\nb()\n", ["b()"], "é()\n", id="beyond ASCII"),
    ],
)
def test_removed(before: str, removed: list[str], after: str) -> None:
    assert rewritten(before, *(remove(statement) for statement in removed)) == after


def test_what_is_removed_takes_the_specs_inside_along() -> None:
    assert rewritten("a.b()\nc()\n", remove("a.b()"), rename("a.b", "x")) == "c()\n"


def test_removed_beside_a_broker() -> None:
    text = code(
        """
        import os

        # The app.
        app = Celery(broker=A)
        # Its settings.
        app.conf.x = 1
        app.conf.y = 2


        def f():
            pass


        if __name__ == "__main__":
            app.start()
        """
    )
    assert rewritten(
        text,
        broker("app = Celery(broker=A)"),
        remove("app.conf.x = 1"),
        remove("app.conf.y = 2"),
        remove('if __name__ == "__main__":\n    app.start()'),
    ) == code(
        """
        import os

        # The app.
        broker = make_broker(A)
        dramatiq.set_broker(broker)


        def f():
            pass
        """
    )


@pytest.mark.parametrize(
    ("before", "statement", "after"),
    [
        ("a()\n", "a()", "# NOTE\na()\n"),
        ("# c\n\na()\n", "a()", "# c\n\n# NOTE\na()\n"),
        ("x()\n\n# c\na()  # d\n", "a()", "x()\n\n# c\n# NOTE\na()  # d\n"),
        ("x(); a()\n", "a()", "# NOTE\nx(); a()\n"),
        ("if x:\n    a()\n", "a()", "if x:\n    # NOTE\n    a()\n"),
        ("if x: a()\n", "a()", "# NOTE\nif x: a()\n"),
        ("if x:\n    if y: a()\n", "a()", "if x:\n    # NOTE\n    if y: a()\n"),
        ("if x:\n    b()\nelif y: a()\nelse: c()\n", "a()", "# NOTE\nif x:\n    b()\nelif y: a()\nelse: c()\n"),
        ("for x in y:\n    a()\n", "for x in y:\n    a()", "# NOTE\nfor x in y:\n    a()\n"),
        ("@d\ndef f(): a()\n", "def f(): a()", "# NOTE\n@d\ndef f(): a()\n"),
        ("# NOTE\na()\n", "a()", "# NOTE\na()\n"),
    ],
)  # fmt: skip
def test_notes(before: str, statement: str, after: str) -> None:
    note = "# TODO(celery2dramatiq): C2D123 do it"
    text, expected = (one.replace("# NOTE", note) for one in (before, after))
    once = rewritten(text, todo(statement, "C2D123 do it"))
    assert once == expected
    assert rewritten(once, todo(statement, "C2D123 do it")) == expected


def test_two_notes() -> None:
    text = "a(b)\n"
    assert rewritten(text, todo("a(b)", "one"), todo("a(b)", "two"), todo("a(b)", "one")) == (
        "# TODO(celery2dramatiq): one\n# TODO(celery2dramatiq): two\na(b)\n"
    )


def test_notes_above_a_decorator() -> None:
    text = "@x\n# why\n@app.task\ndef f(): pass\n"
    change = actor("app.task", ("actor_name", Text("'f'")), todo=("one", "two", "one"))
    assert rewritten(text, change) == (
        "@x\n# why\n# TODO(celery2dramatiq): one\n# TODO(celery2dramatiq): two\n"
        "@dramatiq.actor(actor_name='f')\ndef f(): pass\n"
    )


def test_two_changes_of_one_place() -> None:
    with pytest.raises(Unprintable, match=r"tasks.py:1: two different changes of one place"):
        rewritten("a.b\n", rename("a.b", "x"), rename("a.b", "y"))


def test_the_same_change_twice() -> None:
    assert rewritten("a.b\n", rename("a.b", "x"), rename("a.b", "x")) == "a.x\n"


def test_nothing_there() -> None:
    with pytest.raises(Unprintable, match=r"tasks.py:2: nothing to rewrite at byte 4"):
        rewritten("a()\nb()\n", remove("b("))


@pytest.mark.parametrize("text", ["a()\rb()\r", "\x0ca()\nb()\n", "a()\n\x0cb()\n"])
def test_a_file_that_libcst_does_not_give_back(text: str) -> None:
    with pytest.raises(Unprintable, match="does not give the file back"):
        rewritten(text, remove("b()"))
