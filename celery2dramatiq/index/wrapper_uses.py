"""How wrappers are used: each use of one declares a task that is known, or others as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from celery2dramatiq.index.declarations import Declarations
from celery2dramatiq.index.model import Target, Wrapper
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.uses import chain_of


def wrappers_of(found: Declarations) -> Iterator[Wrapper]:
    """Yield the wrappers; one that is used otherwise than as a decorator declares other tasks."""
    every = {name: one.wrapper for name, one in found.wrappers.items()}
    functions = {Target("function", name): name for name, one in every.items() if not one.kept}
    kept = {one.place: name for name, one in every.items() if one.kept}
    elsewhere: dict[str, str] = {}
    for module in found.modules.all_parsed() if every else ():
        for base in module.scopes.bases:
            for part in chain_of(base, module):
                for value in found.resolver.values(part, module):
                    name = functions.get(value.target)
                    if name is None and value.steps:
                        name = kept.get(value.steps[-1].place)
                    if name is not None and not _declares_here(part, module, found):
                        elsewhere[name] = f"it is used in {module.path} otherwise"
    for name, one in sorted(found.wrappers.items()):
        problem = one.wrapper.problem or elsewhere.get(name, "")
        yield replace(one.wrapper, problem=problem)


def _declares_here(part: ast.AST, module: Module, found: Declarations) -> bool:
    """Tell whether a name of a wrapper stands where it declares a task, or is given its name."""
    around = module.scopes.parents[part]
    if module.place(part) in found.wrapped:
        return True
    return part in found.decorators or around in found.decorators
