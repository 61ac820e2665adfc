"""The one walk over a module that turns nodes into what their specs say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst
from libcst.metadata import CodeSpan

from celery2dramatiq.rewrite.arguments import broken, called
from celery2dramatiq.rewrite.statements import replaced
from celery2dramatiq.specs import (
    ActorSpec,
    AttributeSpec,
    BrokerSpec,
    CallSpec,
    FileEdit,
    ParameterSpec,
    RemoveSpec,
    ReplaceSpec,
    Spec,
    TodoSpec,
)

_STATEMENTS = (BrokerSpec, RemoveSpec, TodoSpec)
Key = tuple[type[Spec], int, int]


class Unprintable(Exception):
    """A file that cannot be rewritten without the risk of changing something else."""


class Walk(cst.CSTTransformer):
    """Prints every spec at its node. `check` says whether each one found its node."""

    def __init__(
        self, spans: Mapping[cst.CSTNode, CodeSpan], edit: FileEdit, module: cst.Module
    ) -> None:
        super().__init__()
        self.spans = spans
        self.edit = edit
        self.module = module
        self.depth = 0
        self.specs: dict[Key, Spec] = {
            (type(spec), spec.place.start, spec.place.end): spec for spec in edit.specs
        }
        self.left = set(self.specs)

    def check(self) -> None:
        """Raise Unprintable if a spec found no node at its place."""
        for _, start, _ in sorted(self.left, key=lambda key: key[1]):
            raise Unprintable(f"{self.edit.path}: nothing to rewrite at byte {start}")

    def _take(self, kind: type[Spec], node: cst.CSTNode) -> Spec | None:
        span = self.spans.get(node)
        if span is None:
            return None
        key = (kind, span.start, span.start + span.length)
        self.left.discard(key)
        return self.specs.get(key)

    # -- expressions

    def leave_Decorator(  # noqa: N802
        self, original_node: cst.Decorator, updated_node: cst.Decorator
    ) -> cst.Decorator:
        """Print an actor."""
        spec = self._take(ActorSpec, original_node.decorator)
        if not isinstance(spec, ActorSpec):
            return updated_node
        function = cst.parse_expression("dramatiq.actor")
        call = called(updated_node.decorator, function, spec.options)
        line = f"{' ' * (spec.place.column - 1)}{self.module.code_for_node(call)}"
        if "\n" not in line and len(line) > self.edit.width:
            call = broken(call)
        return updated_node.with_changes(decorator=call)

    def leave_Call(  # noqa: N802
        self, original_node: cst.Call, updated_node: cst.Call
    ) -> cst.BaseExpression:
        """Print a call with other arguments, or a call as other code."""
        spec = self._take(CallSpec, original_node)
        if not isinstance(spec, CallSpec):
            return self._replaced(original_node, updated_node)
        function = updated_node.func
        if spec.function:
            function = cst.parse_expression(spec.function)
        elif spec.attribute:
            assert isinstance(function, cst.Attribute)  # the rule saw `.name(`
            function = function.with_changes(attr=cst.Name(spec.attribute))
        call = called(updated_node, function, spec.args)
        call = call.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)
        return self._fitted(call, original_node, spec)

    def _fitted(self, call: cst.Call, original: cst.Call, spec: CallSpec) -> cst.Call:
        """Break the call where its line was short enough before and is too long now."""
        before = self.module.code_for_node(original)
        after = self.module.code_for_node(call)
        if "\n" in before or "\n" in after:
            return call
        text = self.module.code.encode()
        start = max(text.rfind(b"\n", 0, spec.place.start), text.rfind(b"\r", 0, spec.place.start))
        end = text.find(b"\n", spec.place.end)
        line = text[start + 1 : end if end >= 0 else len(text)].decode().rstrip("\r")
        longer = len(line) - len(before) + len(after)
        if longer > self.edit.width >= len(line):
            return broken(call)
        return call

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """Print an attribute under another name, or as other code."""
        spec = self._take(AttributeSpec, original_node)
        if isinstance(spec, AttributeSpec):
            return updated_node.with_changes(
                attr=updated_node.attr.with_changes(value=spec.name)
            )
        return self._replaced(original_node, updated_node)

    def leave_Name(  # noqa: N802
        self, original_node: cst.Name, updated_node: cst.Name
    ) -> cst.BaseExpression:
        """Print a name as other code."""
        return self._replaced(original_node, updated_node)

    def _replaced(
        self, original: cst.CSTNode, updated: cst.BaseExpression
    ) -> cst.BaseExpression:
        spec = self._take(ReplaceSpec, original)
        if not isinstance(spec, ReplaceSpec):
            return updated
        code = cst.parse_expression(spec.code)
        if not code.lpar:
            code = code.with_changes(lpar=updated.lpar, rpar=updated.rpar)
        return code

    # -- parameters

    def leave_Parameters(  # noqa: N802
        self, original_node: cst.Parameters, updated_node: cst.Parameters
    ) -> cst.Parameters:
        """Drop parameters."""
        for field in ("posonly_params", "params"):
            before: Sequence[cst.Param] = getattr(original_node, field)
            kept = [
                new
                for old, new in zip(before, getattr(updated_node, field), strict=True)
                if self._take(ParameterSpec, old.name) is None
            ]
            if len(kept) == len(before):
                continue
            updated_node = updated_node.with_changes(**{field: _closed(kept, updated_node)})
            if field == "posonly_params" and not kept:
                updated_node = updated_node.with_changes(posonly_ind=cst.MaybeSentinel.DEFAULT)
        return updated_node

    # -- statements

    def leave_IndentedBlock(  # noqa: N802
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.BaseSuite:
        """Replace or remove statements of a block."""
        body = self._body(original_node.body, updated_node.body)
        return updated_node.with_changes(body=body)

    def leave_Module(  # noqa: N802
        self, original_node: cst.Module, updated_node: cst.Module
    ) -> cst.Module:
        """Replace or remove statements of the module."""
        return updated_node.with_changes(body=self._body(original_node.body, updated_node.body))

    def _body(
        self, before: Sequence[cst.CSTNode], after: Sequence[cst.CSTNode]
    ) -> list[cst.CSTNode]:
        marked = [
            (new, self._statement_spec(old)) for old, new in zip(before, after, strict=True)
        ]
        return replaced(marked, self.module, self.edit.width)

    def _statement_spec(self, node: cst.CSTNode) -> Spec | None:
        candidates: list[cst.CSTNode] = [node]
        if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
            candidates.append(node.body[0])
        for kind in _STATEMENTS:
            for candidate in candidates:
                spec = self._take(kind, candidate)
                if spec is not None:
                    return spec
        return None


def _closed(kept: Sequence[cst.Param], parameters: cst.Parameters) -> list[cst.Param]:
    """Return parameters without a comma behind the last, if nothing comes after it."""
    params = list(kept)
    after = (
        parameters.kwonly_params
        or parameters.star_kwarg
        or isinstance(parameters.star_arg, cst.Param | cst.ParamStar)
    )
    if params and not after:
        params[-1] = params[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return params
