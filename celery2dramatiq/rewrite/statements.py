"""Replaces and removes statements of a block, with the comments that belong to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from celery2dramatiq.rewrite.arguments import broken, called
from celery2dramatiq.specs import BrokerSpec, RemoveSpec, Spec, TodoSpec

Marked = tuple[cst.CSTNode, Spec | None]
Lines = Sequence[cst.EmptyLine]


def replaced(marked: Sequence[Marked], module: cst.Module, width: int) -> list[cst.CSTNode]:
    """Return the block's statements as their specs want them."""
    if all(spec is None for _, spec in marked):
        return [node for node, _ in marked]
    body: list[cst.CSTNode] = []
    carried: Lines = ()
    for node, spec in marked:
        if isinstance(spec, RemoveSpec):
            carried = [*carried, *_of_others(_leading(node))]
            continue
        new = [node]
        if isinstance(spec, TodoSpec):
            new = [_noted(node, spec)]
        if isinstance(spec, BrokerSpec):
            new = list(_broker(node, spec, module, width))
        if carried:
            new[0] = _led(new[0], carried)
            carried = ()
        body.extend(new)
    return body


def _broker(
    node: cst.CSTNode, spec: BrokerSpec, module: cst.Module, width: int
) -> Iterator[cst.CSTNode]:
    """Yield the statements that make the broker where the app was made."""
    assert isinstance(node, cst.SimpleStatementLine)
    statement = node.body[0]
    assert isinstance(statement, cst.Assign | cst.AnnAssign)
    assert statement.value is not None
    call = called(statement.value, cst.Name("make_broker"), spec.arguments)
    made = cst.Assign([cst.AssignTarget(cst.Name(spec.variable))], call)
    if len(module.code_for_node(made)) > width:
        made = made.with_changes(value=broken(call))
    line = node.with_changes(body=[made])
    if spec.keep:
        yield node
        line = line.with_changes(leading_lines=[], trailing_whitespace=cst.TrailingWhitespace())
    yield line
    expression = cst.parse_expression(f"dramatiq.set_broker({spec.variable})")
    yield cst.SimpleStatementLine([cst.Expr(expression)])


def _noted(node: cst.CSTNode, spec: TodoSpec) -> cst.CSTNode:
    """Return the statement under one line that says what is left to do."""
    line = cst.EmptyLine(comment=cst.Comment(f"# TODO(celery2dramatiq): {spec.text}"))
    if line.comment in [above.comment for above in _leading(node)]:
        return node
    return node.with_changes(leading_lines=[*_leading(node), line])


def _leading(node: cst.CSTNode) -> Lines:
    lines: Lines = getattr(node, "leading_lines", ())
    return lines


def _of_others(lines: Lines) -> Lines:
    """Return the lines above a statement that do not speak of it: up to the last blank one."""
    last = max((i for i, line in enumerate(lines) if line.comment is None), default=-1)
    before = lines[: last + 1]
    return before if any(line.comment is not None for line in before) else ()


def _led(node: cst.CSTNode, lines: Lines) -> cst.CSTNode:
    return node.with_changes(leading_lines=[*lines, *_leading(node)])
