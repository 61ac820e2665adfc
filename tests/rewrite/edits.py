"""Builds edits of a text: the places of their specs are found by what stands there."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

from celery2dramatiq.index import Place
from celery2dramatiq.rewrite import rewrite
from celery2dramatiq.specs import (
    ActorSpec,
    AttributeSpec,
    BelowSpec,
    BrokerSpec,
    CallSpec,
    Code,
    FileEdit,
    FirstElementSpec,
    Import,
    Keep,
    ParameterSpec,
    RemoveSpec,
    ReplaceSpec,
    Rest,
    Spec,
    TodoSpec,
)

Change = Callable[[str], Spec]
Args = tuple[tuple[str | None, Code], ...]

PATH = "shop/tasks.py"
ALL: Args = ((None, Rest()),)


def at(text: str, code: str, n: int = 1) -> Place:
    """Return the place where the code stands, for the n-th time."""
    data, part, start = text.encode(), code.encode(), -1
    for _ in range(n):
        start = data.index(part, start + 1)
    before = data[:start].decode().splitlines(keepends=True)
    line = before[-1] if before and not before[-1].endswith(("\n", "\r")) else ""
    number = len(before) + (0 if line else 1)
    return Place(PATH, start, start + len(part), number, len(line) + 1)


def actor(code: str, *options: tuple[str, Code], n: int = 1, todo: tuple[str, ...] = ()) -> Change:
    return lambda text: ActorSpec(at(text, code, n), options=options, todo=todo)


def first(code: str, element: str) -> Change:
    return lambda text: FirstElementSpec(at(text, code), code=element)


def below(code: str, more: str) -> Change:
    return lambda text: BelowSpec(at(text, code), code=more)


def call(
    code: str,
    *args: tuple[str | None, Code],
    attribute: str = "",
    function: str = "",
    n: int = 1,
    imports: tuple[Import, ...] = (),
    helpers: tuple[str, ...] = (),
) -> Change:
    return lambda text: CallSpec(
        at(text, code, n),
        imports=imports,
        helpers=helpers,
        attribute=attribute,
        function=function,
        args=args,
    )


def rename(code: str, name: str, n: int = 1) -> Change:
    return lambda text: AttributeSpec(at(text, code, n), name=name)


def replace(code: str, new: str, n: int = 1) -> Change:
    return lambda text: ReplaceSpec(at(text, code, n), code=new)


def parameter(code: str, n: int = 1) -> Change:
    return lambda text: ParameterSpec(at(text, code, n))


def broker(
    code: str,
    *arguments: tuple[str | None, Code],
    variable: str = "broker",
    keep: bool = False,
    n: int = 1,
) -> Change:
    given = arguments or ((None, Keep("broker")),)
    return lambda text: BrokerSpec(at(text, code, n), variable=variable, arguments=given, keep=keep)


def remove(code: str, n: int = 1) -> Change:
    return lambda text: RemoveSpec(at(text, code, n))


def todo(code: str, words: str, n: int = 1) -> Change:
    return lambda text: TodoSpec(at(text, code, n), text=words)


def rewritten(
    text: str,
    *changes: Change,
    imports: tuple[Import, ...] = (),
    forget: str = "",
    drop: str = "",
    local: str = "shop dramatiq_helpers",
    nested: str = "",
    width: int = 88,
) -> str:
    edit = FileEdit(
        PATH,
        specs=tuple(change(text) for change in changes),
        imports=imports,
        forget=frozenset(forget.split()),
        drop=frozenset(drop.split()),
        local=frozenset(local.split()),
        nested=frozenset(nested.split()),
        width=width,
    )
    return rewrite(text, edit)


def code(text: str) -> str:
    """Return an indented text as a file's."""
    return dedent(text).lstrip("\n")
