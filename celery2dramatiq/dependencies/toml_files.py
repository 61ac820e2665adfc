"""Requirements in TOML: `pyproject.toml` and `Pipfile`.

tomlkit reads; where a string stands in the text it does not say. So every string of the text gets
a number, the text is parsed once with the numbers instead, and whichever number comes out at
`project.dependencies[3]` says where that string stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import tomlkit
from packaging.utils import canonicalize_name
from tomlkit.exceptions import TOMLKitError

from celery2dramatiq.dependencies.model import Entry, Listing, Unparsed, group_of
from celery2dramatiq.dependencies.requirement import parsed

if TYPE_CHECKING:
    from celery2dramatiq.files import Source

_TOKEN = re.compile(
    r"""(?P<long>\"{3}.*?\"{3}\"{0,2}|'{3}.*?'{3}'{0,2})"""
    r"""|(?P<string>"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*')|(?P<comment>\#[^\r\n]*)""",
    re.DOTALL,
)
_IS_KEY = re.compile(r"[ \t]*(?:[=.\]])")
_VALUE = re.compile(r"""(\{[^{}#]*\}|"[^"]*"|'[^']*')[ \t]*(?:\#.*)?$""")
_NUMBER = re.compile(r"@(\d+)@")
_GROUPS = ("tool.pdm.dev-dependencies", "tool.hatch.envs")
Json = Mapping[str, Any]


class Strings:
    """The strings of a TOML text, found by their place in the document."""

    def __init__(self, text: str) -> None:
        """Parse. Raises Unparsed."""
        self.text = text
        self.spans: list[tuple[int, int]] = []
        document(text)
        self.numbered = document(_TOKEN.sub(self._number, text))

    def _number(self, match: re.Match[str]) -> str:
        is_key = _IS_KEY.match(self.text, match.end()) is not None
        if match["string"] is None or (is_key and not self._in_array(match)):
            return match[0]
        self.spans.append(match.span())
        return f'"@{len(self.spans) - 1}@"'

    def _in_array(self, match: re.Match[str]) -> bool:
        """Tell an array's last string from a key in a table's header: both end with `]`."""
        line = self.text[self.text.rfind("\n", 0, match.start()) + 1 : match.start()]
        rest = self.text[match.end() :].lstrip(" \t")
        return rest.startswith("]") and not line.lstrip().startswith("[")

    def span(self, value: object) -> tuple[int, int] | None:
        """Return where a string of `numbered` stands."""
        match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        return self.spans[int(match[1])] if match else None

    def plain(self, value: object) -> str:
        """Return a string of `numbered` as it is in the file."""
        span = self.span(value)
        if span is None:
            return value if isinstance(value, str) else ""
        return str(tomlkit.parse(f"x = {self.text[slice(*span)]}")["x"])


def document(text: str) -> dict[str, Any]:
    """Return a TOML text as plain values. Raises Unparsed."""
    try:
        return tomlkit.parse(text).unwrap()
    except (TOMLKitError, RecursionError) as error:
        line = getattr(error, "line", 1)
        at = sum(map(len, text.splitlines(keepends=True)[: line - 1]))
        raise Unparsed(f"not valid TOML: {error}", at) from error


def listings(source: Source) -> Iterator[Listing]:
    """Yield the lists of a `pyproject.toml` or a `Pipfile`. Raises Unparsed."""
    strings = Strings(source.text)
    tables = strings.numbered
    for label, values in _arrays(tables):
        entries = tuple(_of_array(values, strings))
        yield Listing(source.path, label, _group(label), "array", entries)
    for label, table in _tables(tables, source.path):
        entries = tuple(_of_table(table, strings))
        yield Listing(source.path, label, _group(label), "table", entries)


def _group(label: str) -> str:
    if label in ("project.dependencies", "tool.poetry.dependencies", "packages"):
        return "runtime"
    if label in ("dev-packages", "tool.poetry.dev-dependencies"):
        return "dev"
    return group_of(label.rpartition(":")[2])


def _arrays(tables: Json) -> Iterator[tuple[str, list[object]]]:
    """Yield PEP 621's and PEP 735's lists, and those of uv, pdm and hatch."""
    project = _table(tables, "project")
    yield from _lists({"project.dependencies": project.get("dependencies")})
    for prefix, table in (
        ("project.optional-dependencies", _table(project, "optional-dependencies")),
        ("dependency-groups", _table(tables, "dependency-groups")),
        ("tool.pdm.dev-dependencies", _table(tables, "tool", "pdm", "dev-dependencies")),
    ):
        yield from _lists({f"{prefix}:{name}": values for name, values in table.items()})
    uv = _table(tables, "tool", "uv")
    yield from _lists({"tool.uv:dev": uv.get("dev-dependencies")})
    for name, env in _table(tables, "tool", "hatch", "envs").items():
        if isinstance(env, Mapping):
            for key in ("dependencies", "extra-dependencies"):
                yield from _lists({f"tool.hatch.envs:{name}": env.get(key)})


def _lists(found: Mapping[str, object]) -> Iterator[tuple[str, list[object]]]:
    for label, values in found.items():
        if isinstance(values, list):
            yield label, values


def _tables(tables: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Yield Poetry's and Pipenv's tables."""
    if path.rpartition("/")[2] == "Pipfile":
        found = {name: tables.get(name) for name in ("packages", "dev-packages")}
    else:
        poetry = _table(tables, "tool", "poetry")
        found = {
            "tool.poetry.dependencies": poetry.get("dependencies"),
            "tool.poetry.dev-dependencies": poetry.get("dev-dependencies"),
            **{
                f"tool.poetry.group:{name}": _table(poetry, "group", name).get("dependencies")
                for name in _table(poetry, "group")
            },
        }
    for label, table in found.items():
        if isinstance(table, Mapping):
            yield label, table


def _table(tables: Json, *names: str) -> Json:
    found: object = tables
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _of_array(values: list[object], strings: Strings) -> Iterator[Entry]:
    for value in values:
        span = strings.span(value)
        entry = parsed(strings.plain(value), *(span or (0, 0)))
        if entry is not None:  # else an include, or a path
            yield entry if span is not None else replace(entry, known=False)


def _of_table(table: Json, strings: Strings) -> Iterator[Entry]:
    """Yield the entries whose name and value are one line."""
    for name, value in table.items():
        if name.lower() == "python":
            continue
        inner = value if isinstance(value, Mapping) else {"version": value}
        extras = inner.get("extras")
        span = _line(name, inner, strings)
        yield Entry(
            str(canonicalize_name(name)),
            frozenset(map(strings.plain, extras if isinstance(extras, list) else ())),
            strings.plain(inner.get("version")).strip(),
            "",
            *(span or _header(name, strings.text)),
            known=span is not None and inner.keys() <= {"version", "extras"},
        )


def _header(name: str, text: str) -> tuple[int, int]:
    """Return where the table of a package begins, or the file, for the report."""
    match = re.search(rf"""^[ \t]*\[[^\]\r\n]*\b{re.escape(name)}["']?\]""", text, re.MULTILINE)
    return match.span() if match is not None else (0, 0)


def _line(name: str, inner: Json, strings: Strings) -> tuple[int, int] | None:
    """Return where `name = value` stands, if that is all of its line."""
    span = strings.span(inner.get("version"))
    if span is None:
        return None
    start = max(strings.text.rfind(end, 0, span[0]) for end in "\r\n") + 1
    line = re.match(r"[^\r\n]*", strings.text[start:])
    assert line is not None  # it matches nothing, too
    ours = re.match(rf"""[ \t]*(["']?){re.escape(name)}\1[ \t]*=[ \t]*""", line[0])
    if ours is None:
        return None
    value = _VALUE.match(line[0], ours.end())
    if value is None:  # over several lines, or with braces in a string
        return None
    indent = len(line[0]) - len(line[0].lstrip())
    return start + indent, start + value.end(1)
