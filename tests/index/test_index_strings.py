"""Names of tasks and apps in strings: schedules, `send_task`, mocks, dotted paths."""

from __future__ import annotations

import pytest

from celery2dramatiq.index import Index
from tests.index.indexing import TASKS, index_of

PROJECT = {
    "p/__init__.py": "",
    "p/tasks.py": """\
        from celery import Celery
        app = Celery()
        @app.task
        def add(): ...
        @app.task(name="short")
        def named(): ...
        @app.task(name="x.y")
        def dotted(): ...
        @app.task(name="odd name-1")
        def odd(): ...
        class K:
            @app.task
            def inner(): ...
        """,
    "p/views.py": "from .tasks import add, app as worker\nclass V:\n    task = add\n",
}


def strings(index: Index, path: str = "m.py") -> list[str]:
    """Name what the strings of a file stand for."""
    names = {task.id: task.function for task in index.tasks} | {app.id: "app" for app in index.apps}
    return [
        f"{'' if use.certain else '?'}{names[use.target.name]}"
        for use in index.uses
        if use.place.path == path and use.role.kind == "string"
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("f('p.tasks.add')", "add"),
        ("f('p.tasks.add.delay')", "add"),
        ("f('p.tasks.add.request.id')", "add"),
        ("f('p.tasks:add')", "add"),
        ("f('p.tasks.named')", "named"),
        ("f('x.y')", "dotted"),
        ("f('x.y.delay')", "dotted"),
        ("f('x.y.z')", "dotted"),
        ("f('p.tasks.K.inner')", "inner"),
        ("f('p.tasks.inner')", "inner"),
        ("f('p.views.add')", "add"),
        ("f('p.views.add.apply_async')", "add"),
        ("f('p.views.V.task')", "add"),
        ("f('p.views.V.task.delay')", "add"),
        ("f('p.views.worker')", "app"),
        ("f('p.tasks.app.send_task')", "app"),
        ("f('p.views.nothing')", ""),
        ("f('p.views.V.nothing')", ""),
        ("f('p.tasks')", ""),
        ("f('p.tasks.sub')", ""),
        ("f('q.tasks.add')", ""),
        ("f('p.tasks.add ')", ""),
        ("f('p..add')", ""),
        ("f('p/tasks/add')", ""),
        ("f(b'p.tasks.add')", ""),
        ("f('add')", ""),
        ("f('short')", ""),
        ("x = {'short': 1}", ""),
        ("x = ['short']", ""),
        ("x = 'short'", ""),
        ("f('odd name-1')", ""),
        ("send_task('short')", "named"),
        ("app.send_task('odd name-1')", "odd"),
        ("app.send_task(name='short')", "named"),
        ("app.send_task('x', 'short')", ""),
        ("signature('short')", "named"),
        ("celery.signature('short')()", "named"),
        ("f()('short')", ""),
        ("app.tasks['short']", "named"),
        ("x = {'task': 'short', 'short': 'task'}", "named"),
        ("x = {'other': 'short', **y}", ""),
        ("dict(task='short')", "named"),
        ("dict(other='short')", ""),
        ("class A(task='short'): ...", ""),
        ("x = sender.name == 'short'", "named"),
        ("x = 'short' == task_name", "named"),
        ("x = other == 'short'", ""),
        ("app.conf.task_routes = {'short': {'queue': 'q'}}", "named"),
        ("CELERY_ROUTES: dict = {'short': 1}", "named"),
        ("ROUTES = ([('x', 1)], {'short': 1})", "named"),
        ("app.conf.update(task_annotations={'short': {'rate_limit': 1}})", "named"),
        ("f(other={'short': 1}, **{'short': 1})", ""),
        ("f({'short': 1})", ""),
        (
            "app.conf.beat_schedule = {'a': {'task': 'p.tasks.add'}, 'b': {'task': 'short'}}",
            "add named",
        ),
    ],
)
def test_a_string(source: str, found: str) -> None:
    index = index_of(PROJECT | {"m.py": f"celery = 1\n{source}\n"})
    assert strings(index) == found.split()


def test_what_is_said_of_a_string() -> None:
    index = index_of(PROJECT | {"m.py": "from p.tasks import app\napp.send_task('x.y', (1,))\n"})
    (use,) = [use for use in index.uses if use.role.kind == "string"]
    assert (use.target.kind, use.steps, use.scope, use.owner) == ("task", (), "", None)
    assert use.role.detail == f"{index.apps[0].id}.send_task"
    assert use.role.index == 0
    assert use.role.value is not None
    assert use.role.value.literal == "x.y"
    assert (use.place.line, use.place.column) == (2, 15)


def test_the_name_of_the_declaration_is_no_use() -> None:
    source = """\
        from celery import shared_task
        @shared_task(name="a.b")
        def one(): ...
        @shared_task(name="c.d", link=f("a.b"), queue="a.b")
        def two(): ...
        """
    index = index_of({"m.py": source})
    assert strings(index) == ["one"]


def test_a_name_that_two_tasks_have() -> None:
    source = """\
        from celery import shared_task
        @shared_task(name="a.b")
        def one(): ...
        @shared_task(name="a.b")
        def two(): ...
        f("a.b")
        """
    assert strings(index_of({"m.py": source})) == ["?one", "?two"]


def test_a_module_that_goes_by_two_names() -> None:
    files = {
        "apps/jobs/__init__.py": "",
        "apps/jobs/tasks.py": TASKS,
        "a.py": "from apps.jobs.tasks import add\nfrom jobs.tasks import mul\n",
        "m.py": "celery = 'jobs.tasks.add', 'apps.jobs.tasks.add'",
    }
    index = index_of(files)
    assert strings(index) == ["add", "add"]
    assert [task.name for task in index.tasks] == [None, None]
    assert index.modules["apps/jobs/tasks.py"].names == ("apps.jobs.tasks", "jobs.tasks")


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("f('x.y')", "parsed"),
        ("f('short')", "parsed"),
        ('f("p.tasks.add")', "parsed"),
        ("f('p.tasks')", "parsed"),
        ("f('p.x')", "read"),
        ("f('y')", "read"),
    ],
)
def test_files_that_name_a_task_are_looked_into(source: str, status: str) -> None:
    index = index_of(PROJECT | {"m.py": source})
    assert [file.status for file in index.files if file.path == "m.py"] == [status]
