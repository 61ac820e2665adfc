"""What a project says of itself: `[tool.celery2dramatiq]` in pyproject.toml, or a file for it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import TOMLKitError

from celery2dramatiq.files.ignore import patterns

if TYPE_CHECKING:
    from pathlib import Path

    from celery2dramatiq.codemod import Options
    from celery2dramatiq.mapping import Row

SHARED = "pyproject.toml"
OWN = "celery2dramatiq.toml"
TABLE = "celery2dramatiq"
POLICIES = ("keep", "dramatiq")
SCHEDULERS = ("apscheduler", "dramatiq-crontab")
BROKERS = ("same", "redis", "rabbitmq", "sqs")  # `plan.brokers`
KEYS = (
    "accept", "baseline", "broker", "dev-settings", "exclude", "ignore", "leave", "retries",
    "scheduler",
    "select", "task-decorators", "time-limit",
)  # fmt: skip


class WrongConfiguration(Exception):
    """What stands there makes no sense; its text says where, what, and what may be meant."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The values of the keys; those of the command line win, or are added to lists.

    file: where they stand. accept: codes of reasons. retries, time_limit: one of `POLICIES`.
    task_decorators: dotted names of decorators outside the project that declare tasks. select,
    ignore: beginnings of codes. exclude: patterns as in .gitignore. baseline: a file's path.
    dev_settings: of Django's settings modules that belong to development alone. leave: paths of
    files that are not edited. scheduler: what sends the periodic tasks, one of `SCHEDULERS`.
    broker: of what moves, one of `BROKERS`.
    """

    file: str = SHARED
    accept: tuple[str, ...] = ()
    retries: str = "keep"
    time_limit: str = "keep"
    task_decorators: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    baseline: str = ""
    dev_settings: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    scheduler: str = SCHEDULERS[0]
    broker: str = "same"


def read(root: Path) -> Configuration:
    """Return the configuration of the project in that folder. Raises WrongConfiguration."""
    file, values = _values(root)
    for key in values:
        if key not in KEYS:
            raise _wrong(file, f"there is no key {key!r}{meant(key, KEYS)}")
    table = _Table(file, values)
    return Configuration(
        file=file,
        accept=table.texts("accept"),
        retries=table.choice("retries", POLICIES),
        time_limit=table.choice("time-limit", POLICIES),
        task_decorators=table.names("task-decorators"),
        select=table.texts("select"),
        ignore=table.texts("ignore"),
        exclude=table.patterns("exclude"),
        baseline=table.text("baseline"),
        dev_settings=table.texts("dev-settings"),
        leave=table.texts("leave"),
        scheduler=table.choice("scheduler", SCHEDULERS),
        broker=table.choice("broker", BROKERS),
    )


def options(root: Path) -> Options:
    """Return what is chosen by the configuration alone. Raises WrongConfiguration."""
    from celery2dramatiq.codemod import Options, load

    given = read(root)
    rows = {row.code: row for row in load().rows}
    for key, codes, problem_of in (
        ("accept", given.accept, unacceptable),
        ("select", given.select, unknown),
        ("ignore", given.ignore, unknown),
    ):
        for code in codes:
            problem = problem_of(code, rows)
            if problem:
                raise _wrong(given.file, f"{key} {code!r}: {problem}")
    return replace(
        Options(),
        accept=frozenset(given.accept),
        retries=given.retries,
        time_limit=given.time_limit,
        task_decorators=frozenset(given.task_decorators),
        select=given.select,
        ignore=given.ignore,
        exclude=given.exclude,
        baseline=given.baseline,
        leave=given.leave,
        scheduler=given.scheduler,
        broker=given.broker,
    )


def unknown(code: str, rows: Iterable[str]) -> str:
    """Return why no code begins so; "" if one does."""
    if code and any(known.startswith(code) for known in rows):
        return ""
    return f"there is no such code{meant(code.upper(), rows)}"


def unacceptable(code: str, rows: Mapping[str, Row]) -> str:
    """Return why a code cannot be accepted; "" if it can."""
    if code not in rows:
        return f"there is no such code{meant(code.upper(), rows)}"
    return "" if rows[code].acceptable else f"this cannot be accepted ({rows[code].celery})"


def meant(word: str, known: Iterable[str]) -> str:
    """Return the question whether a similar word is meant; "" if none is similar."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


# -- where it stands


def _values(root: Path) -> tuple[str, Mapping[str, object]]:
    """Return the file with the configuration, and its keys. Raises WrongConfiguration."""
    shared, own = _shared(root / SHARED), _own(root / OWN)
    if own is None:
        return SHARED, shared or {}
    if shared is not None:
        raise WrongConfiguration(
            f"{OWN} and [tool.{TABLE}] in {SHARED} both configure this project: keep one of them"
        )
    return OWN, own


def _shared(path: Path) -> Mapping[str, object] | None:
    try:
        tools = tomlkit.parse(path.read_text("utf-8")).unwrap().get("tool", {})
    except (OSError, UnicodeDecodeError, TOMLKitError, RecursionError):
        return None  # whoever needs the file says so; it is not ours to judge
    table = tools.get(TABLE) if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise _wrong(SHARED, "this is no table")
    return table


def _own(path: Path) -> Mapping[str, object] | None:
    try:
        return tomlkit.parse(path.read_text("utf-8")).unwrap()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, TOMLKitError, RecursionError) as error:
        raise WrongConfiguration(f"{OWN}: {error}") from error


# -- one key


@dataclass(frozen=True)
class _Table:
    """Reads keys of the right kind. Each method raises WrongConfiguration."""

    file: str
    values: Mapping[str, object]

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise _wrong(self.file, f"{key} must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise _wrong(self.file, f"{key} must be a list of texts")
        return tuple(value)

    def names(self, key: str) -> tuple[str, ...]:
        names = self.texts(key)
        for name in names:
            parts = name.split(".")
            if len(parts) < 2 or not all(part.isidentifier() for part in parts):
                example = "no dotted name such as 'library.tasks.task'"
                raise _wrong(self.file, f"{key}: {name!r} is {example}")
        return names

    def patterns(self, key: str) -> tuple[str, ...]:
        lines = self.texts(key)
        try:
            patterns(lines)
        except ValueError as error:
            raise _wrong(self.file, f"{key}: not a pattern of .gitignore: {error}") from error
        return lines

    def choice(self, key: str, among: tuple[str, ...]) -> str:
        value = self.values.get(key, among[0])
        if value not in among:
            *some, last = map(repr, among)
            raise _wrong(self.file, f"{key} must be one of {', '.join(some)} and {last}")
        return str(value)


def _wrong(file: str, what: str) -> WrongConfiguration:
    where = f"{file}: [tool.{TABLE}]" if file == SHARED else file
    return WrongConfiguration(f"{where}: {what}")
