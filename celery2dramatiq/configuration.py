"""What a project says of itself: the table `[tool.celery2dramatiq]` of its pyproject.toml."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import TOMLKitError

if TYPE_CHECKING:
    from pathlib import Path

    from celery2dramatiq.codemod import Options
    from celery2dramatiq.mapping import Row

FILE = "pyproject.toml"
TABLE = "celery2dramatiq"
POLICIES = ("keep", "dramatiq")
_KEYS = ("accept", "retries", "task-decorators", "time-limit")


class WrongConfiguration(Exception):
    """What stands there makes no sense; its text says where, what, and what may be meant."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The values of the table's keys; those of the command line win.

    accept: codes of reasons. retries, time_limit: one of `POLICIES`. task_decorators: dotted names
    of decorators outside the project that declare tasks.
    """

    accept: tuple[str, ...] = ()
    retries: str = "keep"
    time_limit: str = "keep"
    task_decorators: tuple[str, ...] = ()


def read(root: Path) -> Configuration:
    """Return the configuration of the project in that folder. Raises WrongConfiguration."""
    table = _table(root / FILE)
    for key in table:
        if key not in _KEYS:
            raise _wrong(f"there is no key {key!r}{meant(key, _KEYS)}")
    return Configuration(
        accept=_texts(table, "accept"),
        retries=_policy(table, "retries"),
        time_limit=_policy(table, "time-limit"),
        task_decorators=_names(table, "task-decorators"),
    )


def options(root: Path) -> Options:
    """Return what is chosen by the configuration alone. Raises WrongConfiguration."""
    from celery2dramatiq.codemod import Options, load

    given = read(root)
    rows = {row.code: row for row in load().rows}
    for code in given.accept:
        problem = unacceptable(code, rows)
        if problem:
            raise _wrong(f"accept {code!r}: {problem}")
    return replace(
        Options(),
        accept=frozenset(given.accept),
        retries=given.retries,
        time_limit=given.time_limit,
        task_decorators=frozenset(given.task_decorators),
    )


def unacceptable(code: str, rows: Mapping[str, Row]) -> str:
    """Return why a code cannot be accepted; "" if it can."""
    if code not in rows:
        return f"there is no such code{meant(code.upper(), rows)}"
    return "" if rows[code].acceptable else f"this cannot be accepted ({rows[code].celery})"


def meant(word: str, known: Iterable[str]) -> str:
    """Return the question whether a similar word is meant; "" if none is similar."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


# -- one key


def _table(path: Path) -> Mapping[str, object]:
    try:
        tools = tomlkit.parse(path.read_text("utf-8")).unwrap().get("tool", {})
    except (OSError, UnicodeDecodeError, TOMLKitError, RecursionError):
        return {}  # whoever needs the file says so; it is not ours to judge
    table = tools.get(TABLE, {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise _wrong("this is no table")
    return table


def _texts(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(f"{key} must be a list of texts")
    return tuple(value)


def _names(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    names = _texts(table, key)
    for name in names:
        parts = name.split(".")
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise _wrong(f"{key}: {name!r} is no dotted name such as 'library.tasks.task'")
    return names


def _policy(table: Mapping[str, object], key: str) -> str:
    value = table.get(key, "keep")
    if value not in POLICIES:
        raise _wrong(f"{key} must be one of {' and '.join(map(repr, POLICIES))}")
    return str(value)


def _wrong(what: str) -> WrongConfiguration:
    return WrongConfiguration(f"{FILE}: [tool.{TABLE}]: {what}")
