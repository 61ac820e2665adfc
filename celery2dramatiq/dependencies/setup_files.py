"""Requirements in `setup.py`: lists of strings that stand there as such."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from celery2dramatiq.dependencies.model import Entry, Listing, group_of
from celery2dramatiq.dependencies.requirement import parsed
from celery2dramatiq.index.modules import Module, parse

if TYPE_CHECKING:
    from celery2dramatiq.files import Source

_WORDS = ("require", "dependenc", "deps")


def listings(source: Source) -> Iterator[Listing]:
    """Yield the lists that are named as requirements; none of a file that is no Python 3."""
    module = parse(source)
    if isinstance(module, Module):
        for label, node in _named(module.tree):
            found = (_entry(element, source.text, module) for element in node.elts)
            entries = tuple(entry for entry in found if entry is not None)
            group = "runtime" if label == "install_requires" else group_of(label)
            yield Listing(source.path, label, group, "array", entries)


def _named(tree: ast.AST) -> Iterator[tuple[str, ast.List | ast.Tuple]]:
    """Yield each list with the name of its argument, key or variable."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg is not None:
            yield from _lists(node.arg, node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield from _lists(node.targets[0].id, node.value)


def _lists(name: str, value: ast.expr) -> Iterator[tuple[str, ast.List | ast.Tuple]]:
    if not any(word in name.lower() for word in _WORDS):
        return
    if isinstance(value, (ast.List, ast.Tuple)):
        yield name, value
    elif isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values, strict=True):
            if isinstance(inner, (ast.List, ast.Tuple)):
                named = str(getattr(key, "value", ""))
                yield f"{name}:{named}", inner


def _entry(node: ast.expr, text: str, module: Module) -> Entry | None:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    place = module.place(node)
    start, end = (len(module.data[:at].decode()) for at in (place.start, place.end))
    entry = parsed(node.value, start, end)
    plain = text[start:end] in (f'"{node.value}"', f"'{node.value}'")
    if entry is None or plain:
        return entry
    return replace(entry, known=False)  # in parts, or with escapes
