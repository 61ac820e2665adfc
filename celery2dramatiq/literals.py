"""Values that are known, written out as code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from celery2dramatiq.index import Arg
from celery2dramatiq.specs import Code, Keep, Milliseconds, OrEmpty, Text, Wrapped


def inlined(code: Code, given: Mapping[str, Arg]) -> Text:
    """Return the code of an argument where there is no call to take it from.

    given: the arguments by name, each a literal.
    """
    if isinstance(code, Text):
        return code
    assert isinstance(code, (Keep, OrEmpty, Milliseconds, Wrapped))  # all that rules answer
    value = given[str(code.of)].literal
    if isinstance(code, Milliseconds):
        assert isinstance(value, (int, float))  # else its rule would have refused
        return Text(str(round(value * 1000)))
    if isinstance(code, Wrapped):
        return Text(f"{code.function}({written(value)})")
    if isinstance(code, OrEmpty) and (value is None or isinstance(value, list)):
        value = tuple(value or ())
    return Text(written(value))


def written(value: object) -> str:
    """Return a literal as code, with double quotes where there is no reason against them."""
    if isinstance(value, str):
        plain = value.isprintable() and '"' not in value and "\\" not in value
        return f'"{value}"' if plain else repr(value)
    if isinstance(value, dict):
        return "{" + _joined(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return f"({written(value[0])},)" if len(value) == 1 else f"({_joined(map(written, value))})"
    if isinstance(value, list):
        return f"[{_joined(map(written, value))}]"
    if isinstance(value, (set, frozenset)) and value:
        return "{" + _joined(sorted(map(written, value))) + "}"
    return repr(value)


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)
