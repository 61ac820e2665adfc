"""Builds an index from small projects, and says in short what it found."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from celery2dramatiq.files import Source, Unreadable, decode
from celery2dramatiq.index import Index, Use, build

TASKS = """\
from celery import Celery

app = Celery("proj", broker="redis://")


@app.task
def add(x, y):
    return x + y


@app.task
def mul(x, y):
    return x * y
"""


def index_of(files: Mapping[str, str | bytes]) -> Index:
    """Index a project; a text may be indented as a whole."""
    sources: dict[str, Source] = {}
    unreadable: list[Unreadable] = []
    for path, text in files.items():
        data = text if isinstance(text, bytes) else dedent(text).encode()
        found = decode(path, data)
        if isinstance(found, Source):
            sources[path] = found
        else:
            unreadable.append(found)
    return build(sources, unreadable)


def said(index: Index, path: str, *, external: bool = False, modules: bool = True) -> list[str]:
    """Say of each use in a file what it is, as in `add.delay() assigned`; `?` where in doubt."""
    return [
        line_of(index, use)
        for use in index.uses
        if use.place.path == path
        and (external or use.target.kind != "external")
        and (modules or use.target.kind != "module")
    ]


def line_of(index: Index, use: Use) -> str:
    """Say what a use is."""
    kind, name = use.target.kind, use.target.name
    if kind in ("task", "self"):
        task = index.task(name)
        name = task.function if kind == "task" else "self"
    elif kind == "app":
        app = next(app for app in index.apps if app.id == name)
        name = app.variable or "app"
    elif kind == "module":
        name = f"<{name}>"
    made = "".join(step.shape for step in use.made)
    steps = "".join(step.shape for step in use.steps)
    shape = f"{made}|{steps}" if made else steps
    doubt = "" if use.certain else "?"
    return f"{doubt}{name}{shape} {use.role.kind}"


def main(source: str, **more: str) -> list[str]:
    """Index `main.py` beside `tasks.py` with two tasks; say what is used in it."""
    # the word makes sure that the file is looked into
    index = index_of({"tasks.py": TASKS, "main.py": f"{source}\n# celery\n", **more})
    return said(index, "main.py")
