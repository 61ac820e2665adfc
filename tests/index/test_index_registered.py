"""Tasks that are instances of classes, and what only looks like one."""

from __future__ import annotations

import pytest

from celery2dramatiq.index import Index
from tests.index.indexing import index_of, said

START = "from celery import Celery, Task\napp = Celery()\n"
WORK = """
class Work(Task):
    name: str = "the.work"
    queue = limit = "low"

    def run(self):
        self.retry()
"""


def registered(code: str, before: str = WORK) -> Index:
    """Index a module that ends in some code."""
    return index_of({"tasks.py": f"{START}{before}\n{code}\n"})


@pytest.mark.parametrize(
    "code", ["work = app.register_task(Work())", "work = app.register_task(Work)"]
)
def test_an_instance_of_a_class(code: str) -> None:
    (task,) = registered(code).tasks
    assert (task.name, task.function, task.certain) == ("the.work", "work", True)
    assert [(arg.keyword, arg.code) for arg in task.options] == [
        ("name", "'the.work'"),
        ("queue", "'low'"),
    ]
    assert task.instance is not None
    assert (task.instance.code, task.instance.problem) == ("Work().run", "")


def test_its_self_is_followed_and_its_name_is_no_use() -> None:
    index = registered("work = app.register_task(Work())")
    assert said(index, "tasks.py") == ["app assigned", "self.retry() discarded"]


def test_the_name_may_take_the_place_of_the_class() -> None:
    (task,) = registered("Work = app.register_task(Work())").tasks
    assert task.certain


def test_without_a_name_celery_takes_the_class() -> None:
    before = "class Work(app.Task):\n    def run(self): ...\n"
    assert [one.name for one in registered("app.register_task(Work())", before).tasks] == [
        "tasks.Work"
    ]


def test_the_class_may_be_in_a_module_without_a_word_of_celery() -> None:
    index = index_of(
        {
            "tasks.py": f"{START}import work\nwork = app.register_task(work.Work())\n",
            "work.py": "from bases import Task\nclass Work(Task):\n    def run(self): ...\n",
            "bases.py": "from celery import Task\n",
        }
    )
    assert [task.name for task in index.tasks] == ["work.Work"]


@pytest.mark.parametrize(
    ("code", "before"),
    [
        ("app.register_task(Work(1))", WORK),
        ("app.register_task(made)", "made = object()"),
        ("app.register_task(Plain())", "class Plain:\n    def run(self): ..."),
        ("app.register_task(Work())", f"{WORK}{WORK}"),
        ("app.register_task(Out.In())", "class Out:\n  class In(Task):\n    def run(self): ..."),
        ("app.register(Work())", WORK),
    ],
)
def test_what_is_no_task_that_is_known(code: str, before: str) -> None:
    assert not registered(code, before).tasks


@pytest.mark.parametrize(
    "code",
    [
        "other = 'the.work'",
        "class Other:\n    name = 'the.work'",
        "class Other:\n    x = 'the.work'",
    ],
)
def test_its_name_elsewhere_is_a_use(code: str) -> None:
    index = registered(f"work = app.register_task(Work())\n{code}")
    assert "work string" in said(index, "tasks.py")
