"""What is read as Python besides modules: scripts by their first line, the code of notebooks."""

import json
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq.files import Source, Unreadable, read_python
from celery2dramatiq.files.notebook import code


def notebook(*cells: tuple[str, list[str] | str], **options: Any) -> str:
    made: list[dict[str, Any]] = [
        {"cell_type": kind, "metadata": {}, "outputs": [], "source": source}
        for kind, source in cells
    ]
    return json.dumps({"cells": made, "nbformat": 4}, **{"indent": 1, **options}) + "\n"


@pytest.mark.parametrize(
    ("path", "data", "python"),
    [
        ("a.py", b"x = 1\n", True),
        ("a.pyw", b"", True),
        ("bin/run", b"#!/usr/bin/env python3\nx = 1\n", True),
        ("bin/run", b"#! /usr/bin/python -u\nx = 1\n", True),
        ("bin/run", b"#!/opt/venv/bin/python3.12\n", True),
        ("bin/run", b"#!/bin/sh\npython x.py\n", False),
        ("bin/run", b"#!/usr/bin/pythonic\n", False),
        ("bin/run", b"", False),
        ("bin/run.sh", b"#!/usr/bin/env python3\n", False),
        ("Makefile", b"all:\n\tpython x.py\n", False),
        ("a.ipynb", notebook().encode(), True),
    ],
)
def test_what_is_python(tmp_path: Path, path: str, data: bytes, python: bool) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_bytes(data)
    found = read_python(tmp_path, path)
    assert isinstance(found, Source) is python
    assert (found.data == data) if isinstance(found, Source) else (found is None)


def test_what_is_no_regular_file_is_no_script(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert read_python(tmp_path, "folder") is None
    assert read_python(tmp_path, "gone") is None
    reason = "No such file or directory"
    assert read_python(tmp_path, "gone.ipynb") == Unreadable("gone.ipynb", reason, None, False)


def test_code_stands_where_it_stands_in_the_file() -> None:
    text = notebook(
        ("markdown", ["# from m import t\n", "t.delay()"]),
        ("code", ["from m import t\n", "\n", 'print("\N{GREEK SMALL LETTER PI}")\n', "t.delay()"]),
        ("code", []),
        ("raw", ["t.delay()"]),
        ("code", ["if x:\n", "    t.delay()\n"]),
        ensure_ascii=False,
    )
    found = code(text).split("\n")
    assert len(found) == len(text.split("\n"))
    for number, line in enumerate(found):
        assert not line or json.dumps(line, ensure_ascii=False)[:-1] in text.split("\n")[number]
    kept = ["from m import t", 'print("\N{GREEK SMALL LETTER PI}")', "t.delay()"]
    assert [line for line in found if line] == [*kept, "if x:", "    t.delay()"]
    assert code(text.replace("\n", "\r\n")) == code(text)


def test_what_is_for_ipython_does_nothing() -> None:
    lines = [
        "%cd x\n",
        "  !ls\n",
        "a = !ls\n",
        "b, c = %sql x\n",
        "?help\n",
        "5 % 3\n",
        "x = 5 % 3",
    ]
    found = code(notebook(("code", lines)))
    assert [line for line in found.split("\n") if line] == [
        "pass  # cd x",
        "  pass  # ls",
        "a = None  # ls",
        "b, c = None  # sql x",
        "pass  # help",
        "5 % 3",
        "x = 5 % 3",
    ]
    assert not code(notebook(("code", ["%%bash\n", "t.delay()"]))).strip()
    assert "t.delay()" in code(notebook(("code", ["%%time\n", "t.delay()"])))
    assert "x = 1" in code(notebook(("code", ["\n", "x = 1"])))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "not a notebook of format 4"),
        ('{"worksheets": []}', "not a notebook of format 4"),
        ('{"cells": [{"source": ["x"]}]}', "not a notebook of format 4"),
        (notebook(("code", ["x = 1"]), indent=None), "line by line"),
        (notebook(("code", "x = 1")), "line by line"),
        (notebook(("code", "x = 1"), ("code", ["y = 1"])), "line by line"),
        (notebook(("code", ["x = 1"])).replace('"x = 1"', '"x = 1",\n"y"', 1) + "x", "Extra data"),
        (notebook(("code", ["a", "b"])).replace('"a",\n', '"a", '), "line by line"),
    ],
)
def test_what_cannot_be_placed(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text(f"{text}")
    found = read_python(tmp_path, "a.ipynb")
    assert isinstance(found, Unreadable)
    assert reason in found.reason
    assert not found.mentions_celery


def test_a_list_that_is_no_source_is_not_taken_for_one() -> None:
    text = notebook(("code", ["x = 1"])).replace('"outputs": []', '"outputs": [],\n"source": [\n]')
    assert "x = 1" in code(text)
    other = notebook(("code", ["x = 1"])).replace(
        '"outputs": []', '"more": {\n"source": [\n"y"\n]}'
    )
    with pytest.raises(ValueError, match="line by line"):
        code(other)
