"""A list of requirements in a file, and its entries, each with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# line: a requirement a line. array: strings between brackets. table: `name = "version"`, a line
# each. item: `- requirement`, a line each.
Form = Literal["line", "array", "table", "item"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One requirement: the characters `start` to `end` of the file's text, with its quotes.

    name: normalised (packaging.utils.canonicalize_name). specifier: as written, "" without one.
    known: it is written in a form in which it can be replaced.
    """

    name: str
    extras: frozenset[str]
    specifier: str
    marker: str
    start: int
    end: int
    known: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of requirements.

    label: what it is called in the file, "" if the whole file is the list. group: `runtime`,
    `test` or `other`. constraint: it only says which versions, and names no extras.
    made: the command that makes the file from another one; such a file is not edited.
    locked: it has hashes, or is a lock file, and is not edited either.
    """

    path: str
    label: str
    group: str
    form: Form
    entries: tuple[Entry, ...]
    constraint: bool = False
    made: str = ""
    locked: bool = False

    @property
    def editable(self) -> bool:
        """Tell whether the file is written by people."""
        return not self.made and not self.locked

    def of(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of a package, by its normalised name."""
        return tuple(entry for entry in self.entries if entry.name == name)


class Unparsed(Exception):
    """Why a file cannot be parsed. at: the character where that shows."""

    def __init__(self, reason: str, at: int = 0) -> None:
        super().__init__(reason)
        self.at = at


def group_of(label: str) -> str:
    """Return what the packages of a list are for, by its name, or by the file's."""
    words = label.lower().replace("-", "_").replace("/", "_").replace(".", "_").split("_")
    if {"test", "tests", "testing", "unittest"} & set(words):
        return "test"
    if {"dev", "develop", "development", "local", "ci"} & set(words):
        return "dev"
    return "runtime" if not set(words) & {"docs", "doc", "lint", "typing", "types"} else "other"
