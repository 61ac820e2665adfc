"""Lines that get too long are broken as black does it; those that were too long stay."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from celery2dramatiq.specs import Inner as InnerCall
from celery2dramatiq.specs import Keep, Method, Rest, Text
from tests.rewrite.edits import ALL, Change, actor, broker, call, code, rename, replace, rewritten

NAMED = ("actor_name", Text('"shop.tasks.f"'))
QUEUE = ("queue_name", Text('"mail"'))
SENT = ("args", Keep(0))
DELAY = ("delay", Keep("countdown"))
ON_COMMIT = (None, InnerCall("partial", ((None, Method("send")), (None, Rest()))))


@pytest.mark.parametrize(
    ("before", "width", "changes", "after"),
    [
        pytest.param(
            "f.go(1, countdown=2)\n",
            27,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "f.send_later(args=1, delay=2)\n".replace("(", "(\n    ").replace(")", "\n)"),
            id="one line of arguments",
        ),
        pytest.param(
            "f.go(1, countdown=22)\n",
            21,
            [call("f.go(1, countdown=22)", SENT, ("x", Text("'two222'")), attribute="send_later")],
            "f.send_later(\n    args=1,\n    x='two222',\n)\n",
            id="one argument a line",
        ),
        pytest.param(
            "f.go(1, countdown=2)\n",
            19,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "f.send_later(args=1, delay=2)\n",
            id="too long before",
        ),
        pytest.param(
            "f.go(1, countdown=2,)\n",
            27,
            [call("f.go(1, countdown=2,)", SENT, DELAY, attribute="send_later")],
            "f.send_later(\n    args=1,\n    delay=2,\n)\n",
            id="a trailing comma is black's magic one",
        ),
        pytest.param(
            "f.go(1, countdown=2)  # now\n",
            30,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "f.send_later(\n    args=1, delay=2\n)  # now\n",
            id="a comment counts",
        ),
        pytest.param(
            "f.go(x for x in range(3))\n",
            30,
            [call("f.go(x for x in range(3))", *ALL, attribute="send_later")],
            "f.send_later(\n    x for x in range(3)\n)\n",
            id="a generator",
        ),
        pytest.param(
            "f.go(x for x in range(3))\n",
            25,
            [call("f.go(x for x in range(3))", *ALL, attribute="send_much_later")],
            "f.send_much_later(\n    x for x in range(3)\n)\n",
            id="a generator has no trailing comma",
        ),
        pytest.param(
            "f.go(x for x in range(30))\n",
            26,
            [call("f.go(x for x in range(30))", *ALL, attribute="send_much_later_x")],
            "f.send_much_later_x(\n    x for x in range(30)\n)\n",
            id="a generator that is too long",
        ),
        pytest.param(
            "f.go(aaaaaaaaaa for x in range(10))\n",
            35,
            [call("f.go(aaaaaaaaaa for x in range(10))", *ALL, attribute="send_later")],
            "f.send_later(\n    aaaaaaaaaa for x in range(10)\n)\n",
            id="a long generator",
        ),
        pytest.param(
            "f.go(a for x in (1, 2, 3, 4, 5))\n",
            32,
            [call("f.go(a for x in (1, 2, 3, 4, 5))", *ALL, function="x" * 28)],
            f"{'x' * 28}(\n    a for x in (1, 2, 3, 4, 5)\n)\n",
            id="a generator with brackets",
        ),
        pytest.param(
            "x = 1; f.go(1, countdown=2)\n",
            34,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "x = 1; f.send_later(\n    args=1, delay=2\n)\n",
            id="behind a semicolon",
        ),
        pytest.param(
            "if x:\n    for y in z:\n        f.go(1, countdown=2)\n",
            32,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "if x:\n    for y in z:\n        f.send_later(\n            args=1, delay=2\n        )\n",
            id="in blocks",
        ),
        pytest.param(
            "if x:\n\tf.go(1, countdown=2)\n",
            25,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "if x:\n\tf.send_later(\n\t\targs=1, delay=2\n\t)\n",
            id="tabs",
        ),
        pytest.param(
            "if x:\n  f.go(1, countdown=2)\n",
            25,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "if x:\n  f.send_later(\n    args=1, delay=2\n  )\n",
            id="two spaces",
        ),
        pytest.param(
            "if x: f.go(1, countdown=2)\n",
            30,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "if x: f.send_later(\n    args=1, delay=2\n)\n",
            id="behind a colon",
        ),
        pytest.param(
            "if f.go(1, countdown=2):\r\n    pass\r\n",
            30,
            [call("f.go(1, countdown=2)", SENT, DELAY, attribute="send_later")],
            "if f.send_later(\r\n    args=1, delay=2\r\n):\r\n    pass\r\n",
            id="in the head of a block, Windows",
        ),
        pytest.param(
            "g(1, f.go(2, countdown=3), 4)\n",
            30,
            [call("f.go(2, countdown=3)", SENT, DELAY, attribute="send_later")],
            "g(\n    1, f.send_later(args=2, delay=3), 4\n)\n".replace(
                "1, f.send_later(args=2, delay=3), 4",
                "1,\n    f.send_later(\n        args=2, delay=3\n    ),\n    4,",
            ),
            id="the outer call first, then the inner",
        ),
        pytest.param(
            "f.go(1).get(timeout=3)\n",
            25,
            [call("f.go(1)", SENT, attribute="send_later")],
            "f.send_later(args=1).get(\n    timeout=3\n)\n",
            id="the last brackets",
        ),
        pytest.param(
            "f.go(1).get_it(timeout=3)\n",
            26,
            [call("f.go(1)", SENT, attribute="send_much_later")],
            "f.send_much_later(\n    args=1\n).get_it(timeout=3)\n",
            id="the last brackets that help",
        ),
        pytest.param(
            "return_ = [f.go(1)], {'a': 1}\n",
            30,
            [call("f.go(1)", SENT, attribute="send_later")],
            "return_ = [f.send_later(args=1)], {\n    'a': 1\n}\n".replace(
                "return_ = [f.send_later(args=1)], {\n    'a': 1\n}",
                "return_ = [\n    f.send_later(args=1)\n], {'a': 1}",
            ),
            id="a list",
        ),
        pytest.param(
            "x = [1], {'a': f.go(1), 'b': 2}\n",
            32,
            [call("f.go(1)", SENT, attribute="send_later")],
            "x = [1], {\n    'a': f.send_later(args=1),\n    'b': 2,\n}\n",
            id="a dictionary",
        ),
        pytest.param(
            "x = (f.go(1), 2)\n",
            22,
            [call("f.go(1)", SENT, attribute="send_it")],
            "x = (\n    f.send_it(args=1),\n    2,\n)\n",
            id="a tuple",
        ),
        pytest.param(
            "x = {f.go(1), 2}\n",
            24,
            [call("f.go(1)", SENT, attribute="send_it")],
            "x = {\n    f.send_it(args=1),\n    2,\n}\n",
            id="a set",
        ),
        pytest.param(
            "x = f.go(1), 2222222222\n",
            24,
            [call("f.go(1)", SENT, attribute="send_it")],
            "x = f.send_it(\n    args=1\n), 2222222222\n",
            id="a tuple without brackets",
        ),
        pytest.param(
            "x = f'{f.go(1)}' + g(h)\n",
            24,
            [call("f.go(1)", SENT, attribute="send_it")],
            "x = f'{f.send_it(args=1)}' + g(\n    h\n)\n".replace("g(\n    h\n)", "g(h)"),
            id="not inside f-strings, and not where the head is too long",
        ),
        pytest.param(
            "x = a.b + ccccccccccc\n",
            21,
            [rename("a.b", "much_longer")],
            "x = a.much_longer + ccccccccccc\n",
            id="nothing to break",
        ),
        pytest.param(
            "x = g(a.b, ccccccccccc)\n",
            23,
            [rename("a.b", "longer")],
            "x = g(\n    a.longer,\n    ccccccccccc,\n)\n",
            id="a rename",
        ),
        pytest.param(
            "x = g(a.b, ccccccccccc)\n",
            26,
            [replace("a.b", "something")],
            "x = g(\n    something, ccccccccccc\n)\n",
            id="other code",
        ),
        pytest.param(
            "x = g(a.b, c.d, ee)\n",
            22,
            [rename("a.b", "longer"), rename("c.d", "long")],
            "x = g(\n    a.longer,\n    c.long,\n    ee,\n)\n",
            id="two edits on one line",
        ),
    ],
)
def test_too_long(before: str, width: int, changes: list[Change], after: str) -> None:
    assert rewritten(before, *changes, width=width) == after


@pytest.mark.parametrize(
    ("before", "width", "changes", "after"),
    [
        pytest.param(
            "@app.task\ndef f(): pass\n",
            40,
            [actor("app.task", NAMED, QUEUE)],
            '@dramatiq.actor(\n    actor_name="shop.tasks.f",\n    queue_name="mail",\n)\n'
            "def f(): pass\n",
            id="one option a line",
        ),
        pytest.param(
            f"@app.task(x={'1' * 80})\ndef f(): pass\n",
            60,
            [actor(f"app.task(x={'1' * 80})", NAMED, QUEUE)],
            '@dramatiq.actor(\n    actor_name="shop.tasks.f", queue_name="mail"\n)\n'
            "def f(): pass\n",
            id="too long before",
        ),
        pytest.param(
            "class A:\n    @app.task\n    def f(): pass\n",
            60,
            [actor("app.task", NAMED, QUEUE)],
            "class A:\n    @dramatiq.actor(\n"
            '        actor_name="shop.tasks.f", queue_name="mail"\n    )\n    def f(): pass\n',
            id="one line of options",
        ),
        pytest.param(
            "app = Celery('shop', broker=URL)\n",
            33,
            [broker("app = Celery('shop', broker=URL)", (None, Keep("broker")), ("x", Text("2")))],
            "broker = make_broker(URL, x=2)\ndramatiq.set_broker(broker)\n",
            id="a broker that fits",
        ),
        pytest.param(
            "app = Celery(broker=URL)\n",
            24,
            [broker("app = Celery(broker=URL)", (None, Keep("broker")), keep=True)],
            "app = Celery(broker=URL)\nbroker = make_broker(URL)\n"
            "dramatiq.set_broker(broker)\n".replace("make_broker(URL)", "make_broker(\n    URL\n)"),
            id="a broker",
        ),
    ],
)
def test_decorators_and_brokers(before: str, width: int, changes: list[Change], after: str) -> None:
    assert rewritten(before, *changes, width=width) == after


@pytest.mark.parametrize(
    ("before", "width", "changes", "after"),
    [
        pytest.param(
            "f.apply_async(\n    1, countdown=2\n)\n",
            28,
            [call("f.apply_async(\n    1, countdown=2\n)", *ALL, attribute="send")],
            "f.send(1, countdown=2)\n",
            id="black would put it on one line",
        ),
        pytest.param(
            "x = f.go(111111).get(\n    timeout=3\n)\n",
            25,
            [rename("f.go", "much_longer")],
            "x = f.much_longer(\n    111111\n).get(timeout=3)\n",
            id="it fits when another line is broken",
        ),
        pytest.param(
            "f.apply_async(\n    1, countdown=2\n)\n",
            29,
            [call("f.apply_async(\n    1, countdown=2\n)", *ALL, attribute="send")],
            "f.send(\n    1, countdown=2\n)\n",
            id="it was wrapped without need",
        ),
        pytest.param(
            "f.apply_async(\n    1, countdown=2,\n)\n",
            28,
            [call("f.apply_async(\n    1, countdown=2,\n)", *ALL, attribute="send")],
            "f.send(\n    1, countdown=2,\n)\n",
            id="a trailing comma",
        ),
        pytest.param(
            "f.apply_async(  # now\n    1, countdown=2\n)\n",
            28,
            [call("f.apply_async(  # now\n    1, countdown=2\n)", *ALL, attribute="send")],
            "f.send(  # now\n    1, countdown=2\n)\n",
            id="a comment",
        ),
        pytest.param(
            "x = f.delay(\n    1, countdown=2\n).id\n",
            28,
            [rename("f.delay", "s"), rename("f.delay(\n    1, countdown=2\n).id", "m")],
            "x = f.s(1, countdown=2).m\n",
            id="a rename",
        ),
        pytest.param(
            "f.apply_async(\n    1, countdown=22\n)\n",
            28,
            [call("f.apply_async(\n    1, countdown=22\n)", SENT, ("delay", Text("3" * 20)))],
            f"f.apply_async(\n    args=1,\n    delay={'3' * 20},\n)\n",
            id="the arguments no longer fit on their line",
        ),
        pytest.param(
            "f.apply_async(\n    11111111111111111111\n)\n",
            28,
            [call("f.apply_async(\n    11111111111111111111\n)", SENT)],
            "f.apply_async(\n    args=11111111111111111111\n)\n",
            id="a single argument that no longer fits",
        ),
        pytest.param(
            "f.go(\n    {\n        1: 2\n    }\n)\n",
            15,
            [call("f.go(\n    {\n        1: 2\n    }\n)", SENT)],
            "f.go(\n    args={\n        1: 2\n    }\n)\n",
            id="values over several lines",
        ),
        pytest.param(
            "f.apply_async(\n    1, countdown=2\n)\n",
            28,
            [call("f.apply_async(\n    1, countdown=2\n)")],
            "f.apply_async()\n",
            id="no arguments any more",
        ),
        pytest.param(
            "f.apply_async(\n    1, 2\n)\n",
            18,
            [call("f.apply_async(\n    1, 2\n)", ON_COMMIT, function="g")],
            "g(\n    partial(\n        f.send,\n        1,\n        2,\n    )\n)\n",
            id="a call inside",
        ),
    ],
)
def test_wrapped(before: str, width: int, changes: list[Change], after: str) -> None:
    assert rewritten(before, *changes, width=width) == after


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        pytest.param(
            """
            def g():
                x = f.delay(1,
                            # two
                            2, {
                                3: 4,
                            },
                        5)
            """,
            [rename("f.delay", "send")],
            """
            def g():
                x = f.send(1,
                           # two
                           2, {
                               3: 4,
                           },
                        5)
            """,
            id="shorter",
        ),
        pytest.param(
            """
            f.s([1,
                 2])
            """,
            [rename("f.s", "message")],
            """
            f.message([1,
                       2])
            """,
            id="longer",
        ),
        pytest.param(
            '''
            f.s("""
                text""",
                1)
            ''',
            [rename("f.s", "message")],
            '''
            f.message("""
                text""",
                      1)
            ''',
            id="strings stay",
        ),
        pytest.param(
            """
            f.s(1,
                2).b(3,
                     4)
            """,
            [rename("f.s", "message")],
            """
            f.message(1,
                      2).b(3,
                           4)
            """,
            id="calls of calls",
        ),
        pytest.param(
            """
            f.s(g.s(1,
                    2),
                3)
            """,
            [rename("f.s", "message"), rename("g.s", "t")],
            """
            f.message(g.t(1,
                          2),
                      3)
            """,
            id="calls in calls",
        ),
        pytest.param(
            """
            f.s(h.k(1,
                    2),
                3)
            """,
            [rename("f.s", "message")],
            """
            f.message(h.k(1,
                          2),
                      3)
            """,
            id="calls in calls that stay",
        ),
        pytest.param(
            """
            @app.task(bind=True,
                      queue="mail")
            def f():
                pass
            """,
            [actor('app.task(bind=True,\n          queue="mail")', NAMED, ("q", Keep("queue")))],
            """
            @dramatiq.actor(actor_name="shop.tasks.f",
                            q="mail")
            def f():
                pass
            """,
            id="decorators",
        ),
        pytest.param(
            """
            app = Celery("shop",
                         broker=URL)
            """,
            [
                broker(
                    'app = Celery("shop",\n             broker=URL)',
                    (None, Keep("broker")),
                    ("x", Text("1")),
                )
            ],
            """
            broker = make_broker(URL,
                                 x=1)
            dramatiq.set_broker(broker)
            """,
            id="brokers",
        ),
        pytest.param(
            """
            f.s(1,
            2)
            """,
            [rename("f.s", "t")],
            """
            f.t(1,
            2)
            """,
            id="not aligned",
        ),
    ],
)
def test_aligned(before: str, changes: list[Change], after: str) -> None:
    assert rewritten(code(before), *changes) == code(after)


def test_as_deep_as_it_goes() -> None:
    """A dozen calls in one another: each gets a line, but not for ever."""
    text = "f(" * 12 + "a.b" + ")" * 12 + "\n"
    after = rewritten(text, rename("a.b", "c" * 80))
    assert "".join(after.split()) == "f(" * 12 + f"a.{'c' * 80}" + ")" * 12
    assert after.count("\n") == 17
    assert after.startswith("f(\n    f(\n        f(\n")


def test_a_value_over_several_lines_is_not_unwrapped() -> None:
    text = "f.apply_async(\n    11111111111, countdown=a.b\n)\n"
    after = rewritten(text, replace("a.b", "(1,\n2)"), width=30)
    assert after == "f.apply_async(\n    11111111111, countdown=(1,\n2)\n)\n"
