"""Counts the tasks of a project and their plain sends by simple evidence, with `ast` alone.

It shares no code with the tool, so that the two can be compared.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef
SENDS = frozenset({"delay", "apply_async"})
SIGNATURES = frozenset({"s", "si", "signature"})


@dataclass(frozen=True)
class Task:
    """A function with a Celery decorator; the decorator is on `line`, the name on `last_line`."""

    path: str
    name: str
    line: int
    last_line: int
    has_options: bool


@dataclass(frozen=True)
class Send:
    """A call such as `NAME.delay(...)` of a task, between the two lines."""

    path: str
    task: str
    line: int
    last_line: int


@dataclass(frozen=True)
class Setting:
    """A setting of Celery's that is assigned, between the two lines."""

    path: str
    name: str
    line: int
    last_line: int


@dataclass(frozen=True)
class Count:
    """What was found, and the Python files that could not be parsed."""

    tasks: tuple[Task, ...]
    sends: tuple[Send, ...]
    signatures: tuple[Send, ...]
    settings: tuple[Setting, ...]
    unparsed: tuple[str, ...]

    @property
    def plain_tasks(self) -> tuple[Task, ...]:
        """The tasks without options."""
        return tuple(task for task in self.tasks if not task.has_options)


def count(root: Path, names: Iterable[str], tasks_elsewhere: Iterable[str] = ()) -> Count:
    """Count in the Python files among `names`, which are relative to `root`.

    A send is one of a task that was counted, or of one that is named in `tasks_elsewhere`.
    """
    trees: dict[str, ast.Module] = {}
    unparsed = []
    for name in sorted(names):
        if name.endswith(".py"):
            try:
                trees[name] = ast.parse((root / name).read_bytes())
            except (SyntaxError, ValueError):
                unparsed.append(name)
    apps = {(stem(name), app) for name, tree in trees.items() for app in apps_made_in(tree)}
    tasks = tuple(task for name, tree in trees.items() for task in tasks_of(name, tree, apps))
    known = {task.name for task in tasks}.union(tasks_elsewhere)
    sends = tuple(send for name, tree in trees.items() for send in sends_of(name, tree, known))
    signatures = tuple(
        send for name, tree in trees.items() for send in sends_of(name, tree, known, SIGNATURES)
    )
    settings = tuple(one for name, tree in trees.items() for one in settings_of(name, tree, apps))
    return Count(tasks, sends, signatures, settings, tuple(unparsed))


def stem(path: str) -> str:
    """The last part of the module's name."""
    parts = Path(path).with_suffix("").parts
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]


def dotted(node: ast.expr) -> list[str]:
    """`a.b.c` as its parts, or nothing."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return [*before, node.attr]
    return []


def last_name(node: ast.expr) -> str:
    return (dotted(node) or [""])[-1]


def imports(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """The module, the name in it, and the name here, of every `from module import name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.module or "", alias.name, alias.asname or alias.name


def makes_app(node: ast.AST, factories: set[str]) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in factories


def apps_made_in(tree: ast.Module) -> set[str]:
    """Variables assigned from `Celery(...)`, or from a function here that calls `Celery(...)`."""
    factories = {"Celery"}
    factories |= {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, AnyFunction)
        and any(makes_app(inner, factories) for inner in ast.walk(node))
    }
    return {
        last_name(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and makes_app(node.value, factories)
        for target in node.targets
    } - {""}


def is_task_decorator(parts: list[str], shared: set[str], apps: set[str]) -> bool:
    """Whether it is `shared_task`, `celery.shared_task` or `APP.task`."""
    if len(parts) == 1:
        return parts[0] in shared
    return parts == ["celery", "shared_task"] or (parts[-1:] == ["task"] and parts[-2] in apps)


def tasks_of(path: str, tree: ast.Module, apps: set[tuple[str, str]]) -> Iterator[Task]:
    shared = {here for module, name, here in imports(tree) if name == "shared_task"}
    own = apps_made_in(tree) | {
        here
        for module, name, here in imports(tree)
        if (last := module.rpartition(".")[2]).startswith("celery") or (last, name) in apps
    }
    for node in ast.walk(tree):
        if isinstance(node, AnyFunction):
            for decorator in node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                parts = dotted(call.func if call else decorator)
                if is_task_decorator(parts, shared, own):
                    options = call is not None and bool(call.args or call.keywords)
                    yield Task(path, node.name, decorator.lineno, node.lineno, options)


def bound_names(tree: ast.Module) -> set[str]:
    """Names that the file imports or defines."""
    names = {here for _, _, here in imports(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, AnyFunction | ast.ClassDef):
            names.add(node.name)
    return names


def sends_of(
    path: str, tree: ast.Module, tasks: set[str], methods: frozenset[str] = SENDS
) -> Iterator[Send]:
    bound = bound_names(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in methods
            and (parts := dotted(node.func.value))
            and parts[0] in bound
            and parts[-1] in tasks
        ):
            yield Send(path, parts[-1], node.lineno, node.func.end_lineno or node.lineno)


def settings_of(path: str, tree: ast.Module, apps: set[tuple[str, str]]) -> Iterator[Setting]:
    """Assignments to `CELERY...` in a module called settings, and to `APP.conf.NAME`."""
    own = apps_made_in(tree) | {
        here for module, name, here in imports(tree) if (module.rpartition(".")[2], name) in apps
    }
    in_settings = "settings" in Path(path).with_suffix("").parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                parts = dotted(target)
                plain = in_settings and len(parts) == 1 and parts[0].startswith("CELERY_")
                if plain or (len(parts) == 3 and parts[0] in own and parts[1] == "conf"):
                    yield Setting(path, parts[-1], node.lineno, node.end_lineno or node.lineno)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    result = count(folder, [str(path.relative_to(folder)) for path in folder.rglob("*.py")])
    for item in (*result.tasks, *result.sends, *result.signatures, *result.settings):
        print(item)
    print(f"{len(result.tasks)} tasks, {len(result.plain_tasks)} of them without options,", end=" ")
    print(f"{len(result.sends)} plain sends, {len(result.unparsed)} files not parsed")
