"""Elements are put first into lists and tuples, and statements below others."""

from __future__ import annotations

import pytest

from tests.rewrite.edits import Change, below, code, first, rewritten

LONG = '[\n    # Django\n    "auth",\n    "sites",  # two\n]'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["a"]', '["new", "a"]'),
        ('["a", "b",]', '["new", "a", "b",]'),
        ("[]", '["new"]'),
        ("()", '("new",)'),
        ('("a", "b")', '("new", "a", "b")'),
        ('"a", "b"', '"new", "a", "b"'),
        ('[  # ours\n    "a",\n]', '[  # ours\n    "new",\n    "a",\n]'),
        ('(\n    "a",\n)', '(\n    "new",\n    "a",\n)'),
        (LONG, LONG.replace("    # Django", '    "new",\n    # Django')),
    ],
)
def test_an_element_comes_first(before: str, after: str) -> None:
    assert rewritten(f"X = {before}\n", first(before, '"new"')) == f"X = {after}\n"


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        pytest.param(
            """
            x = [1]
            y = 2
            """,
            [below("x = [1]", "a = 1\nb = 2\n"), first("[1]", "0")],
            """
            x = [0, 1]

            a = 1
            b = 2
            y = 2
            """,
            id="a simple one",
        ),
        pytest.param(
            """
            if debug:
                x = 1
            else:
                x = 2
            # the end
            """,
            [below("if debug:\n    x = 1\nelse:\n    x = 2", "a = 1\n")],
            """
            if debug:
                x = 1
            else:
                x = 2

            a = 1
            # the end
            """,
            id="a compound one",
        ),
    ],
)
def test_statements_come_below(before: str, changes: list[Change], after: str) -> None:
    assert rewritten(code(before), *changes) == code(after)


def test_line_ends_stay() -> None:
    changes = [below("X = [\r\n    1,\r\n]", "A = 1\n"), first("[\r\n    1,\r\n]", "0")]
    after = "X = [\r\n    0,\r\n    1,\r\n]\r\n\r\nA = 1\r\n"
    assert rewritten("X = [\r\n    1,\r\n]\r\n", *changes) == after
