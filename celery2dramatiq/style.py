"""The project's own code style, as far as new code has to follow it."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

DEFAULT = 88  # black's and ruff's
_PEP8 = 79  # flake8's and pycodestyle's
_NUMBER = re.compile(r"\s*(\d+)\s*(?:[#;].*)?")
_BRACES = re.compile(r"\{([^{}]*)\}")


def line_length(root: Path) -> int:
    """Return the line length that the project's tools are told; 88 without any.

    Those that format (black, ruff) before those that check (flake8, pycodestyle), then isort and
    the editor.
    """
    tools = _tools(root)
    ini = [_ini(root / name) for name in ("setup.cfg", "tox.ini", ".flake8", ".isort.cfg")]
    found = [
        *_formatters(root, tools),
        *_checkers(ini),
        _number(_table(tools, "isort").get("line_length")),
        *(_number(parser.get("isort", "line_length", fallback="")) for parser in ini),
        *(_number(parser.get("settings", "line_length", fallback="")) for parser in ini),
        _editor(root / ".editorconfig"),
        DEFAULT,
    ]
    return next(length for length in found if length)


def _formatters(root: Path, tools: Mapping[str, object]) -> Iterator[int | None]:
    """Yield what black and ruff go by: their own default, too, if they are configured at all."""
    if "black" in tools:
        yield _number(_table(tools, "black").get("line-length")) or DEFAULT
    for name in (".ruff.toml", "ruff.toml"):
        if (root / name).is_file():
            yield _number(_toml(root / name).get("line-length")) or DEFAULT
    if "ruff" in tools:
        yield _number(_table(tools, "ruff").get("line-length")) or DEFAULT


def _checkers(ini: list[configparser.ConfigParser]) -> Iterator[int | None]:
    """Yield what flake8 and pycodestyle go by."""
    for section in ("flake8", "pycodestyle", "pep8"):
        for parser in ini:
            for option in ("max-line-length", "max_line_length"):
                yield _number(parser.get(section, option, fallback=""))
    if any(parser.has_section(section) for parser in ini for section in ("flake8", "pycodestyle")):
        yield _PEP8


def _editor(path: Path) -> int | None:
    """Return what an .editorconfig says of Python files; its last word counts."""
    parser = _parsed("[root]\n" + _text(path))
    found = None
    for section in parser.sections():
        value = parser.get(section, "max_line_length", fallback="")
        if value and any(fnmatchcase("x.py", pattern) for pattern in _globs(section)):
            found = _number(value)  # none if it is "off"
    return found


def _globs(section: str) -> list[str]:
    """Return the globs that a section of an .editorconfig stands for."""
    braces = _BRACES.search(section)
    if braces is None:
        return [section.replace("**", "*")]
    return [
        glob
        for part in braces[1].split(",")
        for glob in _globs(section[: braces.start()] + part.strip() + section[braces.end() :])
    ]


def _tools(root: Path) -> Mapping[str, object]:
    return _table(_toml(root / "pyproject.toml"), "tool")


def _table(tables: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = tables.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int | None:
    match = _NUMBER.fullmatch(str(value))
    return int(match[1]) if match else None


def _toml(path: Path) -> Mapping[str, object]:
    try:
        return tomlkit.parse(_text(path)).unwrap()
    except (TOMLKitError, RecursionError):
        return {}


def _ini(path: Path) -> configparser.ConfigParser:
    return _parsed(_text(path))


def _parsed(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return configparser.ConfigParser()
    return parser


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
