"""Scalars of YAML: the same text as the parser's, each character with its place."""

import pytest
from ruamel.yaml import YAML

from celery2dramatiq.commands.scalars import decode
from celery2dramatiq.commands.stretch import Stretch


def decoded(text: str) -> "tuple[Stretch | None, str]":
    (_, node), *_ = YAML(typ="safe", pure=True).compose(text).value
    start, end = node.start_mark.index, node.end_mark.index
    return decode(text, start, end, node.style, node.value), node.value


@pytest.mark.parametrize(
    "text",
    [
        "a: celery -A proj worker\n",
        "a: celery\n  -A proj\n\n  worker  # no\n",
        "a: 'it''s celery'\n",
        "a: 'celery\n  worker\n\n  b'\n",
        'a: "celery \\"x\\" \\x41\\u00e9\\t\\/ b"\n',
        'a: "celery \\\n   worker\n   c"\n',
        "a: |\n  celery\n    -A\n\n  b\n",
        "a: |-\n  celery\n  b\n\n\n",
        "a: |\n  celery\n\n\nb: c\n",
        "a: |+\n  celery\n\n\n",
        "a: |  # comment\n  celery\n",
        "a: |\n  celery",
        "a: >\n  celery\n  -A proj\n  worker\n",
        "a: >-\n  celery\n  -A proj\n\n\n",
        "a: |\r\n  celery\r\n  b\r\n",
        "a: >-\r\n  celery\r\n  b\r\n",
    ],
)
def test_as_the_parser(text: str) -> None:
    found, value = decoded(text)
    assert found is not None
    assert found.text == value
    for char, (start, end) in zip(found.text, found.spans, strict=True):
        assert char == text[start:end] or text[start] in "\\'\r\n "


@pytest.mark.parametrize("text", ["a: |2\n   celery\n", "a: >\n  a\n    b\n\n  c\n  d\n"])
def test_unknown_places_are_none(text: str) -> None:
    found, value = decoded(text)
    assert found is None or found.text == value


def test_no_block() -> None:
    assert decode("x", 0, 1, "|", "x") is None
