"""The modules of a project: their names, their roots, and their syntax trees, parsed when asked."""

from __future__ import annotations

import ast
import re
import sys
import threading
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from celery2dramatiq.files import Source
from celery2dramatiq.index.model import Place
from celery2dramatiq.index.read_scopes import read_scopes
from celery2dramatiq.index.scopes import Scopes

# Libraries whose names matter, wherever a folder of the same name may lie in the project.
FAMILY = frozenset(
    [
        "celery",
        "kombu",
        "billiard",
        "vine",
        "amqp",
        "djcelery",
        "django_celery_beat",
        "django_celery_results",
        "celery_once",
        "celery_singleton",
        "redbeat",
    ]
)
_NEVER_PROJECT = FAMILY | {"dramatiq"}
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_DEEP = "too deeply nested to be parsed"
# PEP 701.
TRUE_PLACES_IN_FSTRINGS = sys.version_info >= (3, 12)
# Python 3.10 does not check its own stack when it builds the tree of a very long expression.
CHECKS_ITS_STACK = sys.version_info >= (3, 11)
_LONG = 100_000
_STACK = 512 * 1024 * 1024


@dataclass(frozen=True)
class Unparsed:
    """A file that this Python cannot parse."""

    reason: str
    line: int | None = None


class Module:
    """One parsed file: its tree, its scopes, and places in it."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.path = source.path
        self.tree = tree
        self.data = source.text.encode()
        self.folder = source.path.rpartition("/")[0]
        self.package = PurePosixPath(source.path).name == "__init__.py"
        self.test = is_test(source.path)

    @cached_property
    def scopes(self) -> Scopes:
        """The module's scopes."""
        return read_scopes(self.tree)

    @cached_property
    def _lines(self) -> list[int]:
        return line_starts(self.data)

    def place(self, node: ast.AST) -> Place:
        """Return where the node stands; if it has no place of its own, what it is part of."""
        node = self.scopes.moved.get(node, node)
        assert isinstance(node, (ast.expr, ast.stmt, ast.arg))
        assert node.end_lineno is not None  # `ast.parse` gives every node its end
        assert node.end_col_offset is not None
        line = self._lines[node.lineno - 1]
        start = line + node.col_offset
        end = self._lines[node.end_lineno - 1] + node.end_col_offset
        column = len(self.data[line:start].decode(errors="replace")) + 1
        return Place(self.path, start, end, node.lineno, column)

    def code(self, node: ast.AST) -> str:
        """Return the node's own source text."""
        place = self.place(node)
        return self.data[place.start : place.end].decode(errors="replace")


def line_starts(data: bytes) -> list[int]:
    """Return at which byte each line begins, with the ends of lines that Python knows."""
    return [0, *(match.end() for match in _NEWLINE.finditer(data))]


def is_test(path: str) -> bool:
    """Tell whether a file belongs to a test suite, by the names pytest and unittest go by."""
    *folders, name = path.split("/")
    return (
        any(folder in ("test", "tests", "testing") for folder in folders)
        or name in ("conftest.py", "tests.py")
        or (name.startswith("test_") or name.endswith("_test.py"))
    )


def parse(source: Source) -> Module | Unparsed:
    """Parse a file with this interpreter's own grammar."""
    if CHECKS_ITS_STACK or len(source.text) < _LONG:
        return _parse(source)
    found: list[Module | Unparsed] = []
    before = threading.stack_size(_STACK)
    try:
        thread = threading.Thread(target=lambda: found.append(_parse(source)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    return found[0]


def _parse(source: Source) -> Module | Unparsed:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are the project's own affair
            tree = ast.parse(source.text)
            if not TRUE_PLACES_IN_FSTRINGS and any(map(_is_fstring, ast.walk(tree))):
                from celery2dramatiq.index.fstrings import mend  # LibCST takes a while to import

                mend(tree, source.text)
            return Module(source, tree)
    except SyntaxError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        return Unparsed(
            f"not valid Python {version}: {error.msg} (if it is written for a newer Python, run "
            f"the tool on that: uvx --python 3.14 celery2dramatiq ...)",
            error.lineno,
        )
    except (RecursionError, MemoryError):
        return Unparsed(_DEEP)
    except ValueError as error:
        return Unparsed(f"not text: {error}")


def _is_fstring(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr)


class Modules:
    """Every Python file of the project by path and by dotted name; parsed at first use."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources
        self.unparsed: dict[str, Unparsed] = {}
        self.imported_as: defaultdict[str, set[str]] = defaultdict(set)
        self._parsed: dict[str, Module] = {}
        self._chosen: dict[tuple[str, str], str | None] = {}
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        self._packages: set[str] = set()
        self._relative: set[str] = set()  # folders whose modules import each other by dots
        self._folders: set[str] = set()
        self._words: set[str] = set()  # that a dotted name of the project can begin with
        for path in sorted(sources):
            self._add(path)

    def _add(self, path: str) -> None:
        folder, _, file = path.rpartition("/")
        if file == "__init__.py":
            self._packages.add(folder)
        while folder not in self._folders:
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]
        self._words.update(_parts(path))
        for name in _names(path):
            self._by_name[name].append(path)

    # -- parsing

    def get(self, path: str) -> Module | None:
        """Return the parsed module of that path; None if it can't be parsed or there is none."""
        if path not in self._parsed and path in self.sources and path not in self.unparsed:
            result = parse(self.sources[path])
            if isinstance(result, Unparsed):
                self.unparsed[path] = result
            else:
                self._parsed[path] = result
        return self._parsed.get(path)

    def parsed(self, path: str) -> Module | None:
        """Return the module of that path if it has been parsed already."""
        return self._parsed.get(path)

    def all_parsed(self) -> list[Module]:
        """Return every module parsed so far, in order of path."""
        return [self._parsed[path] for path in sorted(self._parsed)]

    # -- dotted names

    def note_import(self, module: str, name: str, level: int, seen_from: str) -> None:
        """Note by what name an import statement calls a module, and what is a package."""
        if level:
            folder = seen_from
            for _ in range(level):
                folder = folder.rpartition("/")[0]
                self._relative.add(folder)
            return
        for dotted in {module, f"{module}.{name}".rstrip(".")}:
            path = self.absolute(dotted, seen_from)
            if path is not None:
                self.imported_as[path].add(dotted)

    def absolute(self, name: str, seen_from: str) -> str | None:
        """Return the path that `import name` reaches in a file; None if it leaves the project.

        Source roots are not configured: a candidate is a file whose path ends in the dotted name,
        and its root what is left of the path. See `_choose`.
        """
        candidates = self.possible(name)
        if not candidates:
            return None
        key = (name, seen_from.rpartition("/")[0])
        if key not in self._chosen:
            self._chosen[key] = self._choose(name, candidates, key[1])
        return self._chosen[key]

    def may_hold(self, name: str) -> bool:
        """Tell whether a dotted name begins like one of the project's."""
        return name.partition(".")[0] in self._words

    def possible(self, name: str) -> Sequence[str]:
        """Return the paths of every module that a dotted name could mean."""
        if name.partition(".")[0] in _NEVER_PROJECT:
            return ()
        return self._by_name.get(name, ())

    def _choose(self, name: str, candidates: Sequence[str], folder: str) -> str | None:
        """Return the nearest root above the folder, else the only candidate.

        A root that is itself a package is believed for two parts or more (projects do append
        their `apps/` to `sys.path`), for a single name only from that very folder. The standard
        library comes before the project, but for what it can't have.
        """
        roots = {path: _root(path, name) for path in candidates}
        plain = [path for path in candidates if roots[path] not in self._packages]
        inner = [path for path in candidates if path not in plain]
        if name.partition(".")[0] in sys.stdlib_module_names:
            plain = [path for path in plain if "." in name and _is_above(roots[path], folder)]
            inner = []
        elif "." not in name:
            inner = [path for path in inner if roots[path] == folder]
        for group in (plain, inner):
            above = [path for path in group if _is_above(roots[path], folder)]
            if above:
                return max(above, key=lambda path: len(roots[path]))
        found = plain or inner
        return found[0] if len(found) == 1 else None

    def relative(self, module: str, level: int, seen_from: str) -> str | None:
        """Return what `from ..module import` reaches: a file, or a folder without `__init__.py`."""
        parts = seen_from.split("/")
        if level > len(parts):
            return None
        return self._module("/".join([*parts[:-level], *(module.split(".") if module else [])]))

    def imported(self, module: str, level: int, seen_from: str) -> str | None:
        """Return the path of the module that an import statement names; None outside."""
        if level:
            return self.relative(module, level, seen_from)
        return self.absolute(module, seen_from)

    def above(self, path: str, count: int) -> str | None:
        """Return the package that many levels above a module."""
        parts = _parts(path)
        return self._module("/".join(parts[: len(parts) - count]))

    def child(self, package: str, name: str) -> str | None:
        """Return the submodule of a package (a folder, or its `__init__.py`), if there is one."""
        if package.endswith("__init__.py"):
            package = package.rpartition("/")[0]
        elif package.endswith(".py"):
            return None
        return self._module(f"{package}/{name}" if package else name)

    def _module(self, base: str) -> str | None:
        """Return the file or the folder that a path without an ending means as a module."""
        for path in (f"{base}/__init__.py" if base else "__init__.py", f"{base}.py"):
            if path in self.sources:
                return path
        return base if base in self._folders else None

    def name(self, path: str) -> tuple[str, str]:
        """Return a module's dotted name and its source root.

        The name by which the project imports it, if that is always the same; else as many parts
        as there are packages above it, with `__init__.py` or not.
        """
        as_imported = self.imported_as.get(path, set())
        if len(as_imported) == 1:
            (name,) = as_imported
            return name, _root(path, name)
        packages = self._packages | self._relative
        parts = _parts(path)
        count = 1
        while count < len(parts) and "/".join(parts[:-count]) in packages:
            count += 1
        return ".".join(parts[-count:]), "/".join(parts[:-count])


def _parts(path: str) -> list[str]:
    parts = path.removesuffix(".py").removesuffix(".pyw").split("/")
    return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


def _names(path: str) -> Iterator[str]:
    parts = _parts(path)
    for start in range(len(parts)):
        yield ".".join(parts[start:])


def _root(path: str, name: str) -> str:
    """Return the folder that must be on `sys.path` for the file to have that name."""
    parts = _parts(path)
    return "/".join(parts[: len(parts) - name.count(".") - 1])


def _is_above(root: str, folder: str) -> bool:
    return not root or f"{folder}/".startswith(f"{root}/")
