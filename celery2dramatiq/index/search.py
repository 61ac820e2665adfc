"""Finds the files that may use what is known so far, by their text alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from celery2dramatiq.files import Source

_RELATIVES = re.compile(r"\b(?:from|import)\s+(?:kombu|billiard|vine|amqp|redbeat)\b")
_WORD = re.compile(r"[^\W\d]\w*")
_FROM = re.compile(r"\bfrom\s+([.\w]+)\s+import\s*(\([^)]*\)|(?:\\\r?\n|[^\n\\;])*)")
_IMPORT = re.compile(r"\bimport\s+((?:\\\r?\n|[^\n\\;])*)")
_ALIAS = re.compile(r"([.\w]+|\*)(?:\s+as\s+(\w+))?")
_STRING = re.compile(r"""["']([\w.:-]+)["']""")
_LAUNCHED = re.compile(
    r"([^\W\d]\w*)\s*\.\s*(?:delay|apply_async|si?|signature|subtask|delay_on_commit)\b"
)
_LAUNCHERS = ("delay", "apply_async", "signature", "subtask", ".s(", ".si(")
_IMPORTERS = frozenset(("import_module", "__import__"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a module offers. names: of tasks; others: of apps, modules and the like.

    A task may be named in many ways, the others only where they are taken of their module.
    """

    path: str
    names: frozenset[str]
    others: frozenset[str] = frozenset()

    @property
    def folder(self) -> str | None:
        """The folder of a package; None of any other module."""
        folder, _, name = self.path.rpartition("/")
        return folder if name == "__init__.py" else None


def last_name(path: str) -> str:
    """Return the last part of a module's dotted name."""
    path = path.removesuffix("/__init__.py")
    return path.rpartition("/")[2].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Clues:
    """What to look for. strings: names of tasks; functions: the names of their functions."""

    modules: tuple[Wanted, ...]
    strings: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()


def mentions_celery(source: Source) -> bool:
    """Tell whether the word is in the file, in any case and as part of any word."""
    return b"celery" in source.data.lower()


def is_relevant(source: Source) -> bool:
    """Tell whether a file says by itself that it has to do with Celery."""
    return mentions_celery(source) or _RELATIVES.search(source.text) is not None


def candidates(sources: Iterable[Source], clues: Clues) -> Iterator[str]:
    """Yield the paths of the files that may use what the clues speak of."""
    by_name: dict[str, list[Wanted]] = {}
    for wanted in clues.modules:
        by_name.setdefault(last_name(wanted.path), []).append(wanted)
    packages = [wanted for wanted in clues.modules if wanted.folder is not None]
    for source in sources:
        text = _Text(source)
        if text.uses(by_name, packages) or text.means(clues):
            yield source.path


def imported_names(source: Source, last_names: Iterable[str]) -> Iterator[str]:
    """Yield the absolute dotted names, of that last part, that the file seems to import."""
    if not any(name in source.text for name in last_names):
        return
    text = _Text(source)
    wanted = frozenset(last_names)
    for module, aliases in text.froms:
        names = [f"{module}.{name}" for name in aliases]
        yield from (n for n in (module, *names) if n[0] != "." and n.rpartition(".")[2] in wanted)
    yield from (module for module, _ in text.plain if module.rpartition(".")[2] in wanted)


@dataclass
class _Text:
    """One file's text, and what it says about imports."""

    source: Source
    _texts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """The text with identifiers as Python reads them."""
        text = self.source.text
        return text if text.isascii() else unicodedata.normalize("NFKC", text)

    @cached_property
    def words(self) -> frozenset[str]:
        """All identifiers, also those in strings and comments."""
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def froms(self) -> list[tuple[str, dict[str, str]]]:
        """The `from` imports: the module, and its names as they are called here."""
        return [(module, dict(_aliases(names))) for module, names in _FROM.findall(self.text)]

    @cached_property
    def plain(self) -> list[tuple[str, str]]:
        """The other imports: the module, and what the last part of its name is called here."""
        rest = _FROM.sub("", self.text)
        return [pair for names in _IMPORT.findall(rest) for pair in _aliases(names)]

    @cached_property
    def rest(self) -> str:
        """The text without its imports."""
        return _IMPORT.sub("", _FROM.sub("", self.text))

    def uses(self, by_name: Mapping[str, list[Wanted]], packages: list[Wanted]) -> bool:
        """Tell whether the file may use something of the modules."""
        for name, modules in by_name.items():
            if name and name in self.text and name in self.words:
                if any(not self.words.isdisjoint(wanted.names) for wanted in modules):
                    return True
                others = frozenset().union(*(wanted.others for wanted in modules))
                if self._takes(name, others) or self._has_module(name):
                    return True
        return any(self._is_inside(package) for package in packages)

    def _takes(self, module: str, names: frozenset[str]) -> bool:
        """Tell whether one of the names, or all there are, is taken of a module."""
        for path, aliases in self.froms:
            if path.rpartition(".")[2] == module and not names.isdisjoint(aliases):
                return True
            if path.rpartition(".")[2] == module and "*" in aliases:
                return True
        pattern = rf"\b{module}\s*\.\s*([^\W\d]\w*)"
        return bool(names) and not names.isdisjoint(re.findall(pattern, self.text))

    def _has_module(self, module: str) -> bool:
        """Tell whether the module itself is imported, and more is done than to take a name."""
        called = {aliases[module] for _, aliases in self.froms if module in aliases}
        called |= {name for path, name in self.plain if path.rpartition(".")[2] == module}
        if not self.words.isdisjoint(_IMPORTERS):
            called.add(module)
        return any(re.search(rf"\b{name}\b(?!\s*\.\s*(?!__)[^\W\d])", self.rest) for name in called)

    def _is_inside(self, package: Wanted) -> bool:
        """Tell whether the file lies in a package, and may take a name of it by dots alone."""
        folder = f"{package.folder}/" if package.folder else ""
        if not self.source.path.startswith(folder):
            return False
        dots = [aliases for path, aliases in self.froms if not path.strip(".")]
        offered = package.names | package.others
        return any("*" in names or not offered.isdisjoint(names) for names in dots)

    def means(self, clues: Clues) -> bool:
        """Tell whether a task is named in a string, or something of its name is sent."""
        text = self.text
        if clues.strings and not clues.strings.isdisjoint(_STRING.findall(text)):
            return True
        if not any(launcher in text for launcher in _LAUNCHERS):
            return False
        imported = [name for _, aliases in self.froms for name in aliases]
        return not clues.functions.isdisjoint((*_LAUNCHED.findall(text), *imported))


def _aliases(names: str) -> Iterator[tuple[str, str]]:
    """Yield each name of an import with what it is called here."""
    for name, alias in _ALIAS.findall(re.sub(r"#[^\n]*", "", names).replace("\\", " ")):
        yield name, alias or name.rpartition(".")[2]
