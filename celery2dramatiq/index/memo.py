"""Keeps what was evaluated, where names may lead back to themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from celery2dramatiq.index.values import Values

_DEEPEST = 50  # of names that stand for names; deeper than any real project
_NEVER, _ALWAYS = 1 << 30, -1
_PATIENCE = 50_000  # evaluations that may be repeated before their results are kept all the same


class Memo:
    """The results of evaluations. Drop it when more is known, or an evaluation broke off."""

    def __init__(self) -> None:
        self.known: dict[Hashable, Values] = {}
        self._open: dict[Hashable, int] = {}  # what is being evaluated -> how deep
        self._cut = _NEVER  # depth of the outermost open thing that was asked for again
        self._repeated = 0

    def kept(self, key: Hashable, evaluate: Callable[[], Values]) -> Values:
        """Evaluate, and keep the result unless it hangs on something that is still open.

        Names may lead back to themselves: that adds nothing to what they mean.
        """
        if key in self._open or len(self._open) > _DEEPEST:
            self._cut = min(self._cut, self._open.get(key, _ALWAYS))
            return ()
        outer, self._cut = self._cut, _NEVER
        depth = self._open[key] = len(self._open)
        values = evaluate()
        del self._open[key]
        if self._cut >= depth:
            self._cut = _NEVER
        else:
            self._repeated += 1
        if self._cut == _NEVER or self._repeated > _PATIENCE:
            self.known[key] = values
        self._cut = min(outer, self._cut) if depth else _NEVER
        return values
