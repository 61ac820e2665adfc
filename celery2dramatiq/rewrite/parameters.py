"""Takes parameters out of a function's head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.gaps import NOTHING, Gap
from celery2dramatiq.rewrite.layout import Layout, Piece, arranged, headed
from celery2dramatiq.rewrite.marks import is_wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Parameter = cst.Param | cst.ParamSlash | cst.ParamStar


def without(
    parameters: cst.Parameters,
    original: cst.Parameters,
    opening: Gap,
    goes: Callable[[Parameter], bool],
    room_for: Callable[[Parameter], int | None],
) -> tuple[cst.Parameters, Gap]:
    """Return the parameters without those whose original goes, and what stands before the first.

    room_for: the room on the function's own line, if the parameters were too long for it.
    """
    pairs = list(zip(_nodes(original), _nodes(parameters), strict=True))
    kept = [i for i, (old, _) in enumerate(pairs) if not goes(old)]
    if len(kept) == len(pairs):
        return parameters, opening
    nodes = [new for _, new in pairs]
    kept = list(_needed(kept, nodes, parameters))
    layout = _laid_out(nodes, opening)
    above, left = headed(layout, kept)
    pieces = [Piece(_closed(nodes[i]), layout, i, above[i]) for i in kept]
    opening, items, closing = arranged(layout, pieces, left)
    if is_wrapped(layout) and not any("\n" in code for code in _codes(nodes)):
        room = room_for(pairs[0][0])
        if room is not None and sum(map(len, _codes(items))) <= room:
            opening = closing = NOTHING
    if items:
        items[-1] = _closed(items[-1], closing)
    return _distributed(parameters, dict(zip(kept, items, strict=True)), nodes), opening


def _codes(nodes: list[Parameter]) -> Iterator[str]:
    blank = cst.Module([])
    return (blank.code_for_node(_closed(node)) for node in nodes)


def _nodes(parameters: cst.Parameters) -> Iterator[Parameter]:
    """Yield all parameters, and the two marks among them, in order."""
    yield from parameters.posonly_params
    if isinstance(parameters.posonly_ind, cst.ParamSlash):
        yield parameters.posonly_ind
    yield from parameters.params
    if isinstance(parameters.star_arg, cst.Param | cst.ParamStar):
        yield parameters.star_arg
    yield from parameters.kwonly_params
    if parameters.star_kwarg is not None:
        yield parameters.star_kwarg


def _needed(kept: list[int], nodes: list[Parameter], parameters: cst.Parameters) -> Iterator[int]:
    """Yield what stays, without a mark that has lost its parameters."""
    left = {id(nodes[i]) for i in kept}
    for i in kept:
        node = nodes[i]
        needs = [node]
        if isinstance(node, cst.ParamSlash):
            needs = list(parameters.posonly_params)
        elif isinstance(node, cst.ParamStar):
            needs = list(parameters.kwonly_params)
        if any(id(one) in left for one in needs):
            yield i


def _laid_out(nodes: list[Parameter], opening: Gap) -> Layout:
    commas = [node.comma if isinstance(node.comma, cst.Comma) else None for node in nodes]
    last, comma = nodes[-1], commas[-1]
    closing = last.whitespace_after_param if isinstance(last, cst.Param) else NOTHING
    if comma is not None:
        closing = comma.whitespace_after
        commas[-1] = comma.with_changes(whitespace_after=NOTHING)
    return Layout(opening, tuple(commas), closing)


def _closed(node: Parameter, closing: Gap = NOTHING) -> Parameter:
    if isinstance(node, cst.Param):
        return node.with_changes(whitespace_after_param=closing)
    if isinstance(node, cst.ParamSlash):
        return node.with_changes(whitespace_after=closing)
    return node  # a bare `*` is never the last


def _distributed(
    parameters: cst.Parameters, items: dict[int, Parameter], nodes: list[Parameter]
) -> cst.Parameters:
    """Return the parameters with each list made of what is left of it."""
    new = {id(node): items.get(i) for i, node in enumerate(nodes)}

    def rest(name: str) -> list[Parameter]:
        left = (new[id(node)] for node in getattr(parameters, name))
        return [node for node in left if node is not None]

    def one(name: str) -> Parameter | cst.MaybeSentinel | None:
        node = getattr(parameters, name)
        return (new.get(id(node)) if node else node) or _ABSENT[name]

    return parameters.with_changes(
        **{name: rest(name) for name in ("posonly_params", "params", "kwonly_params")},
        **{name: one(name) for name in _ABSENT},
    )


_ABSENT = {
    "posonly_ind": cst.MaybeSentinel.DEFAULT,
    "star_arg": cst.MaybeSentinel.DEFAULT,
    "star_kwarg": None,
}
