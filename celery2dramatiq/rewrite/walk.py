"""The one walk over a module that turns nodes into what their specs say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.arguments import Style, called
from celery2dramatiq.rewrite.broker import broker, setting
from celery2dramatiq.rewrite.errors import Unprintable
from celery2dramatiq.rewrite.expressions import in_place_of, requoted
from celery2dramatiq.rewrite.items import by_keyword, without_items
from celery2dramatiq.rewrite.lists import longer
from celery2dramatiq.rewrite.marks import Marks
from celery2dramatiq.rewrite.parameters import Parameter, without
from celery2dramatiq.rewrite.places import Places
from celery2dramatiq.rewrite.settle import Settler
from celery2dramatiq.rewrite.source import Source
from celery2dramatiq.rewrite.statements import Blocks, Entry, Statement, with_notes
from celery2dramatiq.specs import (
    AboveSpec,
    ActorSpec,
    AttributeSpec,
    BaseSpec,
    BelowSpec,
    BrokerSpec,
    CallSpec,
    Code,
    DropItemSpec,
    FileEdit,
    FirstElementSpec,
    Inner,
    ParameterSpec,
    ReadSpec,
    RemoveSpec,
    ReplaceSpec,
    Spec,
    WrapSpec,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from libcst.metadata import CodeSpan

_BLOCKS = (cst.IndentedBlock, cst.Module)
_BLANK = cst.EmptyLine(indent=False)


class Walk(Blocks):
    """Prints every spec at its node.

    marks: what was printed, and how its lines looked before. notes: what is to be said above a
    statement.
    """

    def __init__(
        self, spans: Mapping[cst.CSTNode, CodeSpan], edit: FileEdit, module: cst.Module
    ) -> None:
        super().__init__()
        self.path = edit.path
        self.step = module.default_indent
        self.places = Places(spans, edit)
        source = Source(module.code)
        self.marks = Marks(spans, source, edit.width)
        self.settler = Settler(module, source.lines, edit.width)
        self.stack: list[cst.CSTNode] = []
        self.notes: defaultdict[cst.CSTNode, list[str]] = defaultdict(list)

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Remember the nodes around."""
        self.stack.append(node)
        return super().on_visit(node)

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        """Print an expression as other code."""
        self.stack.pop()
        result = super().on_leave(original_node, updated_node)
        if not isinstance(original_node, cst.BaseExpression):
            return result
        around = self.places.take(WrapSpec, original_node)
        if around is not None:
            assert isinstance(result, cst.BaseExpression)
            wrapped = cst.Call(cst.parse_expression(around.function), [cst.Arg(result)])
            self.marks.printed(wrapped, around.place)
            return wrapped  # type: ignore[return-value]
        spec = self.places.take(ReplaceSpec, original_node)
        if spec is None:
            return result
        assert isinstance(result, cst.BaseExpression)
        quote = self._style.quote
        code = requoted(spec.code, quote) if quote else spec.code
        new = in_place_of(result, code, self.stack[-1])
        self.marks.printed(new, spec.place)
        return new  # type: ignore[return-value]

    @property
    def _style(self) -> Style:
        strings = [node for node in self.stack if isinstance(node, cst.FormattedString)]
        return Style(self.step, strings[-1].quote if strings else "")

    # -- expressions

    def leave_Decorator(  # noqa: N802
        self, original_node: cst.Decorator, updated_node: cst.Decorator
    ) -> cst.Decorator | cst.FlattenSentinel[cst.Decorator]:
        """Print an actor, and decorators above it."""
        actor = self._actor(original_node, updated_node)
        above = self.places.take_all(AboveSpec, original_node.decorator)
        if not above:
            return actor
        new = [cst.Decorator(cst.parse_expression(spec.code)) for spec in above]
        new[0] = new[0].with_changes(leading_lines=actor.leading_lines)
        return cst.FlattenSentinel([*new, actor.with_changes(leading_lines=())])

    def _actor(self, original_node: cst.Decorator, updated_node: cst.Decorator) -> cst.Decorator:
        spec = self.places.take(ActorSpec, original_node.decorator)
        if spec is None:
            return updated_node
        old = updated_node.decorator
        function = old.func if isinstance(old, cst.Call) else old
        if spec.function:
            function = cst.parse_expression(spec.function)
        call = called(updated_node.decorator, function, spec.options, self._style)
        self.marks.printed(call, spec.place, fresh=True)
        self.marks.call(original_node.decorator, call, _holder(call, spec.options))
        lines = with_notes(updated_node.leading_lines, spec.todo)
        return updated_node.with_changes(decorator=call, leading_lines=lines)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802
        """Print a call with other arguments."""
        spec = self.places.take(CallSpec, original_node)
        if spec is None:
            if self.places.is_touched(original_node):
                self.marks.call(original_node, updated_node, updated_node)
            return updated_node
        function = updated_node.func
        if spec.function:
            function = cst.parse_expression(spec.function)
        elif spec.attribute:
            if not isinstance(function, cst.Attribute):
                raise self._unprintable(spec, "what is called there is no attribute")
            function = function.with_changes(attr=cst.Name(spec.attribute))
        call = called(updated_node, function, spec.args, self._style)
        self.marks.printed(call, spec.place)
        self.marks.call(original_node, call, _holder(call, spec.args))
        return call

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """Print an attribute under another name."""
        spec = self.places.take(AttributeSpec, original_node)
        if spec is None:
            return updated_node
        attr = updated_node.attr.with_changes(value=spec.name)
        value = updated_node.value
        if spec.around:
            value = cst.Call(cst.parse_expression(spec.around), [cst.Arg(value)])
        renamed = updated_node.with_changes(attr=attr, value=value)
        self.marks.printed(renamed, spec.place)
        return renamed

    def leave_Subscript(  # noqa: N802
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        """Read an argument by its keyword."""
        spec = self.places.take(ReadSpec, original_node)
        if spec is None:
            return updated_node
        read = by_keyword(updated_node, spec.key)
        self.marks.printed(read, spec.place)
        return read

    def _unprintable(self, spec: Spec, reason: str) -> Unprintable:
        return Unprintable(f"{self.path}:{spec.place.line}: {reason}")

    # -- lists

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.BaseExpression:  # noqa: N802
        """Put an element first."""
        return self._longer(original_node, updated_node)

    def leave_Tuple(self, original_node: cst.Tuple, updated_node: cst.Tuple) -> cst.BaseExpression:  # noqa: N802
        """Put an element first."""
        return self._longer(original_node, updated_node)

    def _longer(
        self, original: cst.List | cst.Tuple, updated: cst.List | cst.Tuple
    ) -> cst.BaseExpression:
        for spec in reversed(self.places.take_all(FirstElementSpec, original)):
            updated = longer(updated, spec.code)
        return updated

    def leave_Dict(self, original_node: cst.Dict, updated_node: cst.Dict) -> cst.BaseExpression:  # noqa: N802
        """Drop items."""
        gone = [
            isinstance(item, cst.DictElement)
            and self.places.take(DropItemSpec, item.key) is not None
            for item in original_node.elements
        ]
        return without_items(updated_node, gone) if any(gone) else updated_node

    # -- parameters

    def leave_FunctionDef(  # noqa: N802
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """Drop parameters of a function."""
        params, opening = without(
            updated_node.params,
            original_node.params,
            updated_node.whitespace_before_params,
            self._is_dropped,
            self.marks.room,
        )
        return updated_node.with_changes(params=params, whitespace_before_params=opening)

    def leave_ClassDef(  # noqa: N802
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.ClassDef:
        """Drop the only base of a class, and the parentheses."""
        if not any(self.places.take(BaseSpec, base.value) for base in original_node.bases):
            return updated_node
        without_any = cst.MaybeSentinel.DEFAULT
        return updated_node.with_changes(bases=(), lpar=without_any, rpar=without_any)

    def _is_dropped(self, parameter: Parameter) -> bool:
        if not isinstance(parameter, cst.Param):
            return False
        return self.places.take(ParameterSpec, parameter.name) is not None

    # -- statements

    def small(
        self, original: cst.BaseSmallStatement, updated: cst.BaseSmallStatement
    ) -> Sequence[cst.BaseSmallStatement]:
        """Make the broker, or remove a statement."""
        if self.places.take(RemoveSpec, original) is not None:
            return []
        spec = self.places.take(BrokerSpec, original)
        if spec is None:
            return [updated]
        made, call = broker(updated, spec, self._style)
        self.marks.printed(call, spec.place, fresh=True)
        if spec.keep:
            return [updated, made, setting(spec)]
        assert isinstance(original, cst.Assign | cst.AnnAssign)
        assert original.value is not None
        self.marks.call(original.value, call, call)
        return [made, setting(spec)]

    def whole(self, original: Statement, updated: Statement) -> Sequence[Entry]:
        """Remove a compound statement; say above a statement what is left to do."""
        gone = self.places.take(RemoveSpec, original) is not None
        entries = [Entry(updated, gone=True)] if gone else super().whole(original, updated)
        parts = original.body if isinstance(original, cst.SimpleStatementLine) else [original]
        for node in parts:
            self.notes[original] += self.places.todos(node)
        if not self.stack and self.places.is_touched(original):
            entries = [replace(e, node=self.settler.settled(e.node, self.marks)) for e in entries]
        first, *others = [*entries, *self._below(original)]
        lines = with_notes(first.node.leading_lines, self.notes[original])
        noted = first.node.with_changes(leading_lines=lines)
        return [replace(first, node=noted), *others]

    def _below(self, original: Statement) -> list[Entry]:
        """Return the statements that come below one."""
        parts = original.body if isinstance(original, cst.SimpleStatementLine) else [original]
        specs = [spec for node in parts if (spec := self.places.take(BelowSpec, node))]
        entries = []
        for spec in specs:
            nodes = [
                node for node in cst.parse_module(spec.code).body if isinstance(node, Statement)
            ]
            if spec.apart:
                nodes[0] = nodes[0].with_changes(leading_lines=[_BLANK])
            entries += [Entry(node, fresh=True) for node in nodes]
        return entries

    def leave_SimpleStatementSuite(  # noqa: N802
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.SimpleStatementSuite:
        """Note what is left to do behind a colon, for the line above."""
        blocks = [i for i, node in enumerate(self.stack) if isinstance(node, _BLOCKS)]
        for node in original_node.body:
            self.notes[self.stack[blocks[-1] + 1]] += self.places.todos(node)
        return super().leave_SimpleStatementSuite(original_node, updated_node)


def _holder(call: cst.Call, wanted: Sequence[tuple[str | None, Code]]) -> cst.Call:
    """Return the call that has got the arguments: the one made inside, if it is the only one."""
    if len(wanted) == 1 and isinstance(wanted[0][1], Inner):
        inner = call.args[0].value
        assert isinstance(inner, cst.Call)
        return inner
    return call
