"""What a test asks of Celery by a mere name: fixtures of its pytest plugin, and eager mode."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from celery2dramatiq.index import fixtures
from celery2dramatiq.index.modules import Module, Modules
from celery2dramatiq.index.nodes import Function

FIXTURE = "Celery's fixture"
EAGER = "eager mode"
_PLUGINS = ("celery.contrib.pytest", "pytest_celery")
# Those of celery.contrib.pytest.
_SET_UP = frozenset(
    ("celery_config", "celery_enable_logging", "celery_includes", "celery_parameters",
     "celery_worker_parameters", "celery_worker_pool")
)  # fmt: skip
_GIVEN = _SET_UP | {
    "celery_app", "celery_session_app", "celery_session_worker", "celery_worker",
    "depends_on_current_app",
}  # fmt: skip

_BY_STRING = ("usefixtures", "getfixturevalue")


def asked(module: Module, modules: Modules) -> Iterator[tuple[str, str, ast.AST]]:
    """Yield what a test module asks for: FIXTURE or EAGER, the name, and where."""
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            yield from ((FIXTURE, *one) for one in _fixtures(node, module, modules))
        elif isinstance(node, ast.Constant) and node.value in _PLUGINS:
            yield FIXTURE, str(node.value), node
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _BY_STRING:
            yield from ((FIXTURE, str(one), node) for one in _strings(node) if one in _GIVEN)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if _is_eager(node.attr):
                yield EAGER, node.attr, node
        elif isinstance(node, ast.keyword) and _is_eager(node.arg):
            yield EAGER, str(node.arg), node.value


def _fixtures(
    function: ast.FunctionDef | ast.AsyncFunctionDef, module: Module, modules: Modules
) -> Iterator[tuple[str, ast.AST]]:
    """Yield the fixtures that a test asks for, or that it sets the plugin up with."""
    if function.name in _SET_UP and function.decorator_list:
        yield function.name, function.decorator_list[0]
    for arg in (*function.args.args, *function.args.kwonlyargs):
        own = arg.arg in _GIVEN and any(fixtures.named(arg.arg, function, module, modules))
        if arg.arg in _GIVEN and not own:
            yield arg.arg, arg


def _strings(call: ast.Call) -> Iterator[object]:
    return (getattr(arg, "value", None) for arg in call.args)


def _is_eager(name: str | None) -> bool:
    """Tell whether it is Celery's setting as Django and Flask have it; `app.conf` is an app's."""
    return name is not None and name.isupper() and name.endswith("ALWAYS_EAGER")
