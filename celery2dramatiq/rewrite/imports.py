"""Adds and drops imports at the top of a module, each where a reader would look for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import libcst as cst
from libcst import matchers as m

from celery2dramatiq.specs import FileEdit, Import

_BLANK = cst.EmptyLine(indent=False)
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


def tidy(module: cst.Module, before: cst.Module, edit: FileEdit) -> cst.Module:
    """Return the module without the imports that nothing uses any more, and with the new ones."""
    used = _used_names(module)
    useless = ((edit.forget & _used_names(before)) | edit.drop) - used
    dropped = module.visit(_Dropper(useless))
    wanted = [new for new in edit.imports if not _present(dropped, new)]
    body = list(dropped.body)
    for new in sorted(wanted, key=lambda new: _key(new, edit)):
        body = _inserted(body, new, edit)
    return dropped.with_changes(body=body)


class _Dropper(cst.CSTTransformer):
    """Drops imported names; what stood above a dropped statement goes to the next one."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self.names = names

    def leave_ImportFrom(  # noqa: N802
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.RemovalSentinel:
        if isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        kept = [alias for alias in updated_node.names if _bound(alias) not in self.names]
        if not kept:
            return cst.RemoveFromParent()
        if len(kept) == len(updated_node.names):
            return updated_node
        return _without_last_comma(updated_node.with_changes(names=kept))

    def leave_Import(  # noqa: N802
        self, original_node: cst.Import, updated_node: cst.Import
    ) -> cst.Import | cst.RemovalSentinel:
        kept = [alias for alias in updated_node.names if _bound(alias) not in self.names]
        if not kept:
            return cst.RemoveFromParent()
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return updated_node.with_changes(names=kept)

    def leave_Module(  # noqa: N802
        self, original_node: cst.Module, updated_node: cst.Module
    ) -> cst.Module:
        kept = list(updated_node.body)
        gone = [node for node in original_node.body if self._goes(node)]
        if not gone:
            return updated_node
        body: list[Statement] = []
        carried: Sequence[cst.EmptyLine] = ()
        position = 0
        for old in original_node.body:
            if old in gone:
                carried = carried or getattr(old, "leading_lines", ())
                continue
            node = kept[position]
            position += 1
            body.append(_led(node, carried) if carried else node)
            carried = ()
        return updated_node.with_changes(body=body)

    def _goes(self, node: cst.CSTNode) -> bool:
        if not isinstance(node, cst.SimpleStatementLine):
            return False
        names = [_names_of(statement) for statement in node.body]
        return all(bound and set(bound) <= self.names for bound in names)


def _led(node: Statement, carried: Sequence[cst.EmptyLine]) -> Statement:
    """Give a statement the lines above a dropped one, unless it has lines of its own."""
    own = node.leading_lines
    comments = any(line.comment for line in carried)
    if own and not comments:
        return node
    return node.with_changes(leading_lines=[*carried, *([] if own == carried else own)])


def _without_last_comma(node: cst.ImportFrom) -> cst.ImportFrom:
    assert not isinstance(node.names, cst.ImportStar)
    if node.lpar is not None:
        return node
    last = node.names[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return node.with_changes(names=[*node.names[:-1], last])


# -- what is there


def _used_names(module: cst.Module) -> frozenset[str]:
    """Return every name in the module outside its imports, and what `__all__` lists."""
    collector = _Names()
    module.visit(collector)
    return frozenset(collector.names)


class _Names(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def visit_Import(self, node: cst.Import) -> bool:  # noqa: N802, ARG002
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: N802, ARG002
        return False

    def visit_Attribute(self, node: cst.Attribute) -> bool:  # noqa: N802
        node.value.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:  # noqa: N802
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:  # noqa: N802
        self.names.add(node.value)

    def visit_Assign(self, node: cst.Assign) -> None:  # noqa: N802
        if m.matches(node, m.Assign(targets=[m.AssignTarget(m.Name("__all__"))])):
            for string in m.findall(node.value, m.SimpleString()):
                assert isinstance(string, cst.SimpleString)
                self.names.add(str(string.evaluated_value))


def _bound(alias: cst.ImportAlias) -> str:
    if alias.asname is not None:
        assert isinstance(alias.asname.name, cst.Name)
        return alias.asname.name.value
    return dotted(alias.name).split(".")[0]


def _names_of(statement: cst.BaseSmallStatement) -> list[str]:
    if isinstance(statement, cst.Import):
        return [_bound(alias) for alias in statement.names]
    if isinstance(statement, cst.ImportFrom) and not isinstance(statement.names, cst.ImportStar):
        return [_bound(alias) for alias in statement.names]
    return []


def _present(module: cst.Module, new: Import) -> bool:
    for line in module.body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(statement, cst.Import) and not new.name:
                names = [dotted(a.name) for a in statement.names if a.asname is None]
                if not new.level and new.module in names:
                    return True
            if isinstance(statement, cst.ImportFrom) and _same_module(statement, new):
                names = _names_of(statement)
                if new.name in names or (new.effect and bool(names)):
                    return True
    return False


def _same_module(statement: cst.ImportFrom, new: Import) -> bool:
    module = dotted(statement.module) if statement.module is not None else ""
    return module == new.module and len(statement.relative) == new.level and bool(new.name)


def dotted(node: cst.BaseExpression) -> str:
    """Return the text of a dotted name."""
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value)}.{node.attr.value}"
    assert isinstance(node, cst.Name)
    return node.value


# -- where it goes


def _key(new: Import, edit: FileEdit) -> tuple[int, int, str]:
    """Return isort's order: section, plain imports first, then by module."""
    section = 4 if new.level else _section(new.module, edit)
    return section, 1 if new.name else 0, "." * new.level + new.module


def _section(module: str, edit: FileEdit) -> int:
    top = module.split(".")[0]
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 3 if top in edit.local else 2


def _key_of(node: cst.CSTNode, edit: FileEdit) -> tuple[int, int, str] | None:
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        return None
    statement = node.body[0]
    if isinstance(statement, cst.Import):
        return _key(Import(dotted(statement.names[0].name)), edit)
    if isinstance(statement, cst.ImportFrom):
        module = dotted(statement.module) if statement.module is not None else ""
        return _key(Import(module, "*", len(statement.relative)), edit)
    return None


def _inserted(body: Sequence[Statement], new: Import, edit: FileEdit) -> list[Statement]:
    """Return the body with the import behind the last one of the top that sorts before it."""
    keys = [_key_of(node, edit) for node in body]
    head = _head(body, keys)
    mine = _key(new, edit)
    merged = _merged(body, head, new)
    if merged is not None:
        return merged
    before = [i for i in head if (keys[i] or mine) <= mine]
    position = max(before) + 1 if before else (head[0] if head else _after_docstring(body))
    line: Statement = _line(new)
    rest = list(body[position:])
    section_before = _at(keys, position - 1)
    if section_before is not None or position:
        blank = section_before is None or section_before[0] != mine[0]
        line = line.with_changes(leading_lines=[_BLANK] if blank else [])
    if rest:
        line, rest[0] = _spaced(line, rest[0], mine, _at(keys, position), first=position == 0)
    return [*body[:position], line, *rest]


def _spaced(
    line: Statement,
    following: Statement,
    mine: tuple[int, int, str],
    key: tuple[int, int, str] | None,
    *,
    first: bool,
) -> tuple[Statement, Statement]:
    """Settle the blank lines between a new import and the statement behind it."""
    lines = following.leading_lines
    if key is not None and key[0] == mine[0] and not any(i.comment for i in lines):
        if not first:  # it takes the place, and the blank line, of the one that it precedes
            return line.with_changes(leading_lines=lines or line.leading_lines), (
                following.with_changes(leading_lines=[])
            )
        return line, following.with_changes(leading_lines=[])
    if not lines:
        following = following.with_changes(leading_lines=[_BLANK])
    return line, following


def _merged(body: Sequence[Statement], head: Sequence[int], new: Import) -> list[Statement] | None:
    """Return the body with the name added to an import from the same module, if there is one."""
    if not new.name or new.effect:
        return None
    for i in head:
        line = body[i]
        assert isinstance(line, cst.SimpleStatementLine)
        statement = line.body[0]
        if (
            isinstance(statement, cst.ImportFrom)
            and _same_module(statement, new)
            and not isinstance(statement.names, cst.ImportStar)
            and statement.lpar is None
        ):
            names = sorted(
                [*statement.names, cst.ImportAlias(cst.Name(new.name))],
                key=lambda alias: _bound(alias).lower(),
            )
            space = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
            spaced = [name.with_changes(comma=space) for name in names]
            spaced[-1] = spaced[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            changed = line.with_changes(body=[statement.with_changes(names=spaced)])
            return [*body[:i], changed, *body[i + 1 :]]
    return None


def _head(body: Sequence[Statement], keys: Sequence[object]) -> list[int]:
    """Return the positions of the imports at the top, before any other code."""
    found = []
    for i, key in enumerate(keys):
        if key is not None:
            found.append(i)
        elif not (i == 0 and _is_docstring(body[i])):
            break
    return found


def _after_docstring(body: Sequence[Statement]) -> int:
    return 1 if body and _is_docstring(body[0]) else 0


def _is_docstring(node: cst.CSTNode) -> bool:
    return m.matches(
        node,
        m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())]),
    )


def _at(
    keys: Sequence[tuple[int, int, str] | None], position: int
) -> tuple[int, int, str] | None:
    return keys[position] if 0 <= position < len(keys) else None


def _line(new: Import) -> cst.SimpleStatementLine:
    code = f"import {new.module}"
    if new.name:
        code = f"from {'.' * new.level}{new.module} import {new.name}"
    line = cst.parse_statement(f"{code}\n")
    assert isinstance(line, cst.SimpleStatementLine)
    if not new.effect:
        return line
    return line.with_changes(
        trailing_whitespace=cst.TrailingWhitespace(
            whitespace=cst.SimpleWhitespace("  "), comment=cst.Comment("# noqa: F401")
        )
    )

