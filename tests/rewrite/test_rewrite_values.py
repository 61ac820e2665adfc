"""Seconds become milliseconds, None an empty tuple, one expression another."""

from __future__ import annotations

import pytest

from celery2dramatiq.rewrite import Unprintable
from celery2dramatiq.specs import Milliseconds, OrEmpty, Text, Wrapped
from tests.rewrite.edits import call, rename, replace, rewritten


def argument(value: str, code: object) -> str:
    """Return what becomes of a value that is the only argument of a call."""
    text = f"f({value})\n"
    after = rewritten(text, call(text.strip(), (None, code)))  # type: ignore[arg-type]
    assert after.startswith("f(")
    assert after.endswith(")\n")
    return after[2:-2]


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [
        ("5", "5000"),
        ("(5)", "5000"),
        ("86_400", "86_400_000"),
        ("0x10", "16000"),
        ("0", "0"),
        ("0.5", "500"),
        ("1.0015", "1002"),
        ("1.0014", "1001"),
        ("1.001", "1001"),  # and not int(1.001 * 1000)
        ("1e3", "1000000"),
        ("1_0.5", "10_500"),
        ("-5", "-5000"),
        ("-0.5", "-500"),
        ("+5", "+5000"),
        ("-(5)", "-5000"),
        ("1e999", "int(1e999 * 1000)"),
        ("None", "None"),
        ("60 * 5", "60 * 5 * 1000"),
        ("24*60*60", "24*60*60 * 1000"),
        ("60 + 5", "(60 + 5) * 1000"),
        ("(60 + 5)", "(60 + 5) * 1000"),
        ("60 // 5 % 7", "60 // 5 % 7 * 1000"),
        ("60 / 5", "int(60 / 5 * 1000)"),
        ("0.5 * 60", "int(0.5 * 60 * 1000)"),
        ("2 ** 5", "int(2 ** 5 * 1000)"),
        ("-x", "int(-x * 1000)"),
        ("-len(x)", "-len(x) * 1000"),
        ("~5", "int(~5 * 1000)"),
        ("x", "int(x * 1000)"),
        ("x.y", "int(x.y * 1000)"),
        ("x[0]", "int(x[0] * 1000)"),
        ("x()", "int(x() * 1000)"),
        ("int(x)", "int(x) * 1000"),
        ("random.randint(1, 2)", "random.randint(1, 2) * 1000"),
        ("x()()", "int(x()() * 1000)"),
        ("60 * x", "int(60 * x * 1000)"),
        ("x + y", "int((x + y) * 1000)"),
        ("x or 5", "int((x or 5) * 1000)"),
        ("not x", "int((not x) * 1000)"),
        ("await_(x)", "int(await_(x) * 1000)"),
        ("x if y else z", "int((x if y else z) * 1000)"),
        ("5 if y else z", "5000 if y else int(z * 1000)"),
        ("x if y else None", "int(x * 1000) if y else None"),
        ("5 if y else 7 if z else None", "5000 if y else 7000 if z else None"),
        ("x < y", "int((x < y) * 1000)"),
        ("lambda: 1", "int((lambda: 1) * 1000)"),
    ],
)
def test_milliseconds(seconds: str, milliseconds: str) -> None:
    assert argument(seconds, Milliseconds(0)) == milliseconds


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [
        ("x", "x and int(x * 1000)"),
        ("x.y", "x.y and int(x.y * 1000)"),
        ("None", "None"),
        ("5", "5000"),
        ("x()", "int(x() * 1000)"),
    ],
)
def test_milliseconds_of_what_may_be_none(seconds: str, milliseconds: str) -> None:
    assert argument(seconds, Milliseconds(0, optional=True)) == milliseconds


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("None", "()"),
        ("()", "()"),
        ("(1,)", "(1,)"),
        ("[1]", "[1]"),
        ("[x for x in y]", "[x for x in y]"),
        ("x", "x or ()"),
        ("x.y", "x.y or ()"),
        ("x or y", "x or y or ()"),
        ("x or [1]", "x or [1]"),
        ("x and y", "x and y or ()"),
        ("x + [1]", "x + [1]"),
        ("list(x)", "list(x)"),
        ("tuple(x)", "tuple(x)"),
        ("x.tuple(y)", "x.tuple(y) or ()"),
        ("f(x)", "f(x) or ()"),
        ("[1] if x else ()", "[1] if x else ()"),
        ("[1] if x else None", "([1] if x else None) or ()"),
        ("lambda: x", "(lambda: x) or ()"),
        ("not x", "not x or ()"),
        ("(yield)", "(yield) or ()"),
    ],
)
def test_or_empty(value: str, after: str) -> None:
    assert argument(value, OrEmpty(0)) == after


def test_wrapped() -> None:
    assert argument("x + 1", Wrapped("helpers.ms", 0)) == "helpers.ms(x + 1)"


@pytest.mark.parametrize(
    ("before", "part", "new", "after"),
    [
        ("x = a.b", "a.b", "c or d", "x = c or d"),
        ("x = a.b.c", "a.b", "c or d", "x = (c or d).c"),
        ("x = a.b.c", "a.b", "3", "x = (3).c"),
        ("x = a.b.c", "a.b", "'3'", "x = '3'.c"),
        ("x = a.b + c", "a.b", "d + e", "x = (d + e) + c"),
        ("x = a.b + c", "a.b", "d * e", "x = (d * e) + c"),
        ("x = a + b + c", "a + b", "d * e", "x = d * e + c"),
        ("x = (a.b) + c", "a.b", "d + e", "x = (d + e) + c"),
        ("x = (a.b) + c", "a.b", "(d + e)", "x = (d + e) + c"),
        ("f(a.b)", "a.b", "c or d", "f(c or d)"),
        ("f(*a.b)", "a.b", "c or d", "f(*(c or d))"),
        ("f(x=a.b)", "a.b", "c := d", "f(x=(c := d))"),
        ("return_(a.b)", "a.b", "1, 2", "return_((1, 2))"),
        ("if a.b: pass", "a.b", "c or d", "if c or d: pass"),
        ("if a.b and c: pass", "a.b", "d or e", "if (d or e) and c: pass"),
        ("if not a.b: pass", "a.b", "d or e", "if not (d or e): pass"),
        ("x = -a.b", "a.b", "c ** d", "x = -(c ** d)"),
        ("x = a.b", "a.b", "'a'\n'b'", "x = ('a'\n'b')"),
        ("x = (1, 2)", "(1, 2)", "y", "x = (y)"),
        ("x = (1, 2)", "1, 2", "y", "x = (y)"),
        ("x = (a for a in b)", "(a for a in b)", "y", "x = (y)"),
        ("x = a[b]", "a[b]", "y", "x = y"),
        ("x = a if b else c", "a if b else c", "y", "x = y"),
        ("x = [1]", "[1]", "y", "x = y"),
        ("x = 'a' 'b'", "'a' 'b'", "y", "x = y"),
        ("x = a < b", "a < b", "y", "x = y"),
        ("x = lambda: 1", "lambda: 1", "y", "x = y"),
        ("@a.b\ndef f(): pass", "a.b", "y", "@y\ndef f(): pass"),
        ("x = f'{a.b}'", "a.b", "c", "x = f'{c}'"),
        ("x = f'{a.b}'", "a.b", "'c'", "x = f'{\"c\"}'"),
        ('x = f"{a.b}"', "a.b", '"c"', "x = f\"{'c'}\""),
        ('x = f"{a.b}"', "a.b", "'c'", "x = f\"{'c'}\""),
        ("x = f'''{a.b}'''", "a.b", "'c'", "x = f'''{\"c\"}'''"),
        ("del a.b", "a.b", "c", "del c"),
        ("a.b = 1", "a.b", "c", "c = 1"),
    ],
)
def test_other_code(before: str, part: str, new: str, after: str) -> None:
    assert rewritten(f"{before}\n", replace(part, new)) == f"{after}\n"


def test_await() -> None:
    text = "async def f():\n    await a.b\n    (await c).d\n"
    assert rewritten(text, replace("a.b", "x or y"), replace("await c", "await x")) == (
        "async def f():\n    await (x or y)\n    (await x).d\n"
    )


def test_a_renamed_part_of_what_is_replaced() -> None:
    assert rewritten("a.b.c\n", replace("a.b.c", "x"), rename("a.b", "y")) == "x\n"


@pytest.mark.parametrize("new", ["'\"'", "'\\n'"])
def test_no_such_string_in_an_f_string(new: str) -> None:
    with pytest.raises(Unprintable, match="cannot stand inside an f-string"):
        rewritten("x = f'{a.b}'\n", replace("a.b", new))


def test_text_in_an_f_string() -> None:
    text = "x = f'{f.go(1)}'\n"
    assert rewritten(text, call("f.go(1)", (None, Text("'a'")))) == "x = f'{f.go(\"a\")}'\n"


def test_no_expression() -> None:
    with pytest.raises(Unprintable, match="`import` is no expression"):
        rewritten("a.b\n", replace("a.b", "import"))
