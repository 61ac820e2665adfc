"""The kinds of rules, how they are put together, and what rules ask of their context."""

from __future__ import annotations

import pytest

from celery2dramatiq import index
from celery2dramatiq.codemod import (
    Clash,
    Codemod,
    Context,
    Options,
    Outcome,
    Rule,
    combine,
    keep,
    load,
    milliseconds,
    on_end,
    on_keywords,
    on_options,
    on_settings,
    on_use,
    value,
)
from celery2dramatiq.files import Source
from celery2dramatiq.index import MISSING, Arg, Place
from celery2dramatiq.mapping import ENGINE_ROWS, Action, Row
from celery2dramatiq.specs import Keep, Milliseconds, Text
from tests.projects import read

ROW = Row("C2D001", "a", "b", Action.REWRITE)
PLACE = Place("x.py", 0, 1, 1, 1)
USE = on_use("task", ".delay")(lambda *_: Outcome(ROW))
END = on_end("task", "assigned", "discarded")(lambda *_: Outcome(ROW))
OPTIONS = on_options("a", "b")(lambda *_: [])
KEYWORDS = on_keywords("a", "b")(lambda *_: [])
SETTINGS = on_settings("a", "b")(lambda *_: [])


def context(**files: str) -> Context:
    sources = read({f"{name}.py": text for name, text in files.items()})
    found = index.build({k: v for k, v in sources.items() if isinstance(v, Source)})
    tasks = {task.id: task for task in found.tasks}
    return Context(found, Options(), tasks, {}, lambda *_: ())


def codemod(*rules: Rule, rows: tuple[Row, ...] = ()) -> Codemod:
    return Codemod("test", "", rows, rules)


# -- putting together


def test_every_codemod_is_found() -> None:
    names = [found.name for found in load().codemods]
    assert names == sorted(names)
    assert "send" in names
    assert "__init__" not in names


def test_the_table_is_in_the_order_of_the_codes() -> None:
    later = Row("C2D999", "a", "b", Action.REWRITE)
    assert combine([codemod(rows=(later, ROW))]).rows == (ROW, *ENGINE_ROWS, later)


def test_rules_that_are_always_asked() -> None:
    options = on_options("a", always=True)(lambda *_: [])
    settings = on_settings(always=True)(lambda *_: [])
    rules = combine([codemod(options, settings)])
    assert rules.always == (options,)
    assert rules.app_always == (settings,)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (on_use("task", ".delay")(USE.answer), "'.delay' of UseRule"),
        (on_end("task", "discarded")(END.answer), r"\('task', 'discarded'\) of EndRule"),
        (on_options("b")(OPTIONS.answer), "'b' of OptionRule"),
        (on_keywords("b")(KEYWORDS.answer), "'b' of KeywordRule"),
        (on_settings("b")(SETTINGS.answer), "'b' of SettingRule"),
    ],
)
def test_two_rules_for_one_thing_clash(other: Rule, what: str) -> None:
    ours = codemod(USE, END, OPTIONS, KEYWORDS, SETTINGS)
    with pytest.raises(Clash, match=what):
        combine([ours, codemod(other)])


def test_the_same_name_may_mean_two_kinds_of_things() -> None:
    rules = combine([codemod(OPTIONS, KEYWORDS, SETTINGS)])
    assert rules.options["a"] is OPTIONS
    assert rules.keywords["a"] is KEYWORDS
    assert rules.settings["a"] is SETTINGS


def test_two_rows_with_one_code_clash() -> None:
    with pytest.raises(Clash, match="more than one row has the code C2D001"):
        combine([codemod(rows=(ROW,)), codemod(rows=(ROW,))])


def test_nobody_may_have_a_row_of_the_engines() -> None:
    with pytest.raises(Clash, match=ENGINE_ROWS[0].code):
        combine([codemod(rows=(ENGINE_ROWS[0],))])


# -- what a rule asks


def test_a_helper_goes_by_its_name_unless_that_is_taken() -> None:
    asked = context(
        app="from celery import Celery\nfrom celery.exceptions import Retry\n\nretry = 3\n",
        tasks="from celery import Celery\n\n\ndef f():\n    request = 3\n    return request\n",
    )
    assert asked.call("app.py", "request") == "request"
    assert asked.call("app.py", "retry") == "dramatiq_helpers.retry"
    assert asked.call("app.py", "Retry") == "dramatiq_helpers.Retry"
    assert asked.call("tasks.py", "request") == "dramatiq_helpers.request"
    assert asked.call("nowhere.py", "request") == "request"


@pytest.mark.parametrize(
    ("file", "text", "printed"),
    [
        ("double.py", "x", '"x"'),
        ("single.py", "x", "'x'"),
        ("nowhere.py", "x", '"x"'),
        ("double.py", 'a "b"', "'a \"b\"'"),
        ("single.py", "it's", '"it\'s"'),
        ("double.py", "a\\b", "'a\\\\b'"),
        ("double.py", "a\nb", "'a\\nb'"),
    ],
)
def test_strings_have_the_quotes_of_the_file(file: str, text: str, printed: str) -> None:
    asked = context(single="import celery\nx = 'x'\n", double='import celery\nx = "x"\n')
    assert asked.quoted(file, text) == printed


def test_a_task_by_its_name() -> None:
    asked = context(
        app="from celery import Celery\napp = Celery()\n",
        one="from app import app\n@app.task(name='n')\ndef f(): pass\n@app.task\ndef g(): pass\n",
        two="from app import app\n@app.task(name='n')\ndef f(): pass\n",
    )
    found = asked.by_name("one.g")
    assert found is not None
    assert found.function == "g"
    assert asked.by_name("n") is None  # there are two
    assert asked.by_name("one.h") is None


# -- how a rule hands arguments on


def test_an_argument_is_kept_by_its_keyword_or_its_position() -> None:
    assert keep(Arg("a", "", PLACE, "3")) == Keep("a")
    assert keep(Arg(None, "", PLACE, "3", position=1)) == Keep(1)


def test_a_value_from_a_dictionary_is_written_out() -> None:
    assert value(Arg("a", "", PLACE, "[3]", [3])) == Keep("a")
    assert value(Arg("a", "", PLACE, "[3]", [3], spread=True)) == Text("[3]")


def test_seconds_become_milliseconds() -> None:
    assert milliseconds(Arg("a", "", PLACE, "3", 3)) == Milliseconds("a")
    assert milliseconds(Arg("a", "", PLACE, "N", MISSING)) == Milliseconds("a")
    assert milliseconds(Arg("a", "", PLACE, "1.5", 1.5, spread=True)) == Text("1500")
    assert milliseconds(Arg(None, "", PLACE, "3", 3)) == Text("3000")  # of a statement of its own
