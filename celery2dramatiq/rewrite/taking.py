"""Says which arguments of a call go into another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from celery2dramatiq.rewrite.errors import Unprintable
from celery2dramatiq.rewrite.expressions import parsed
from celery2dramatiq.specs import (
    Code,
    Elements,
    Inner,
    Keep,
    Milliseconds,
    OrEmpty,
    Rest,
    Stars,
    Text,
    Wrapped,
)

FROM = (Keep, Milliseconds, Wrapped, OrEmpty, Elements)
Wanted = Sequence[tuple[str | None, Code]]


class Taken:
    """The arguments of a call, by position. taken: by something else than `Rest`.

    succeeded: a Text, by its identity, to the argument whose place it takes.
    """

    def __init__(self, args: Sequence[cst.Arg], wanted: Wanted) -> None:
        self.args = args
        self.taken = {self.find(code.of) for _, code in flat(wanted) if isinstance(code, FROM)}
        self.succeeded: dict[int, int] = {}
        self._follow(wanted)
        self.kept = {*self.taken, *self.succeeded.values()}
        if any(isinstance(code, Rest) for _, code in flat(wanted)):
            self.kept.update(range(len(args)))
        stars = {code.star for _, code in flat(wanted) if isinstance(code, Stars)}
        self.kept.update(position for position, arg in enumerate(args) if arg.star in stars)

    @property
    def rest(self) -> list[int]:
        """Return the arguments that nothing but `Rest` takes."""
        return [position for position in range(len(self.args)) if position not in self.taken]

    def find(self, of: str | int) -> int:
        """Return the position of an argument."""
        plain = [i for i, arg in enumerate(self.args) if _is_positional(arg)]
        if isinstance(of, int) and of < len(plain):
            return plain[of]
        for position, arg in enumerate(self.args):
            if arg.keyword is not None and arg.keyword.value == of:
                return position
        raise Unprintable(f"the call has no argument `{of}`")

    def _follow(self, wanted: Wanted) -> None:
        """Find the arguments that texts take the place of: of the same keyword or value."""
        free = [i for i in range(len(self.args)) if i not in self.taken]
        for keyword, code in flat(wanted):
            if not isinstance(code, Text):
                continue
            for position in free:
                arg = self.args[position]
                named = arg.keyword is not None and arg.keyword.value == keyword
                if not arg.star and (named or same(arg.value, code)):
                    self.succeeded[id(code)] = position
                    free.remove(position)
                    break


def flat(wanted: Wanted) -> Iterator[tuple[str | None, Code]]:
    """Yield the codes of the arguments, and of those of the calls among them."""
    for keyword, code in wanted:
        yield keyword, code
        if isinstance(code, Inner):
            yield from flat(code.args)


def _is_positional(arg: cst.Arg) -> bool:
    return arg.keyword is None and arg.star != "**"


def same(value: cst.BaseExpression, code: Text) -> bool:
    """Tell whether the code is a string of the same value."""
    new = parsed(code.code)
    return (
        isinstance(value, cst.SimpleString)
        and isinstance(new, cst.SimpleString)
        and value.evaluated_value == new.evaluated_value
    )
