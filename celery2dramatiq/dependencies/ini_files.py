"""Requirements in `setup.cfg` (setuptools: "Configuring setuptools using setup.cfg files")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from celery2dramatiq.dependencies.model import Entry, Listing, group_of
from celery2dramatiq.dependencies.requirement import parsed

if TYPE_CHECKING:
    from celery2dramatiq.files import Source

_SECTION = re.compile(r"\[([^\]\r\n]+)\]")
_OPTION = re.compile(r"([^\s#;=:\[][^=:\r\n]*?)[ \t]*[=:][ \t]*")
_LINE = re.compile(r"[^\r\n]+")


def listings(source: Source) -> Iterator[Listing]:
    """Yield the lists of a `setup.cfg`."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for section, option, start, text in _values(source.text):
        entry = parsed(text, start, start + len(text)) if _is_list(section, option) else None
        if entry is not None:
            found.setdefault((section, option), []).append(entry)
    for (section, option), entries in found.items():
        group = "runtime" if option == "install_requires" else group_of(option)
        yield Listing(source.path, f"{section}:{option}", group, "line", tuple(entries))


def _is_list(section: str, option: str) -> bool:
    in_options = section == "options" and option in ("install_requires", "tests_require")
    return in_options or section == "options.extras_require"


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
