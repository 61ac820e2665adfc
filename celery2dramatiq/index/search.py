"""Finds the files that may use what is known so far, by their text alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from celery2dramatiq.files import Source

_RELATIVES = ("kombu", "billiard", "vine", "amqp", "redbeat")
_IMPORT_OF_RELATIVE = re.compile(rf"\b(?:from|import)\s+(?:{'|'.join(_RELATIVES)})\b")
_ALONE = r"(?!\s*\.\s*(?!__)[^\W\d])"  # no attribute is taken of it, but for those of Python's
_COMMENT = re.compile(r"#[^\n]*")
# Each word of which these begin is looked for as it is, which `re` does far faster than `\b`.
_FROM = re.compile(r"from(?<!\wfrom)\s+([.\w]+)\s+import\s*(\([^)]*\)|(?:\\\r?\n|[^\n\\;])*)")
_IMPORT = re.compile(r"import(?<!\wimport)\s+((?:\\\r?\n|[^\n\\;])*)")
_ALIAS = re.compile(r"([.\w]+|\*)(?:\s+as\s+(\w+))?")
_STRING = re.compile(r"""["']([\w.:-]+)["']""")
_LAUNCH = re.compile(r"\.\s*(?:delay|apply_async|si?|signature|subtask|delay_on_commit)\b")
_LAST_WORD = re.compile(r"([^\W\d]\w*)\s*\Z")
_LONGEST = 200  # of names of functions, with the blanks behind
_FEW = 50  # strings that are faster looked for one by one
_LAUNCHERS = ("delay", "apply_async", "signature", "subtask", ".s(", ".si(")
_IMPORTERS = ("import_module", "__import__")


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
    if mentions_celery(source):
        return True
    text = source.text
    near = any(name in text for name in _RELATIVES)
    return near and _IMPORT_OF_RELATIVE.search(text) is not None


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


class _Text:
    """One file's text, and what it says about imports, by regular expressions alone."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        text = source.text
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text)  # as Python reads identifiers
        self.text = text.replace("\r", "\n") if "\r" in text else text

    @cached_property
    def froms(self) -> list[tuple[str, dict[str, str]]]:
        """The `from` imports: the module, and its names as they are called here."""
        text = _COMMENT.sub("", self.text)
        return [(module, dict(_aliases(names))) for module, names in _FROM.findall(text)]

    @cached_property
    def plain(self) -> list[tuple[str, str]]:
        """The other imports: the module, and what the last part of its name is called here."""
        text = _FROM.sub("", _COMMENT.sub("", self.text))
        return [pair for names in _IMPORT.findall(text) for pair in _aliases(names)]

    @cached_property
    def rest(self) -> str:
        """The text without its imports."""
        return _IMPORT.sub("", _FROM.sub("", self.text))

    def has(self, name: str) -> bool:
        """Tell whether the name is a word of the text."""
        return name in self.text and re.search(rf"{_begun(name)}\b", self.text) is not None

    def uses(self, by_name: Mapping[str, list[Wanted]], packages: list[Wanted]) -> bool:
        """Tell whether the file may use something of the modules."""
        for name, modules in by_name.items():
            if name and self.has(name):
                if any(self.has(one) for wanted in modules for one in wanted.names):
                    return True
                others = frozenset().union(*(wanted.others for wanted in modules))
                folders = {last_name(wanted.path.rpartition("/")[0]) for wanted in modules}
                if self._takes(name, others) or self._has_module(name, folders):
                    return True
        return any(self._is_inside(package) for package in packages)

    def _takes(self, module: str, names: frozenset[str]) -> bool:
        """Tell whether one of the names, or all there are, is taken of a module."""
        for path, aliases in self.froms:
            given = "*" in aliases or not names.isdisjoint(aliases)
            if given and path.rpartition(".")[2] == module:
                return True
        taken = rf"{_begun(module)}\s*\.\s*([^\W\d]\w*)"
        return bool(names) and not names.isdisjoint(re.findall(taken, self.text))

    def _has_module(self, module: str, folders: set[str]) -> bool:
        """Tell whether more is done with the module itself than to take a name of it."""
        called = {aliases[module] for _, aliases in self.froms if module in aliases}
        called |= {name for path, name in self.plain if path.rpartition(".")[2] == module}
        if any(map(self.has, _IMPORTERS)):
            called.add(module)
        words = list(map(_begun, called))
        words += [
            rf"{_begun(folder)}\s*\.\s*{re.escape(module)}"
            for folder in folders
            if self.has(folder)
        ]
        return any(re.search(rf"{word}\b{_ALONE}", self.rest) for word in words)

    def _is_inside(self, package: Wanted) -> bool:
        """Tell whether the file lies in a package, and may take a name of it by dots alone."""
        folder = f"{package.folder}/" if package.folder else ""
        if not self.path.startswith(folder) or "from ." not in self.text:
            return False
        dots = [aliases for path, aliases in self.froms if not path.strip(".")]
        offered = package.names | package.others
        return any("*" in names or not offered.isdisjoint(names) for names in dots)

    def means(self, clues: Clues) -> bool:
        """Tell whether a task is named in a string, or something of its name is sent."""
        return self._names(clues.strings) or self._sends(clues.functions)

    def _names(self, tasks: frozenset[str]) -> bool:
        if len(tasks) < _FEW and not any(task in self.text for task in tasks):
            return False
        return bool(tasks) and not tasks.isdisjoint(_STRING.findall(self.text))

    def _sends(self, functions: frozenset[str]) -> bool:
        if not functions or not any(launcher in self.text for launcher in _LAUNCHERS):
            return False
        if any(not functions.isdisjoint(aliases) for _, aliases in self.froms):
            return True
        return not functions.isdisjoint(self._receivers())

    def _receivers(self) -> Iterator[str]:
        """Yield the names in `name.delay` and the like."""
        for launch in _LAUNCH.finditer(self.text):
            name = _LAST_WORD.search(self.text, max(0, launch.start() - _LONGEST), launch.start())
            if name is not None:
                yield name[1]


def _begun(name: str) -> str:
    """Return the pattern of a name that is no end of a longer word."""
    code = re.escape(name)
    return rf"{code}(?<!\w{code})" if name.isidentifier() else rf"\b{code}"


def _aliases(names: str) -> Iterator[tuple[str, str]]:
    """Yield each name of an import with what it is called here."""
    for name, alias in _ALIAS.findall(names.replace("\\", " ")):
        yield name, alias or name.rpartition(".")[2]
