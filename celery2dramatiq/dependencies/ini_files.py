"""Requirements in `setup.cfg` (setuptools: "Configuring setuptools using setup.cfg files").

And those of `tox.ini`'s environments (tox: "deps"); one for some factors only is not replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from celery2dramatiq.dependencies.model import Entry, Listing, group_of
from celery2dramatiq.dependencies.requirement import parsed

if TYPE_CHECKING:
    from celery2dramatiq.files import Source

_SECTION = re.compile(r"\[([^\]\r\n]+)\]")
_OPTION = re.compile(r"([^\s#;=:\[][^=:\r\n]*?)[ \t]*[=:][ \t]*")
_GROUPS = {"install_requires": "runtime", "deps": "other"}
_FACTORS = re.compile(r"[\w{},.!-]+:[ \t]+")
_LINE = re.compile(r"[^\r\n]+")


def listings(source: Source) -> Iterator[Listing]:
    """Yield the lists of a `setup.cfg` or a `tox.ini`."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for section, option, start, text in _values(source.text):
        entry = _entry(text, start, option) if _is_list(section, option) else None
        if entry is not None:
            found.setdefault((section, option), []).append(entry)
    for (section, option), entries in found.items():
        group = _GROUPS.get(option) or group_of(option)
        yield Listing(source.path, f"{section}:{option}", group, "line", tuple(entries))


def _entry(text: str, start: int, option: str) -> Entry | None:
    factors = _FACTORS.match(text) if option == "deps" else None
    if factors is None:
        return parsed(text, start, start + len(text))
    entry = parsed(text[factors.end() :], start + factors.end(), start + len(text))
    return replace(entry, known=False) if entry is not None else None


def _is_list(section: str, option: str) -> bool:
    in_options = section == "options" and option in ("install_requires", "tests_require")
    in_tox = section.partition(":")[0] == "testenv" and option == "deps"
    return in_options or in_tox or section == "options.extras_require"


def _values(text: str) -> Iterator[tuple[str, str, int, str]]:
    """Yield section, option, and each line of its value with its place."""
    section = option = ""
    for match in _LINE.finditer(text):
        line, start = match[0], match.start()
        head, new = _SECTION.match(line), _OPTION.match(line)
        if head is not None:
            section, option = head[1].strip(), ""
        elif new is not None and not line[0].isspace():
            option, start = new[1].lower(), start + new.end()
            line = line[new.end() :]
        bare = line.strip()
        if bare and head is None and not bare.startswith(("#", ";")):
            yield section, option, start + line.index(bare), bare
