"""The table of all rows: well-formed, and true of the installed libraries."""

from __future__ import annotations

import ast
import inspect
import logging
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import celery  # type: ignore[import-untyped]
import dramatiq
import pytest
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from celery.app.defaults import NAMESPACES, flatten  # type: ignore[import-untyped]
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import CurrentMessage, GroupCallbacks
from dramatiq.rate_limits.backends import StubBackend as RateLimits
from dramatiq.results import Results
from dramatiq.results.backends import StubBackend
from dramatiq_crontab import interval  # type: ignore[import-untyped]

from celery2dramatiq import templates
from celery2dramatiq.codemod import OptionRule, SettingRule, load
from celery2dramatiq.mapping import ENGINE_ROWS, Action, Row
from celery2dramatiq.templates import dramatiq_helpers

ROOT = Path(__file__).parents[1]
RULES = load()
ROWS = RULES.rows
HELPERS = set(templates.provided())

_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
# `dramatiq.middleware.TimeLimitExceeded`
_DOTTED = re.compile(rf"\bdramatiq(?:\.{_WORD})+")
# `actor.send_with_options(`, `message.message_id`, `broker.get_actor`
_ATTRIBUTE = re.compile(rf"\b(actor|message|broker)\.({_WORD})")
# a call, with what stands in its parentheses
_CALL = re.compile(rf"({_WORD}(?:\.{_WORD})*)\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_KEYWORD = re.compile(rf"\b({_WORD})=")
# options of an actor without the decorator around them: `time_limit=ms`
_BARE = re.compile(rf"^(?:{_WORD}=\S+(?:, )?)+$")
_OURS_IN_MESSAGES = {"headers"}  # anything that is JSON may be an option of a message


def broker() -> StubBroker:
    """Return a broker with every middleware that Dramatiq has."""
    made = StubBroker()
    for middleware in (
        CurrentMessage(),
        GroupCallbacks(RateLimits()),  # type: ignore[no-untyped-call]
        Results(backend=StubBackend()),  # type: ignore[no-untyped-call]
    ):
        made.add_middleware(middleware)
    return made


BROKER = broker()
ACTOR = dramatiq.actor(actor_name="any", broker=BROKER)(print)
OPTIONS = BROKER.actor_options | set(inspect.signature(dramatiq.actor).parameters)
THINGS = {"actor": ACTOR, "message": ACTOR.message(), "broker": BROKER}


_Rule = TypeVar("_Rule", OptionRule, SettingRule)


def code(row: Row) -> str:
    return row.code


# -- form


def test_codes_are_unique_and_in_order() -> None:
    codes = [row.code for row in ROWS]
    assert codes == sorted(set(codes))


@pytest.mark.parametrize("row", ROWS, ids=code)
def test_row_is_well_formed(row: Row) -> None:
    assert re.fullmatch(r"C2D\d{3}", row.code)
    assert row.celery
    for text in (row.celery, row.dramatiq, row.note, row.way_out):
        assert text == text.strip()
        assert "\n" not in text
        assert not re.search(r"[^.]\.$", text)  # the report puts them into sentences of its own


@pytest.mark.parametrize("row", [r for r in ROWS if r.action is Action.REWRITE], ids=code)
def test_rewrite_says_what_it_becomes(row: Row) -> None:
    assert row.dramatiq
    assert not row.note  # same meaning: there is nothing to say
    assert not row.way_out


@pytest.mark.parametrize("row", [r for r in ROWS if r.action is Action.REVIEW], ids=code)
def test_review_names_the_difference(row: Row) -> None:
    assert row.dramatiq
    assert len(row.note.split()) >= 6  # a sentence
    assert not row.way_out


@pytest.mark.parametrize("row", [r for r in ROWS if r.action is Action.MANUAL], ids=code)
def test_manual_has_a_reason_and_a_way_out(row: Row) -> None:
    assert not row.dramatiq
    assert len(row.note.split()) >= 4
    assert len(row.way_out.split()) >= 3


# -- what the table says of Dramatiq


@pytest.mark.parametrize("row", [r for r in ROWS if r.dramatiq], ids=code)
def test_dramatiq_has_it(row: Row) -> None:
    unknown = [*_unknown_names(row.dramatiq), *_unknown_arguments(row.dramatiq)]
    assert unknown == []


def _unknown_names(text: str) -> Iterator[str]:
    for name in _DOTTED.findall(text):
        if not _exists(name):
            yield name
    for thing, attribute in _ATTRIBUTE.findall(text):
        if not hasattr(THINGS[thing], attribute):
            yield f"{thing}.{attribute}"


def _unknown_arguments(text: str) -> Iterator[str]:
    yield from _in_calls(text)
    if _BARE.match(text):
        for name in _KEYWORD.findall(text):
            if name not in OPTIONS:
                yield f"@dramatiq.actor({name}=)"


def _in_calls(text: str) -> Iterator[str]:
    for function, inside in _CALL.findall(text):
        for name in _KEYWORD.findall(re.sub(r"\([^()]*\)", "", inside)):
            if name not in _arguments(function):
                yield f"{function}({name}=)"
        yield from _in_calls(inside)


def _arguments(function: str) -> set[str]:
    """Return the names of the arguments of a function in the table."""
    if function == "dramatiq.actor":
        return OPTIONS
    name = function.rpartition(".")[2]
    if name in HELPERS:
        found = inspect.signature(getattr(dramatiq_helpers, name))
    elif name in ("send_with_options", "message_with_options"):
        return OPTIONS | {"args", "kwargs", "delay", "pipe_ignore"} | _OURS_IN_MESSAGES
    else:
        found = inspect.signature(_resolved(function))
    return set(found.parameters)


def _resolved(function: str) -> Callable[..., object]:
    known: dict[str, Callable[..., object]] = {
        "logging.getLogger": logging.getLogger,
        "IntervalTrigger": IntervalTrigger,
        "CronTrigger": CronTrigger,
        "interval": interval,
    }
    return known[function]


def _exists(dotted: str) -> bool:
    module, _, name = dotted.rpartition(".")
    try:
        return hasattr(import_module(module), name)
    except ModuleNotFoundError:
        return False


def test_these_tests_find_what_is_wrong() -> None:
    assert list(_unknown_names("dramatiq.middleware.Nothing, dramatiq.nothing.X")) == [
        "dramatiq.middleware.Nothing",
        "dramatiq.nothing.X",
    ]
    assert list(_unknown_names("actor.delay(...)")) == ["actor.delay"]
    assert list(_unknown_arguments("@dramatiq.actor(queue=...)")) == ["dramatiq.actor(queue=)"]
    assert list(_unknown_arguments("send_with_options(delay=f(eta), countdown=s)")) == [
        "send_with_options(countdown=)"
    ]
    assert list(_unknown_arguments("soft_time_limit=s")) == ["@dramatiq.actor(soft_time_limit=)"]
    assert list(_unknown_arguments("make_broker(limit=ms)")) == ["make_broker(limit=)"]


# -- what the rules say of Celery


def test_settings_are_celerys() -> None:
    names = {name for rule in _rules(SettingRule) for name in rule.names}
    # What `Celery(broker=...)` takes are settings under other names.
    arguments = set(inspect.signature(celery.Celery.__init__).parameters)
    assert names <= {name for name, _ in flatten(NAMESPACES)} | arguments | {"broker", "backend"}


def test_options_are_celerys() -> None:
    names = {name for rule in _rules(OptionRule) for name in rule.names}
    # Those that celery/app/base.py (`task`, `_task_from_fun`) and autoretry.py take themselves.
    special = {
        "bind", "name", "base", "autoretry_for", "dont_autoretry_for", "retry_kwargs",
        "retry_backoff", "retry_backoff_max", "retry_jitter", "pydantic", "pydantic_strict",
        "pydantic_context", "pydantic_dump_kwargs", "lazy", "filter", "shared",
    }  # fmt: skip
    # Options of a send, which a task may have as its own (celery/app/task.py).
    sends = {"queue", "exchange", "routing_key", "exchange_type", "delivery_mode", "compression"}
    known = {name for name in dir(celery.Task) if not name.startswith("__")} | special | sends
    assert names <= known


def _rules(kind: type[_Rule]) -> Iterator[_Rule]:
    for codemod in RULES.codemods:
        for rule in codemod.rules:
            if isinstance(rule, kind):
                yield rule


# -- who knows whom


def test_engine_rows_are_the_engines() -> None:
    owned = {row.code for codemod in RULES.codemods for row in codemod.rows}
    assert owned.isdisjoint(row.code for row in ENGINE_ROWS)


@pytest.mark.parametrize("path", sorted((ROOT / "codemods").glob("*.py")), ids=lambda p: p.stem)
def test_codemods_import_each_other_relatively(path: Path) -> None:
    assert [name for name in _imports(path) if name.startswith("celery2dramatiq.codemods")] == []
    assert [name for name in _imports(path) if name.split(".")[0] == "codemods"] == []


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "celery2dramatiq").rglob("*.py")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_engine_finds_codemods_by_itself(path: Path) -> None:
    assert [name for name in _imports(path) if ".codemods" in name] == []


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("codemod", RULES.codemods, ids=lambda codemod: codemod.name)
def test_codemod_says_what_it_does(codemod: object) -> None:
    assert getattr(codemod, "doc", "").endswith(".")
    assert getattr(codemod, "rows", ())
