"""The modules of a project: their names, their roots, and their syntax trees, parsed when asked."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from celery2dramatiq.files import Source
from celery2dramatiq.index.model import Place
from celery2dramatiq.index.scopes import Scopes, read_scopes

# Libraries whose names matter, wherever a folder of the same name may lie in the project.
FAMILY = frozenset(
    "celery kombu billiard vine amqp djcelery django_celery_beat django_celery_results "
    "celery_once celery_singleton redbeat".split()
)
_NEVER_PROJECT = FAMILY | {"dramatiq"} | sys.stdlib_module_names
_NEWLINE = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Unparsed:
    """A file that this Python cannot parse."""

    reason: str
    line: int | None


class Module:
    """One parsed file: its tree, its scopes, and places in it."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.path = source.path
        self.tree = tree
        self.data = source.text.encode()
        self.package = PurePosixPath(source.path).name == "__init__.py"
        self.test = is_test(source.path)

    @cached_property
    def scopes(self) -> Scopes:
        """The module's scopes."""
        return read_scopes(self.tree)

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in _NEWLINE.finditer(self.data))]

    def place(self, node: ast.AST) -> Place:
        """Return where the node (an expression or a statement) stands."""
        line: int = node.lineno  # type: ignore[attr-defined]
        start = self._lines[line - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self._lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        before = self.data[self._lines[line - 1] : start]
        return Place(self.path, start, end, line, len(before.decode(errors="replace")) + 1)

    def code(self, node: ast.AST) -> str:
        """Return the node's own source text."""
        place = self.place(node)
        return self.data[place.start : place.end].decode(errors="replace")

    def line_of(self, offset: int) -> int:
        """Return the line, from 1, in which the byte stands."""
        return bisect_right(self._lines, offset)


def is_test(path: str) -> bool:
    """Tell whether a file belongs to a test suite, by the names pytest and unittest go by."""
    parts = PurePosixPath(path).parts
    name = parts[-1]
    return (
        any(part in ("test", "tests", "testing") for part in parts[:-1])
        or name in ("conftest.py", "tests.py")
        or (name.startswith("test_") or name.endswith("_test.py"))
    )


def parse(source: Source) -> Module | Unparsed:
    """Parse a file with this interpreter's own grammar."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are the project's own affair
            return Module(source, ast.parse(source.text))
    except SyntaxError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        return Unparsed(
            f"not valid Python {version}: {error.msg} (if it is written for a newer Python, run "
            f"the tool on that: uvx --python 3.14 celery2dramatiq ...)",
            error.lineno,
        )
    except (RecursionError, MemoryError, ValueError) as error:
        return Unparsed(f"too deeply nested or not text: {type(error).__name__}", None)


class Modules:
    """Every Python file of the project by path and by dotted name; parsed at first use."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources
        self.unparsed: dict[str, Unparsed] = {}
        self.imported_as: defaultdict[str, set[str]] = defaultdict(set)
        self._parsed: dict[str, Module] = {}
        self._chosen: dict[tuple[str, str], str | None] = {}
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        self._packages = {
            str(PurePosixPath(path).parent) for path in sources if path.endswith("__init__.py")
        }
        for path in sorted(sources):
            for name in _suffixes(path):
                self._by_name[name].append(path)

    def get(self, path: str) -> Module | None:
        """Return the parsed module of that path; None if it can't be parsed or there is none."""
        if path not in self._parsed and path in self.sources and path not in self.unparsed:
            result = parse(self.sources[path])
            if isinstance(result, Unparsed):
                self.unparsed[path] = result
            else:
                self._parsed[path] = result
        return self._parsed.get(path)

    @property
    def parsed(self) -> Iterable[Module]:
        """Every module parsed so far, in order of path."""
        return [self._parsed[path] for path in sorted(self._parsed)]

    def absolute(self, name: str, seen_from: str) -> str | None:
        """Return the path that `import name` reaches in a file; None if it leaves the project.

        Source roots are not configured: a candidate is a file whose path ends in the dotted name,
        and its root what is left of the path. See `_choose`.
        """
        candidates = self._by_name.get(name)
        if not candidates or name.split(".")[0] in _NEVER_PROJECT:
            return None
        key = (name, seen_from.rpartition("/")[0])
        if key not in self._chosen:
            self._chosen[key] = self._choose(name, candidates, key[1])
        return self._chosen[key]

    def _choose(self, name: str, candidates: list[str], folder: str) -> str | None:
        """Return the nearest root above the folder, else the only candidate.

        A root that is itself a package is believed for two parts or more (projects do append
        their `apps/` to `sys.path`), for a single name only from that very folder.
        """
        roots = {path: _root(path, name) for path in candidates}
        plain = [path for path in candidates if roots[path] not in self._packages]
        inner = [path for path in candidates if path not in plain]
        if "." not in name:
            inner = [path for path in inner if roots[path] == (folder or ".")]
        for group in (plain, inner):
            above = [path for path in group if _is_above(roots[path], folder)]
            if above:
                return max(above, key=lambda path: len(roots[path]))
        for group in (plain, inner):
            if len(group) == 1:
                return group[0]
        return None

    def may_be(self, name: str) -> bool:
        """Tell whether a dotted name could mean a module of the project."""
        return name.split(".")[0] not in _NEVER_PROJECT and bool(self._by_name.get(name))

    def relative(self, module: str, level: int, seen_from: str) -> str | None:
        """Return the path that `from ..module import` reaches; None if there is none."""
        folder = PurePosixPath(seen_from)
        for _ in range(level):
            folder = folder.parent
        base = folder.joinpath(*module.split(".")) if module else folder
        for path in (base.with_suffix(".py") if module else None, base / "__init__.py"):
            if path is not None and str(path) in self.sources:
                return str(path)
        return None

    def child(self, package: str, name: str) -> str | None:
        """Return the path of a package's submodule; None if there is none."""
        if not package.endswith("__init__.py"):
            return None
        folder = PurePosixPath(package).parent
        for path in (folder / f"{name}.py", folder / name / "__init__.py"):
            if str(path) in self.sources:
                return str(path)
        return None

    def name(self, path: str) -> tuple[str, str]:
        """Return a module's dotted name and its source root.

        The name by which the project imports it, if that is always the same; else as many parts
        as there are packages above it.
        """
        as_imported = self.imported_as.get(path, set())
        if len(as_imported) == 1:
            (name,) = as_imported
            return name, _clean(_root(path, name))
        parts = list(PurePosixPath(path).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        count = 1
        while count < len(parts) and "/".join(parts[:-count]) in self._packages:
            count += 1
        return ".".join(parts[-count:]), "/".join(parts[:-count])


def _clean(root: str) -> str:
    return "" if root == "." else root


def _suffixes(path: str) -> Iterable[str]:
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    for start in range(len(parts)):
        yield ".".join(parts[start:])


def _root(path: str, name: str) -> str:
    """Return the folder that must be on `sys.path` for the file to have that name."""
    folder = PurePosixPath(path)
    if folder.name == "__init__.py":
        folder = folder.parent
    for _ in name.split("."):
        folder = folder.parent
    return str(folder)


def _is_above(root: str, folder: str) -> bool:
    return root == "." or f"{folder}/".startswith(f"{root}/")
