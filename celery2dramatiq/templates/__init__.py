"""The modules that are written into a user's project."""

from __future__ import annotations

import ast
import io
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = ["NameTakenError", "choices", "compose", "provided"]

WIDTH = 79

HEADER = '''\
"""What this project used of Celery, for Dramatiq.

Written by celery2dramatiq, and this project's own file now: edit it as you
like. Running celery2dramatiq again adds what is missing and changes nothing
else.
"""

# mypy: allow-untyped-calls
'''


class NameTakenError(ValueError):
    """A name that a helper imports means something else in the user's file."""


@dataclass(frozen=True)
class _Import:
    """One name out of an import statement; the module is None in `import x`."""

    module: str | None
    name: str
    bound: str

    def is_like(self, other: _Import | None) -> bool:
        """Whether both import one thing; the user may import it from elsewhere."""
        if other is None or self.name != other.name:
            return False
        return (self.module is None) == (other.module is None)


@dataclass(frozen=True)
class _Statement:
    """One import statement of the template; `section` is its paragraph."""

    section: int
    imports: tuple[_Import, ...]

    def write(self, bound: Collection[str]) -> str:
        """Write it with those names only, as black and isort would."""
        wanted = [each for each in self.imports if each.bound in bound]
        names = [each.name for each in wanted]
        if not wanted or wanted[0].module is None:
            return "".join(f"import {name}\n" for name in names)
        start = f"from {wanted[0].module} import "
        if len(start + ", ".join(names)) <= WIDTH:
            return start + ", ".join(names) + "\n"
        return start + "(\n" + "".join(f"    {name},\n" for name in names) + ")\n"


@dataclass(frozen=True)
class _Definition:
    """A top-level definition of the template: its text, and the names in it.

    entries: of a table of functions, such as `_BROKERS`, the key, the function and the line of
    each. A project needs only some of them.
    """

    source: str
    uses: frozenset[str]
    is_block: bool
    entries: tuple[tuple[str, str, str], ...] = ()

    def narrowed(self, parts: Collection[str]) -> _Definition:
        """Return a table with only these functions in it."""
        dropped = {function for _, function, _ in self.entries} - {*parts}
        source = self.source
        for _, function, line in self.entries:
            source = source.replace(line, "") if function in dropped else source
        return replace(self, source=source.replace("{\n}", "{}"), uses=self.uses - dropped)


@dataclass(frozen=True)
class _Template:
    statements: tuple[_Statement, ...]
    definitions: dict[str, _Definition]

    @property
    def parts(self) -> frozenset[str]:
        """The functions that a table offers."""
        tables = self.definitions.values()
        return frozenset(function for table in tables for _, function, _ in table.entries)

    def narrowed(self, parts: Collection[str]) -> _Template:
        """Return the template with tables of these functions only."""
        definitions = {n: each.narrowed(parts) for n, each in self.definitions.items()}
        return replace(self, definitions=definitions)

    def select(self, names: Iterable[str], present: Collection[str]) -> list[_Definition]:
        """Select definitions and what they depend on, except what is present, in order."""
        found: set[str] = set()
        todo = set(names)
        while todo:
            name = todo.pop()
            if name in self.definitions and name not in found and name not in present:
                found.add(name)
                todo |= self.definitions[name].uses
        return [each for name, each in self.definitions.items() if name in found]

    def imports(self, definitions: Iterable[_Definition]) -> dict[str, _Import]:
        """Collect what these definitions import, by the names they use."""
        used = {"annotations"}.union(*(each.uses for each in definitions))
        every = (each for statement in self.statements for each in statement.imports)
        return {each.bound: each for each in every if each.bound in used}


def provided() -> tuple[str, ...]:
    """Name the helpers that the template offers, in its order."""
    return tuple(name for name in _template().definitions if not name.startswith("_"))


def choices(table: str) -> dict[str, str]:
    """Return what a table of the template offers: of `_BROKERS`, the function for each scheme."""
    return {key: function for key, function, _ in _template().definitions[table].entries}


def compose(names: Collection[str], existing: str | None = None) -> str:
    """Write the module with these helpers and what they depend on.

    Among the names may be functions that a table of the template offers, `_redis_broker` for
    example: then there is no other in it. Without any, all are there, but for the middleware that
    few projects need.

    `existing` is the module that the project has already. What is missing there is added, imports
    after its imports and definitions at its end; every other byte stays. A definition that is there
    counts, whatever the user has made of it, and so does one that is imported from elsewhere.

    An unknown helper is a ValueError, a name that has to be imported and is something else in the
    existing module a NameTakenError, an existing module that is not Python a SyntaxError.
    """
    template = _template()
    tables = ("_MIDDLEWARE", "_LAST_MIDDLEWARE")
    extras = {function for table in tables for function in choices(table).values()}
    parts = template.parts & set(names)
    if unknown := sorted(set(names) - parts - set(provided())):
        raise ValueError(f"no such helper: {', '.join(unknown)}")
    chosen = parts - extras or template.parts - extras
    template = template.narrowed(chosen | (parts & extras))
    if existing is None or not existing.strip():
        return _new(template, names)
    return _extended(template, existing, names)


@cache
def _template() -> _Template:
    text = files(__name__).joinpath("dramatiq_helpers.py").read_text("utf-8")
    body, lines = ast.parse(text).body, _lines(text)
    named = ((_defined_name(node), node) for node in body)
    return _Template(
        statements=tuple(_statements(body)),
        definitions={name: _definition(node, lines) for name, node in named if name},
    )


def _lines(text: str) -> list[str]:
    """Split where Python does; `str.splitlines` also splits at form feeds."""
    return list(io.StringIO(text, newline=""))


def _statements(body: Iterable[ast.stmt]) -> Iterator[_Statement]:
    """Read the import statements; a blank line begins a new section."""
    section, end = 0, 0
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            section += node.lineno > end + 1
            end = node.end_lineno or node.lineno
            yield _Statement(section, tuple(_imports(node)))


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[_Import]:
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for each in node.names:
            yield _Import(module, each.name, each.asname or each.name)
    else:
        for each in node.names:
            name = each.name if each.asname else each.name.partition(".")[0]
            yield _Import(None, name, each.asname or name)


def _defined_name(node: ast.stmt) -> str | None:
    """Name what a definition, or `NAME = value`, defines."""
    if _is_block(node):
        return str(getattr(node, "name", None))
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else None


def _definition(node: ast.stmt, lines: list[str]) -> _Definition:
    """Cut a definition out, with the comment that stands above it."""
    start = _first_line(node)
    while lines[start - 2].startswith("#"):
        start -= 1
    return _Definition(
        source="".join(lines[start - 1 : node.end_lineno]),
        uses=frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name)),
        is_block=_is_block(node),
        entries=tuple(_entries(node, lines)),
    )


def _entries(node: ast.stmt, lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """List the entries of a table of functions, which is annotated."""
    table = node.value if isinstance(node, ast.AnnAssign) else None
    if isinstance(table, ast.Dict):
        for key, function in zip(table.keys, table.values, strict=True):
            name = ast.unparse(function)
            yield ast.literal_eval(key or "None"), name, lines[function.lineno - 1]


def _first_line(node: ast.stmt) -> int:
    """Say on which line it begins, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _is_block(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _new(template: _Template, names: Collection[str]) -> str:
    """Write the whole module."""
    definitions = template.select(names, present=())
    bound = template.imports(definitions)
    text, section = HEADER, 0
    for statement in template.statements:
        if written := statement.write(bound):
            text += written if statement.section == section else "\n" + written
            section = statement.section
    near_block = False
    for each in definitions:
        # flake8 wants two blank lines around functions and classes, isort one below the imports.
        text += ("\n\n" if near_block or each.is_block else "\n") + each.source
        near_block = each.is_block
    return text


def _extended(template: _Template, existing: str, names: Collection[str]) -> str:
    """Add what is missing to the user's module."""
    code = existing.removeprefix("\ufeff")
    mark = existing[: len(existing) - len(code)]
    body = ast.parse(code).body
    present = dict(_bindings(body))
    definitions = template.select(names, present)
    if not definitions:
        return existing
    missing = _missing(template.imports(definitions), present)
    future, *others = (each.write(missing) for each in template.statements)
    text = _with_imports(code, body, future, "".join(others))
    text = _with_definitions(text, definitions)
    compile(text, "<composed>", "exec", dont_inherit=True)
    return mark + text


def _bindings(body: Iterable[ast.AST]) -> Iterator[tuple[str, _Import | None]]:
    """List the names that a module binds, in `try` and `if` too, with their imports."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((each.bound, each) for each in _imports(node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, None
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, None
        else:
            yield from _bindings(ast.iter_child_nodes(node))


def _missing(needed: dict[str, _Import], present: dict[str, _Import | None]) -> set[str]:
    """Say which names have to be imported."""
    for name, wanted in needed.items():
        if name in present and not wanted.is_like(present[name]):
            raise NameTakenError(
                f"the name {name!r}, which the helpers import, is something else in this module"
            )
    return needed.keys() - present.keys()


def _with_imports(code: str, body: list[ast.stmt], future: str, others: str) -> str:
    """Insert import statements after those that are there."""
    lines = _lines(code)
    end = len(lines)
    if not lines[-1].endswith("\n"):  # definitions will follow, so this adds no line
        lines[-1] += _newline(lines)
    docstring = [each for each in body[:1] if _is_docstring(each)]
    futures = [each for each in body if _is_future(each)]
    imports = [each for each in _above_blocks(body) if _is_import(each)]
    # The later place first: the other one stays where it is.
    for after, text in ((imports or docstring, others), (futures or docstring, future)):
        if after and text:
            blank = "\n" if _is_docstring(after[-1]) else ""
            _insert(lines, after[-1].end_lineno or end, blank + text)
        elif body and text:
            _insert(lines, _first_line(body[0]) - 1, text + "\n")
        else:
            _insert(lines, end, text)
    return "".join(lines)


def _above_blocks(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """List the statements above the first function or class."""
    for node in body:
        if _is_block(node):
            return
        yield node


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_docstring(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _insert(lines: list[str], place: int, text: str) -> None:
    """Insert text after that many lines, with their line ends."""
    lines.insert(place, text.replace("\n", _newline(lines)))


def _with_definitions(text: str, definitions: Iterable[_Definition]) -> str:
    """Append definitions, two blank lines apart."""
    newline = _newline(_lines(text))
    code = text.rstrip()
    rest = text[len(code) :].replace("\r\n", "\n")
    text += newline * max(0, 3 - rest.count("\n"))
    return text + (newline * 2).join(each.source.replace("\n", newline) for each in definitions)


def _newline(lines: list[str]) -> str:
    """Say how the first line ends."""
    return "\r\n" if lines[0].endswith("\r\n") else "\n"
