"""The project's own code style, as far as new code has to follow it."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

DEFAULT = 88  # black's
_PYPROJECT = re.compile(r"^\s*line[-_]length\s*=\s*(\d+)", re.MULTILINE)


def line_length(root: Path) -> int:
    """Return the line length that black, ruff, flake8 or pycodestyle is told; 88 without one."""
    for name in ("pyproject.toml", "ruff.toml", ".ruff.toml"):
        match = _PYPROJECT.search(_text(root / name))
        if match:
            return int(match[1])
    for name in (".flake8", "setup.cfg", "tox.ini"):
        found = _from_ini(_text(root / name))
        if found:
            return found
    return DEFAULT


def _from_ini(text: str) -> int | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    for section in ("flake8", "pycodestyle"):
        value = parser.get(section, "max-line-length", fallback="")
        value = value or parser.get(section, "max_line_length", fallback="")
        if value.strip().isdecimal():
            return int(value)
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
