"""Prints a call whose arguments come from another, each in the layout that it had."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from celery2dramatiq.rewrite.brackets import laid_out, layout_of
from celery2dramatiq.rewrite.errors import Unprintable
from celery2dramatiq.rewrite.expressions import parenthesized, parsed, requoted
from celery2dramatiq.rewrite.gaps import NOTHING, Lines, indented, is_broken, lines_of
from celery2dramatiq.rewrite.layout import Layout, Piece, arranged, beside, deeper, headed
from celery2dramatiq.rewrite.shift import shifted
from celery2dramatiq.rewrite.taking import FROM, Taken, Wanted, same
from celery2dramatiq.rewrite.values import valued
from celery2dramatiq.specs import (
    Elements,
    Inner,
    Keep,
    Method,
    Receiver,
    Rest,
    Stars,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def _with_false(arg: cst.Arg, key: str) -> cst.Arg:
    """Return the dictionary behind `**` with a key that is False."""
    if not key:
        return arg
    last = cst.DictElement(cst.SimpleString(f'"{key}"'), cst.Name("False"))
    return arg.with_changes(value=cst.Dict([cst.StarredDictElement(arg.value), last]))


_TIGHT = cst.AssignEqual(NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Style:
    """step: one indentation. quote: of the f-string that the code stands in, if it does."""

    step: str = "    "
    quote: str = ""


def called(
    original: cst.BaseExpression, function: cst.BaseExpression, wanted: Wanted, style: Style
) -> cst.Call:
    """Return a call of `function` whose arguments come from the original's, if it is a call."""
    source = original if isinstance(original, cst.Call) else cst.Call(function)
    call = _Printer(source, wanted, style).call(function, wanted)
    return call.with_changes(lpar=original.lpar, rpar=original.rpar)


class _Printer:
    """Prints the arguments of one call."""

    def __init__(self, source: cst.Call, wanted: Wanted, style: Style) -> None:
        self.source = source
        self.style = style
        self.layout = layout_of(source)
        self.taken = Taken(source.args, wanted)
        self.above, left = headed(self.layout, self.taken.kept)
        self.left: list[cst.EmptyLine] = list(left)

    def call(self, function: cst.BaseExpression, wanted: Wanted) -> cst.Call:
        """Return the outermost call."""
        pieces = list(self._pieces(wanted))
        call = self._arranged(function, pieces, self._base(pieces), self.left)
        return call.with_changes(whitespace_after_func=self.source.whitespace_after_func)

    def _arranged(
        self,
        function: cst.BaseExpression,
        pieces: Sequence[Piece[cst.Arg]],
        layout: Layout,
        left: Lines = (),
    ) -> cst.Call:
        pieces = [replace(piece, node=_safe(piece.node, len(pieces))) for piece in pieces]
        opening, args, closing = arranged(layout, pieces, left, self.style.step)
        return laid_out(cst.Call(function), opening, args, closing)

    def _base(self, pieces: Sequence[Piece[cst.Arg]]) -> Layout:
        """Return the layout to follow: the call's, or that of a tuple whose elements it gets."""
        layouts = [self.layout, *(piece.layout for piece in pieces)]
        return next((one for one in layouts if one is not None and one.broken), self.layout)

    # -- pieces

    def _pieces(self, wanted: Wanted) -> Iterator[Piece[cst.Arg]]:
        for keyword, code in wanted:
            if isinstance(code, Rest):
                for position in self.taken.rest:
                    yield self._piece(self.source.args[position], position)
            elif isinstance(code, Stars):
                for position, arg in enumerate(self.source.args):
                    if arg.star == code.star:
                        yield self._piece(_with_false(arg, code.false), position)
            elif isinstance(code, Elements):
                yield from self._elements(self.taken.find(code.of))
            elif isinstance(code, FROM):
                position = self.taken.find(code.of)
                found = self.source.args[position]
                value = found.with_changes(value=valued(found.value, code))
                if found.star and not isinstance(code, Keep):
                    raise Unprintable(f"`{found.star}` stands where a value is wanted")
                yield self._piece(self._named(value, keyword), position)
            else:
                yield self._made(keyword, code)

    def _piece(self, arg: cst.Arg, position: int) -> Piece[cst.Arg]:
        return Piece(arg, self.layout, position, self.above[position])

    def _made(self, keyword: str | None, code: Text | Method | Receiver | Inner) -> Piece[cst.Arg]:
        if isinstance(code, Inner):
            return Piece(self._named(cst.Arg(self._inner(code)), keyword))
        if isinstance(code, Method | Receiver):
            function = self.source.func
            if not isinstance(function, cst.Attribute):
                raise Unprintable("a method is wanted of what is no attribute")
            if isinstance(code, Receiver):
                return Piece(self._named(cst.Arg(function.value), keyword))
            renamed = function.with_changes(attr=cst.Name(code.name))
            return Piece(self._named(cst.Arg(renamed), keyword))
        position = self.taken.succeeded.pop(id(code), None)
        if position is None:
            return Piece(self._named(cst.Arg(self._text(code)), keyword))
        found = self.source.args[position]
        value = found.value if same(found.value, code) else self._text(code)
        arg = found.with_changes(value=value)
        return self._piece(self._named(arg, keyword), position)

    def _text(self, code: Text) -> cst.BaseExpression:
        return parsed(requoted(code.code, self.style.quote) if self.style.quote else code.code)

    def _inner(self, code: Inner) -> cst.Call:
        """Return a call inside the call: on one line, unless a comment of its arguments forbids."""
        function = parsed(code.function)
        pieces = list(self._pieces(code.args))
        base = self._base(pieces)
        if any(_comments(piece) for piece in pieces):
            step = self.style.step if is_broken(base.opening) else ""
            lower = deeper(base, step)
            moved = [
                replace(
                    piece,
                    node=shifted(piece.node, len(step)),
                    layout=lower if piece.layout is base else piece.layout,
                    above=indented(piece.above, step),
                )
                for piece in pieces
            ]
            return self._arranged(function, moved, lower)
        if is_broken(base.opening):
            pieces = [Piece(piece.node) for piece in pieces]
            return self._arranged(function, pieces, Layout())
        return self._arranged(function, pieces, replace(base, closing=NOTHING))

    def _elements(self, position: int) -> Iterator[Piece[cst.Arg]]:
        """Yield the elements of a tuple or list as arguments; anything else as a starred one."""
        value = self.source.args[position].value
        if not isinstance(value, cst.Tuple | cst.List):
            yield self._piece(cst.Arg(value, star="*"), position)
            return
        layout = layout_of(value)
        above, _ = headed(layout, range(len(value.elements)))
        if self.layout.broken:
            self.left.extend(beside(lines_of(layout.closing), self.layout))
        for i, element in enumerate(value.elements):
            starred = isinstance(element, cst.StarredElement)
            arg = cst.Arg(element.value, star="*" if starred else "")
            lines = above[i] if i else [*self.above[position], *above[i]]
            if i == len(value.elements) - 1 and self.layout.behind(position):
                yield Piece(arg, self.layout, position, lines)
            else:
                yield Piece(arg, layout, i, lines)

    # -- arguments

    def _named(self, arg: cst.Arg, keyword: str | None) -> cst.Arg:
        if keyword is None:
            return arg.with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT)
        if arg.star:
            raise Unprintable(f"`{arg.star}` stands where `{keyword}=` is wanted")
        given = [arg, *self.source.args]
        equal = next((a.equal for a in given if isinstance(a.equal, cst.AssignEqual)), _TIGHT)
        return arg.with_changes(keyword=cst.Name(keyword), equal=equal)


def _safe(arg: cst.Arg, count: int) -> cst.Arg:
    """Return the argument in parentheses if it cannot stand there without."""
    alone = count == 1 and arg.keyword is None
    loose = isinstance(arg.value, cst.GeneratorExp) and not alone
    if loose or (arg.keyword is not None and isinstance(arg.value, cst.NamedExpr)):
        return arg.with_changes(value=parenthesized(arg.value))
    return arg


def _comments(piece: Piece[cst.Arg]) -> bool:
    if any(line.comment for line in piece.above):
        return True
    return piece.layout is not None and piece.layout.behind(piece.position) is not None
