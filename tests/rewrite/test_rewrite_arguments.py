"""Arguments keep the layout and the comments that they had."""

from __future__ import annotations

import pytest

from celery2dramatiq.rewrite import Unprintable
from celery2dramatiq.specs import Elements, Inner, Keep, Method, OrEmpty, Rest, Text, Wrapped
from tests.rewrite.edits import ALL, Change, actor, at, call, code, rename, rewritten

ARGS = ("args", Keep("args"))
DELAY = ("delay", Keep("countdown"))
NAMED = ("actor_name", Text('"a.b"'))


@pytest.mark.parametrize(
    ("before", "args", "after"),
    [
        ("f.go(1, x=2)", ALL, "f.send(1, x=2)"),
        ("f.go()", ALL, "f.send()"),
        ("f.go( )", ALL, "f.send()"),
        ("f.go( 1, 2 )", ALL, "f.send( 1, 2 )"),
        ("f.go(1, 2,)", ALL, "f.send(1, 2,)"),
        ("f.go(1,2)", [(None, Keep(1)), (None, Keep(0))], "f.send(2,1)"),
        ("f.go (1)", ALL, "f.send (1)"),
        ("f.go(*a, **k)", ALL, "f.send(*a, **k)"),
        ("f.go(1, *a, x=2)", [(None, Keep(1)), ("x", Keep("x"))], "f.send(*a, x=2)"),
        ("f.go(1, x=2)", [("args", Keep(0))], "f.send(args=1)"),
        ("f.go(1, x = 2)", [("args", Keep(0)), ("y", Keep("x"))], "f.send(args = 1, y = 2)"),
        ("f.go(1, x = 2)", [("args", Keep(0)), ("y", Text("3"))], "f.send(args = 1, y = 3)"),
        ("f.go(x=1)", [(None, Keep("x"))], "f.send(1)"),
        ("f.go(1, x=2)", [], "f.send()"),
        ("f.go(1)", [(None, Keep(0)), ("q", Text("'d'"))], "f.send(1, q='d')"),
        ("f.go(1,)", [(None, Keep(0)), ("q", Text("'d'"))], "f.send(1, q='d',)"),
        ("f.go(a for a in b)", ALL, "f.send(a for a in b)"),
        ("f.go(a for a in b)", [("args", Keep(0))], "f.send(args=(a for a in b))"),
        ("f.go(a for a in b)", [*ALL, (None, Text("1"))], "f.send((a for a in b), 1)"),
        ("f.go(a for a in b)", [(None, Wrapped("g.h", 0))], "f.send(g.h(a for a in b))"),
        ("f.go(a := 1)", ALL, "f.send(a := 1)"),
        ("f.go(a := 1)", [("args", Keep(0))], "f.send(args=(a := 1))"),
        ("f.go(x=(yield))", [(None, Keep("x"))], "f.send((yield))"),
        ("f.go((1, 2))", [(None, Elements(0))], "f.send(1, 2)"),
        ("f.go((1,))", [(None, Elements(0))], "f.send(1)"),
        ("f.go(())", [(None, Elements(0))], "f.send()"),
        ("f.go([1, *a], 3)", [(None, Elements(0)), (None, Rest())], "f.send(1, *a, 3)"),
        ("f.go(a)", [(None, Elements(0))], "f.send(*a)"),
        ("(f.go(1))", ALL, "(f.send(1))"),
        ("(f).go(1)", ALL, "(f).send(1)"),
        ("f.go(\n    1\n)", ALL, "f.send(\n    1\n)"),
        ("f.go(1, \\\n     2)", ALL, "f.send(1, \\\n     2)"),
    ],
)
def test_one_line(before: str, args: list[tuple[str | None, object]], after: str) -> None:
    whole = before[1:-1] if before == "(f.go(1))" else before
    spec = call(whole, *args, attribute="send")  # type: ignore[arg-type]
    assert rewritten(f"{before}\n", spec) == f"{after}\n"


@pytest.mark.parametrize(
    ("before", "args", "after"),
    [
        pytest.param(
            """
            f.go(
                a,
                b=1,
            )
            """,
            [("x", Keep("b")), ("y", Text("new"))],
            """
            f.send(
                x=1,
                y=new,
            )
            """,
            id="trailing comma",
        ),
        pytest.param(
            """
            f.go(
                a,
                b=1
            )
            """,
            [*ALL, ("c", Text("2"))],
            """
            f.send(
                a,
                b=1,
                c=2
            )
            """,
            id="no trailing comma",
        ),
        pytest.param(
            """
            f.go(  # here
                # first
                a,  # one
                # second
                b,  # two

                # third
                c,  # three
                # last
            )
            """,
            [(None, Keep(2)), (None, Keep(0))],
            """
            f.send(  # here

                # third
                c,  # three
                # first
                a,  # one
                # last
            )
            """,
            id="comments",
        ),
        pytest.param(
            """
            f.go(
                # speaks of all three
                a,
                b,
                c,
                # speaks of the next
                d,
            )
            """,
            [(None, Keep(1)), (None, Keep(3))],
            """
            f.send(
                # speaks of all three
                b,
                # speaks of the next
                d,
            )
            """,
            id="a comment heads the arguments below it",
        ),
        pytest.param(
            """
            f.go(
                # of no one

                # of a
                a,
                b,  # b
                # of c
                c
                # of no one, too
            )
            """,
            [(None, Keep(1))],
            """
            f.send(
                # of no one

                # of a
                b  # b
                # of no one, too
            )
            """,
            id="comments of dropped arguments",
        ),
        pytest.param(
            """
            f.go(
                a,
                # of no one

                # of b
                b,
            )
            """,
            [(None, Keep(0))],
            """
            f.send(
                a,
                # of no one

            )
            """,
            id="comments above a dropped last argument",
        ),
        pytest.param(
            """
            f.go(  # here
                a,  # of a
                # below
            )
            """,
            [],
            """
            f.send(  # here
                # below
            )
            """,
            id="nothing left but comments",
        ),
        pytest.param(
            """
            f.go(
                a,  # of a
                # below
            )
            """,
            [],
            """
            f.send(
                # below
            )
            """,
            id="nothing left but a comment",
        ),
        pytest.param(
            """
            f.go(
                a,  # of a
            )
            """,
            [],
            """
            f.send()
            """,
            id="nothing left",
        ),
        pytest.param(
            """
            f.go(  # nothing
                # at all
            )
            """,
            [(None, Text("a")), (None, Text("b"))],
            """
            f.send(  # nothing
                # at all
                a,
                b
            )
            """,
            id="an empty call with comments",
        ),
        pytest.param(
            """
            f.go(  # nothing
                # at all
            )
            """,
            [],
            """
            f.send(  # nothing
                # at all
            )
            """,
            id="an empty call with comments stays empty",
        ),
        pytest.param(
            """
            f.go(a,  # one
                 b,  # two
                 c)  # three
            """,
            [(None, Keep(1)), (None, Keep(2)), (None, Keep(0))],
            """
            f.send(b,  # two
                   c,
                   a  # one
            )  # three
            """,
            id="visual",
        ),
        pytest.param(
            """
            f.go(a,
                 # of b
                 b)
            """,
            [(None, Keep(1))],
            """
            f.send(
                 # of b
                 b)
            """,
            id="visual, a comment above the first",
        ),
        pytest.param(
            """
            f.go(a, b,
                 c, d,
                 e)
            """,
            [(None, Keep(0)), (None, Keep(3)), (None, Keep(4)), ("x", Text("1"))],
            """
            f.send(a,
                   d,
                   e, x=1)
            """,
            id="mixed",
        ),
        pytest.param(
            """
            f.go(a  # one
               , b  # two
               , c)
            """,
            [(None, Keep(0)), (None, Keep(2))],
            """
            f.send(a,  # one
                c)
            """,
            id="commas in front",
        ),
        pytest.param(
            """
            f.go(
                a,
                b  # two
                ,
            )
            """,
            [(None, Keep(0))],
            """
            f.send(
                a,
            )
            """,
            id="a trailing comma below",
        ),
        pytest.param(
            """
            f.go(
                a, b, c
            )
            """,
            [(None, Keep(0)), (None, Keep(2)), ("d", Text("4"))],
            """
            f.send(
                a, c, d=4
            )
            """,
            id="black's first try",
        ),
        pytest.param(
            """
            f.go(
                x={
                    "a": 1,  # one
                },
                y=[
                    2,
                ],
            )
            """,
            [("y", Keep("y")), ("x", Keep("x"))],
            """
            f.send(
                y=[
                    2,
                ],
                x={
                    "a": 1,  # one
                },
            )
            """,
            id="values over several lines",
        ),
        pytest.param(
            """
            f.go({
                "a": 1,
            }, countdown=3)
            """,
            [(None, Keep(0)), DELAY],
            """
            f.send({
                "a": 1,
            }, delay=3)
            """,
            id="hugging",
        ),
        pytest.param(
            """
            f.go(
            \ta,
            \tb,
            )
            """,
            [*ALL, (None, Text("c"))],
            """
            f.send(
            \ta,
            \tb,
            \tc,
            )
            """,
            id="tabs",
        ),
    ],
)
def test_several_lines(before: str, args: list[tuple[str | None, object]], after: str) -> None:
    text = code(before)
    whole = text[: text.rindex(")") + 1]
    spec = call(whole, *args, attribute="send")  # type: ignore[arg-type]
    assert rewritten(text, spec) == code(after)


ON_COMMIT = (None, Inner("partial", ((None, Method("send")), (None, Rest()))))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f.go()", "on_commit(partial(f.send))"),
        ("f.go(1, x=2)", "on_commit(partial(f.send, 1, x=2))"),
        ("f.go(a for a in b)", "on_commit(partial(f.send, (a for a in b)))"),
        ("f.go(\n    1,\n    2,\n)", "on_commit(\n    partial(f.send, 1, 2),\n)"),
        (
            "f.go(\n    1,  # one\n    2,\n)",
            "on_commit(\n    partial(\n        f.send,\n        1,  # one\n        2,\n    ),\n)",
        ),
        (
            "f.go(\n    # one\n    [\n        1,\n    ]\n    # end\n)",
            "on_commit(\n    partial(\n        f.send,\n        # one\n        [\n"
            "            1,\n        ]\n    )\n    # end\n)",
        ),
        ("f.go(1,\n     2)", f"on_commit(partial(f.send,\n{' ' * 18}1,\n{' ' * 18}2))"),
        (
            "f.go(1,  # one\n     2, 3)",
            f"on_commit(partial(f.send, 1,  # one\n{' ' * 18}2, 3))",
        ),
    ],
)
def test_a_call_inside_gets_the_arguments(before: str, after: str) -> None:
    spec = call(before, ON_COMMIT, function="on_commit")
    assert rewritten(f"{before}\n", spec) == f"{after}\n"


def test_an_inner_call_beside_others() -> None:
    text = code(
        """
        @app.task(
            bind=True,  # gone
            autoretry_for=(
                KeyError,  # a key
                ValueError,
                # and no more
            ),  # both
            # how often
            max_retries=5,
            queue="mail",  # ours
        )
        def f():
            pass
        """
    )
    policy = Inner("policy", ((None, Elements("autoretry_for")), ("max", Keep("max_retries"))))
    spec = actor(
        text[1 : text.index("\ndef")],
        NAMED,
        ("queue_name", Text("'mail'")),
        ("retry_when", policy),
    )
    assert rewritten(text, spec) == code(
        """
        @dramatiq.actor(
            actor_name="a.b",
            queue_name="mail",  # ours
            retry_when=policy(
                KeyError,  # a key
                ValueError,  # both
                # how often
                max=5,
            ),
            # and no more
        )
        def f():
            pass
        """
    )


def test_elements_bring_their_layout_along() -> None:
    before = "f.go((\n    a,  # one\n    b,\n))"
    spec = call(before, (None, Elements(0)), attribute="send")
    assert rewritten(f"{before}\n", spec) == "f.send(\n    a,  # one\n    b,\n)\n"


def test_an_inner_call_of_one_line() -> None:
    before = "@task(autoretry_for=(KeyError,), max_retries=5)\ndef f(): pass\n"
    policy = Inner("policy", ((None, Elements("autoretry_for")), ("max", Keep("max_retries"))))
    spec = actor(before[1 : before.index("\n")], NAMED, ("retry_when", policy))
    assert rewritten(before, spec).startswith(
        '@dramatiq.actor(actor_name="a.b", retry_when=policy(KeyError, max=5))\n'
    )


@pytest.mark.parametrize(
    ("before", "decorator", "after"),
    [
        ("@app.task", "app.task", '@dramatiq.actor(actor_name="a.b")'),
        ("@app.task()", "app.task()", '@dramatiq.actor(actor_name="a.b")'),
        ("@(app.task)", "app.task", '@(dramatiq.actor(actor_name="a.b"))'),
        ("@(app.task())", "app.task()", '@(dramatiq.actor(actor_name="a.b"))'),
        ("@app.task  # ours", "app.task", '@dramatiq.actor(actor_name="a.b")  # ours'),
        ("@app.task(name='a.b')", "app.task(name='a.b')", "@dramatiq.actor(actor_name='a.b')"),
        ("@app.task('a.b')", "app.task('a.b')", "@dramatiq.actor(actor_name='a.b')"),
        (
            "@app.task(\n    name='a.b',  # old\n)",
            "app.task(\n    name='a.b',  # old\n)",
            "@dramatiq.actor(\n    actor_name='a.b',  # old\n)",
        ),
        (
            "@app.task(\n    name='a.b',  # old\n    x=1)",
            "app.task(\n    name='a.b',  # old\n    x=1)",
            "@dramatiq.actor(\n    actor_name='a.b'  # old\n)",
        ),
    ],
)
def test_decorators(before: str, decorator: str, after: str) -> None:
    text = f"@other\n{before}\n@more\ndef f():\n    pass\n"
    expected = f"@other\n{after}\n@more\ndef f():\n    pass\n"
    assert rewritten(text, actor(decorator, NAMED)) == expected


def test_the_same_text_twice_follows_one_argument() -> None:
    one = Text("1")
    before = "f.go(\n    x=1,  # one\n)"
    spec = call(before, ("x", one), ("y", one), function="g")
    assert rewritten(f"{before}\n", spec) in (
        "g(\n    x=1,  # one\n    y=1,\n)\n",
        "g(\n    x=1,\n    y=1,  # one\n)\n",
    )


def test_calls_inside_calls() -> None:
    text = "f.go(g.go(1, x=2), countdown=h.go(\n    3,  # three\n))\n"
    assert rewritten(
        text,
        call(text.strip(), (None, Keep(0)), ("delay", Keep("countdown")), attribute="send"),
        call("g.go(1, x=2)", ("y", Keep("x")), function="get"),
        call("h.go(\n    3,  # three\n)", ("z", Keep(0)), function="h"),
    ) == ("f.send(get(y=2), delay=h(\n    z=3,  # three\n))\n")


def test_a_rename_inside_a_printed_call() -> None:
    text = "f.apply(f.delay, x=g.delay(1).id)\n"
    assert (
        rewritten(
            text,
            call("f.apply(f.delay, x=g.delay(1).id)", (None, Rest()), attribute="run"),
            rename("f.delay", "send"),
            rename("g.delay", "send"),
            rename("g.delay(1).id", "message_id"),
        )
        == "f.run(f.send, x=g.send(1).message_id)\n"
    )


def test_what_is_dropped_takes_the_specs_inside_along() -> None:
    text = "f.go(a.b, c)\n"
    assert (
        rewritten(text, call("f.go(a.b, c)", (None, Keep(1)), attribute="send"), rename("a.b", "x"))
        == "f.send(c)\n"
    )


def test_or_empty_and_windows() -> None:
    text = "f.go(\r\n    a,\r\n    b=1,  # b\r\n)\r\n"
    spec = call(
        text.strip(), ("args", OrEmpty(0)), ("b", Keep("b")), ("c", Text("2")), attribute="send"
    )
    assert rewritten(text, spec) == (
        "f.send(\r\n    args=a or (),\r\n    b=1,  # b\r\n    c=2,\r\n)\r\n"
    )


@pytest.mark.parametrize(
    ("before", "args", "reason"),
    [
        ("f.go(1)", [("x", Keep("x"))], "no argument `x`"),
        ("f.go(1)", [("x", Keep(1))], "no argument `1`"),
        ("f.go(*a)", [("x", Keep(0))], r"`\*` stands where `x=` is wanted"),
        ("f.go(*a)", [(None, OrEmpty(0))], r"`\*` stands where a value is wanted"),
        ("f(1)", [(None, Method("send"))], "a method is wanted of what is no attribute"),
        ("f.go(1)", [(None, Text("a b"))], "is no expression"),
        ("f.go(1)", [("x", Text("2")), (None, Rest())], "the edit is no valid Python"),
    ],
)
def test_unprintable(before: str, args: list[tuple[str | None, object]], reason: str) -> None:
    with pytest.raises(Unprintable, match=reason):
        rewritten(f"{before}\n", call(before, *args, function="g"))  # type: ignore[arg-type]


def test_a_method_of_what_is_no_attribute() -> None:
    with pytest.raises(Unprintable, match=r"shop/tasks.py:2: .* no attribute"):
        rewritten("\nf(1)\n", call("f(1)", attribute="send"))


def test_decorators_without_arguments_have_none_to_keep() -> None:
    spec: Change = actor("app.task", ("x", Keep("x")))
    with pytest.raises(Unprintable, match="no argument `x`"):
        rewritten("@app.task\ndef f(): pass\n", spec)


def test_places() -> None:
    text = "é = 1\r\nf(é)\n"
    place = at(text, "é", 2)
    assert (place.start, place.end, place.line, place.column) == (10, 12, 2, 3)
