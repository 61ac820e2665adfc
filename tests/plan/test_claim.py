"""What the rules are asked, and what is said where none answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from celery2dramatiq import claim, index
from celery2dramatiq.claim import Claim
from celery2dramatiq.codemod import (
    Codemod,
    Context,
    Options,
    Outcome,
    Rules,
    combine,
    load,
    on_end,
    on_keywords,
    on_options,
    on_settings,
    on_use,
)
from celery2dramatiq.files import Source
from celery2dramatiq.index import Arg, Index, Place, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import AttributeSpec
from tests.projects import read

DONE = Row("C2D001", "a", "b", Action.REWRITE)
OTHER = Row("C2D002", "a", "b", Action.REWRITE)
NOT_DONE = Row("C2D003", "a", "", Action.MANUAL, "note", "way out")
PLACE = Place("x.py", 0, 1, 1, 1)
FILES = {
    "app.py": "from celery import Celery\n\napp = Celery(broker='redis://')\n",
    "tasks.py": "from app import app\n\n\n@app.task(bind=True)\ndef t(self):\n    pass\n",
}


def indexed(text: str) -> Index:
    sources = read({**FILES, "use.py": f"from app import app\nfrom tasks import t\n{text}\n"})
    return index.build({k: v for k, v in sources.items() if isinstance(v, Source)})


def context(found: Index, rules: Rules) -> Context:
    return Context(
        found,
        Options(),
        {task.id: task for task in found.tasks},
        {},
        lambda task, args: claim.keywords(task, args, rules, context(found, rules)),
    )


def uses(found: Index) -> list[Use]:
    return [use for use in found.uses if use.place.path == "use.py"]


def claimed(text: str, *rules: object) -> Claim:
    """Claim the last use in a file with rules of this test's own."""
    found = indexed(text)
    table = combine([Codemod("test", "", (), rules)])  # type: ignore[arg-type]
    return claim.claim(uses(found)[-1], table, context(found, table))


def codes(answered: Claim) -> list[str]:
    return [outcome.row.code for outcome in answered.outcomes]


def note(answered: Claim) -> str:
    assert answered.manual is not None
    return answered.manual.note


# -- steps


def test_a_rule_answers_for_a_step_and_another_for_the_end() -> None:
    step = on_use("task", ".delay")(lambda *_: Outcome(DONE, gives="launcher"))
    call = on_use("launcher", "()")(lambda *_: Outcome(OTHER, gives="sent"))
    end = on_end("sent", "discarded")(lambda *_: Outcome(DONE))
    assert codes(claimed("t.delay()", step, call, end)) == ["C2D001", "C2D002", "C2D001"]
    assert claimed("t.delay()", step, call, end).manual is None


def test_the_longest_shape_wins() -> None:
    short = on_use("task", ".delay")(lambda *_: Outcome(DONE, gives="launcher"))
    long = on_use("task", ".delay()")(lambda *_: Outcome(OTHER))
    assert codes(claimed("t.delay()", short, long)) == ["C2D002"]


def test_a_rule_sees_its_own_steps() -> None:
    seen = []

    def answer(use: Use, steps: tuple[object, ...], context: Context) -> Outcome:
        seen.append("".join(step.shape for step in steps))  # type: ignore[attr-defined]
        return Outcome(DONE, gives="x")

    step = on_use("task", ".a.b")(answer)
    rest = on_use("x", ".c")(answer)
    claimed("t.a.b.c", step, rest)
    assert seen == [".a.b", ".c"]


def test_a_rule_for_any_attribute_comes_last() -> None:
    own = on_use("app", ".a")(lambda *_: Outcome(DONE))
    any_ = on_use("app", ".*")(lambda *_: Outcome(OTHER))
    assert codes(claimed("app.a", own, any_)) == ["C2D001"]
    assert codes(claimed("app.b", own, any_)) == ["C2D002"]
    assert note(claimed("app[0]", own, any_)) == "`app[]`"


def test_nothing_is_asked_after_a_refusal() -> None:
    step = on_use("task", ".delay")(lambda *_: Outcome(NOT_DONE, gives="launcher"))
    assert codes(claimed("t.delay()", step)) == ["C2D003"]


def test_what_was_said_where_the_value_came_from_is_not_said_again() -> None:
    step = on_use("task", ".delay()")(lambda *_: Outcome(DONE, gives="sent", task="t"))
    end = on_end("sent", "assigned")(lambda *_: Outcome(DONE))
    id_ = on_use("sent", ".id")(lambda *_: Outcome(OTHER))
    answered = claimed("r = t.delay()\nr.id", step, end, id_)
    assert codes(answered) == ["C2D002"]
    assert [outcome.task for outcome in answered.outcomes] == ["t"]


def test_more_may_be_said_at_one_place() -> None:
    also = (Outcome(OTHER, "more"),)
    step = on_use("task", ".delay()")(lambda *_: Outcome(DONE, also=also))
    assert codes(claimed("t.delay()", step)) == ["C2D001", "C2D002"]


def test_an_end_for_every_role() -> None:
    end = on_end("task", "*")(lambda *_: Outcome(DONE))
    own = on_end("task", "returned")(lambda *_: Outcome(OTHER))
    assert codes(claimed("print(t)", end, own)) == ["C2D001"]
    assert codes(claimed("def f():\n    return t", end, own)) == ["C2D002"]


# -- what is not asked


def test_an_annotation_is_no_matter() -> None:
    assert claimed("def f(a: app):\n    pass").outcomes == ()


def test_an_uncertain_use_is_not_asked() -> None:
    found = indexed("t.delay()")
    (use,) = uses(found)
    rules = load()
    assert codes(claim.claim(replace(use, certain=False), rules, context(found, rules))) == [
        "C2D902"
    ]


def test_a_use_without_a_place() -> None:
    found = indexed("t.delay()")
    use = replace(uses(found)[0], misplaced=True)
    renamed = AttributeSpec(PLACE, name="x")
    for spec, code in (((renamed,), "C2D910"), ((), "C2D001")):
        rule = on_use("task", ".delay()")(lambda *_, spec=spec: Outcome(DONE, specs=spec))
        rules = combine([Codemod("test", "", (), (rule,))])
        assert codes(claim.claim(use, rules, context(found, rules))) == [code]


# -- what is said where no rule answers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("t.unknown.more.most", "`task.unknown.more`"),
        ("app()", "`app()`"),
        ("app.control.ping()", "`app.control.ping`"),
        ("x[t]", "`task`: other"),
        ("print(t)", "`task`: it is handed to print"),
        ("[t]", "`task`: it is put into a collection"),
        ("t + 1", "`task`: it is part of an expression"),
        ("lambda: t", "`task`: a lambda returns it"),
        ("f'{t}'", "`task`: it is formatted into a string"),
        ("def f():\n    return t", "`task`: it is returned to the caller"),
        ("async def f():\n    await t", "`task`: it is awaited"),
        ("@t\ndef f():\n    pass", "`task`: it decorates f"),
        ("class X(t):\n    pass", "`task`: X is derived from it"),
        ("t.x = 3", "`task.x`"),
        ("f('tasks.t')", "`task`: its name is in a string given to f"),
        ("x = 'tasks.t'", "`task`: its name is in a string given to x"),
        ("x = {'task': 'tasks.t'}", "`task`: its name is in a string"),
        ("import celery\ncelery.group", "`celery.group`: discarded"),
        ("import celery\ncelery.group(t)", "`celery.group()`"),
    ],
)
def test_says_what_is_done_with_it(text: str, said: str) -> None:
    found = indexed(text)
    rules = combine([])
    notes = [note(claim.claim(use, rules, context(found, rules))) for use in uses(found)]
    assert said in notes


def test_tasks_and_the_app_have_rows_of_their_own() -> None:
    assert codes(claimed("t.x")) == ["C2D901"]
    assert codes(claimed("app.x")) == ["C2D904"]


# -- options, keywords, settings


def arg(keyword: str, code: str = "3", star: str = "") -> Arg:
    return Arg(keyword, star, PLACE, code)


def test_one_rule_reads_its_options_together() -> None:
    asked = []

    def answer(task: object, args: dict[str, Arg], context: Context) -> list[Outcome]:
        asked.append(sorted(args))
        return [Outcome(DONE)]

    rule = on_options("a", "b")(answer)
    always = on_options("c", always=True)(answer)
    rules = combine([Codemod("test", "", (), (rule, always))])
    found = indexed("")
    (task,) = found.tasks
    task = replace(task, options=(arg("b"), arg("a"), arg("x"), arg("", "**options", "**")))
    said = claim.declared(task, rules, context(found, rules))
    assert asked == [[], ["a", "b"]]
    assert [(outcome.row.code, outcome.note) for outcome in said] == [
        ("C2D901", "the option `x`"),
        ("C2D901", "the option ****options"),
        ("C2D001", ""),
        ("C2D001", ""),
    ]


def test_keywords_of_a_send() -> None:
    rule = on_keywords("countdown")(lambda *_: [Outcome(DONE)])
    rules = combine([Codemod("test", "", (), (rule,))])
    found = indexed("")
    said = context(found, rules).keywords(
        found.tasks[0], {"countdown": arg("countdown"), "link": arg("link")}
    )
    assert [outcome.note for outcome in said] == ["the keyword `link`", ""]


def test_settings_of_the_app() -> None:
    rule = on_settings("a", always=True)(lambda app, args, context: [Outcome(DONE, str(len(args)))])
    rules = combine([Codemod("test", "", (), (rule,))])
    found = indexed("")
    ask = claim.settings(found.apps[0], {}, rules, context(found, rules))
    assert [outcome.note for outcome in ask] == ["0"]
    named = {"a": arg("a"), "z": arg("z")}
    ask = claim.settings(found.apps[0], named, rules, context(found, rules))
    assert [outcome.note for outcome in ask] == ["the setting `z`", "1"]
