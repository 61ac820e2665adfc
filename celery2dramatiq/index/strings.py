"""Names of tasks and apps in strings."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from celery2dramatiq.index.model import Target, Task
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.scopes import Scopes

_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:[.:][^\W\d]\w*)")
_NAMED_IN = frozenset(
    [
        "send_task",
        "signature",
        "subtask",
        "Signature",
        "maybe_signature",
        "AsyncResult",
        "PeriodicTask",
    ]
)
_KEYS = frozenset(("task", "name", "task_name", "sender"))
_TABLES = re.compile(r"route|annotation|rate", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TaskNames:
    """By what strings and bare names a task may be meant."""

    by_string: Mapping[str, tuple[str, ...]]
    by_function: Mapping[str, tuple[str, ...]]


def task_names(tasks: Iterable[Task], imported_as: Mapping[str, set[str]]) -> TaskNames:
    """Collect the names of all tasks. imported_as: the names of modules, by path."""
    strings: defaultdict[str, set[str]] = defaultdict(set)
    functions: defaultdict[str, set[str]] = defaultdict(set)
    for task in tasks:
        if task.name is not None:
            strings[task.name].add(task.id)
        for module in {task.module, *imported_as.get(task.path, ())}:
            strings[f"{module}.{task.qualname}"].add(task.id)
        functions[task.function].add(task.id)
    return TaskNames(
        {name: tuple(sorted(ids)) for name, ids in strings.items()},
        {name: tuple(sorted(ids)) for name, ids in functions.items()},
    )


def meant(
    node: ast.Constant, module: Module, names: TaskNames, resolver: Resolver
) -> Iterator[Target]:
    """Yield the tasks or apps that a string names, alone or with something of theirs behind."""
    text = str(node.value)
    if not _DOTTED.fullmatch(text):
        if text in names.by_string and _names_a_task(node, module.scopes):
            yield from (Target("task", task) for task in names.by_string[text])
        return
    start = text = text.replace(":", ".")
    while "." in start:
        if start in names.by_string:
            yield from (Target("task", task) for task in names.by_string[start])
            return
        start = start.rpartition(".")[0]
    yield from dict.fromkeys(value.target for value in resolver.dynamic.named(text, module))


def _names_a_task(node: ast.Constant, scopes: Scopes) -> bool:
    """Tell whether a string that could be any word stands where names of tasks do."""
    parent = scopes.parents[node]
    if isinstance(parent, ast.Dict):
        return _is_under_key(node, parent) or (node in parent.keys and _is_table(parent, scopes))
    if isinstance(parent, ast.keyword):
        return parent.arg in _KEYS and isinstance(scopes.parents[parent], ast.Call)
    if isinstance(parent, ast.Call):
        return node in parent.args[:1] and _last_name(parent.func) in _NAMED_IN
    if isinstance(parent, ast.Compare):
        return any(_last_name(side) in _KEYS for side in (parent.left, *parent.comparators))
    return isinstance(parent, ast.Subscript)


def _is_under_key(node: ast.Constant, table: ast.Dict) -> bool:
    return any(
        value is node and isinstance(key, ast.Constant) and key.value in _KEYS
        for key, value in zip(table.keys, table.values, strict=True)
    )


def _is_table(table: ast.Dict, scopes: Scopes) -> bool:
    """Tell whether a dictionary is one of routes, annotations or rates, by its own name."""
    node: ast.AST = table
    while isinstance(node, (ast.Dict, ast.List, ast.Tuple)):
        node = scopes.parents[node]
    if isinstance(node, ast.Assign):
        return any(_TABLES.search(_last_name(target)) for target in node.targets)
    if isinstance(node, ast.AnnAssign):
        return bool(_TABLES.search(_last_name(node.target)))
    return isinstance(node, ast.keyword) and bool(_TABLES.search(node.arg or ""))


def _last_name(node: ast.AST) -> str:
    """Return the last word of `a.b.name` and `name`."""
    return str(getattr(node, "attr", getattr(node, "id", "")))
