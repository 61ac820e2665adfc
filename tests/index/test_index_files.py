"""Which files are looked into, and what becomes of those that cannot be."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping

import pytest

from celery2dramatiq.files import Source, Unreadable
from celery2dramatiq.index import build, modules
from tests.index.indexing import TASKS, index_of, main, said

ONE = "from celery import shared_task\n@shared_task\ndef add(): ...\n"


def status(files: Mapping[str, str | bytes], path: str = "m.py") -> str:
    """Return the status of a file."""
    return next(file.status for file in index_of(files).files if file.path == path)


@pytest.mark.parametrize(
    ("source", "parsed"),
    [
        ("x = 'Celery'", True),
        ("# runs on CELERY", True),
        ("from kombu import Queue", True),
        ("import  billiard", True),
        ("import kombux", False),
        ("print('hello')", False),
        ("from p.jobs import add", True),
        ("from p import jobs\njobs.add", True),
        ("from p import jobs\ngetattr(jobs, x)", True),
        ("from p import jobs as j\nf(j)", True),
        ("from p import (\n    x,  # what\n    jobs as j,\n)\nf(j)", True),
        ("from p import x, \\\n    jobs\nf(jobs)", True),
        ("import p.jobs as j, os\nf(j)", True),
        ("import os; import p.jobs\nf(p.jobs)", True),
        ("import p.jobs as j\nj.__dict__", True),
        ("import p.jobs as j\nj.other()", False),
        ("from p import jobs\njobs.other()", False),
        ("from p.jobs import other", False),
        ("from p.jobs import *", True),
        ("import_module('p.jobs').x", True),
        ("getattr(import_module('p.jobs'), x)", True),
        ("f('p.jobs.add')", True),
        ("add(1)", False),
        ("x.add.delay(1)", True),
        ("x.add.s()", True),
        ("x.add.save()", False),
        ("from x import add as y\ny.delay()", True),
        ("x.y.delay(1)", False),
        ("x().delay(1)", False),
        ("from p.other import worker", False),
        ("from p.jobs import worker", True),
        ("from p.jobs import (worker)", True),
        ("from p import jobs\njobs.worker", True),
        ("jobs = worker", False),
        ("from p.jobs import make", True),
        ("from p.jobs import Mine", True),
        ("from p.jobs import Base", True),
        ("from p.jobs import Derived", True),
        ("from p.jobs import Plain", False),
        ("from p.jobs import log", True),
        ("from p.jobs import config", False),
        ("from p.again import jobs as j", True),
        ("from p.again import nothing", False),
        ("from p.again import worker", True),
    ],
)
def test_files_that_are_looked_into(source: str, parsed: bool) -> None:
    jobs = """\
        from celery import Celery
        from celery.utils.log import get_task_logger as log
        class Mine(Celery): ...
        class Base(worker.Task): ...
        class Derived(Base, Unknown): ...
        class Plain(dict): ...
        worker = Mine()
        def make(): return worker
        config = dict()
        @worker.task
        def add(): ...
        """
    files = {
        "p/__init__.py": "",
        "p/jobs.py": jobs,
        "p/other.py": "",
        "p/again.py": "from . import jobs\nfrom .jobs import *\n",
        "m.py": source,
        "k.py": "import p.jobs  # celery",
    }
    assert (status(files) == "parsed") is parsed


def test_odd_names_of_files() -> None:
    names = [
        "a+b.py",
        "a (copy).py",
        "a(.py",
        "[a]/x[.py",
        "a-b/__init__.py",
        "1.py",
        "ä.py",
        "a.b.py",
    ]
    index = index_of({**dict.fromkeys(names, ONE), "m.py": "import ä\nä.add.delay()\na(b) - a [x"})
    assert len(index.tasks) == len(names)
    assert [file.status for file in index.files if file.path == "m.py"] == ["unreadable"]
    index = index_of({**dict.fromkeys(names, ONE), "m.py": "import ä\nä.add.delay()\na(b) - a[x]"})
    assert said(index, "m.py") == ["add.delay() discarded"]


def test_identifiers_are_compared_as_python_reads_them() -> None:
    files = {
        "aufgaben.py": ONE.replace("add", "ﬁnde_größe"),
        "m.py": "from aufgaben import finde_größe",
    }
    assert status(files) == "parsed"
    files = {
        "aufgaben.py": ONE.replace("add", "finde_größe"),
        "m.py": "from aufgaben import ﬁnde_größe as f\nf.s()",
    }
    assert said(index_of(files), "m.py") == ["finde_größe.s() discarded"]


def test_no_celery_at_all() -> None:
    index = index_of({"a.py": "x = 1", "b.py": "def ("})
    assert [(file.path, file.status, file.celery) for file in index.files] == [
        ("a.py", "read", False),
        ("b.py", "read", False),
    ]
    assert (index.tasks, index.apps, index.uses) == ((), (), ())
    assert index.modules == {}


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ("def (", "not valid Python", 2),
        ("print 'x'", "not valid Python", 2),
        ("x = \\", "not valid Python", None),
        (f"x = {'(' * 3000}1{')' * 3000}", "too many nested parentheses", 2),
        (f"x = {'-' * 50_000}1", "too deeply nested", None),
        (f"x = {'lambda: ' * 4000}1", "too deeply nested", None),
        (f"x = {'a if b else ' * 20_000}1", "too deeply nested", None),
    ],
)
def test_a_file_that_cannot_be_parsed(source: str, reason: str, line: int | None) -> None:
    index = index_of({"m.py": f"import celery\n{source}\n", "tasks.py": TASKS})
    (record,) = [file for file in index.files if file.path == "m.py"]
    assert (record.status, record.celery) == ("unreadable", True)
    assert reason in record.reason
    assert line is None or record.line == line
    assert len(index.tasks) == 2


def test_text_that_is_no_text() -> None:
    source = Source("m.py", b"celery", "x = '\ud800'", "utf-8", b"")
    (record,) = build({"m.py": source}).files
    assert record.status == "unreadable"
    assert record.reason.startswith("not text")


def test_files_that_could_not_be_read() -> None:
    unreadable = Unreadable("x.py", "not valid utf-8", 3, mentions_celery=True)
    index = build({}, [unreadable])
    assert [(f.path, f.status, f.reason, f.line, f.celery) for f in index.files] == [
        ("x.py", "unreadable", "not valid utf-8", 3, True)
    ]


@pytest.mark.parametrize(
    "source",
    [
        "if a: pass\n" + "".join(f"elif b{i}: add.delay()\n" for i in range(1000)),
        f"x = {' + '.join(['add.delay()'] * 3000)}\n",
        f"x = add{'.s(1)' * 3000}\n",
        f"x = {'f(' * 90}add{')' * 90}\n",
        f"x = {'f(' * 180}add{')' * 180}\n",
        f"x = {'celery.chain(' * 180}add.s(){')' * 180}\n",
        f"x = {'[' * 180}add{']' * 180}\n",
        f"x = {'a if b else ' * 900}add\n",
        f"x = {'lambda: ' * 900}add\n",
        f"x = {' or '.join(['a'] * 9000)} or add\n",
        f"x = {' < '.join(['a'] * 9000)} < add\n",
        f"x = {'not ' * 5000}add\n",
        f"x = add{'[0]' * 3000}\n",
        "".join("  " * i + f"def f{i}():\n" for i in range(90)) + "  " * 90 + "add.s()\n",
        "".join(f"a{i + 1} = a{i}\n" for i in range(300)).replace("a0", "add") + "a300.s()\n",
        "".join(f"a{i} = a{i + 1}\n" for i in range(300)) + "a300 = add\na0.s()\n",
        "def f():\n"
        + "".join(f"  a = b.x{i}\n  b = a.y if a else c\n  c = b\n" for i in range(200)),
    ],
)
def test_deep_and_long_code_is_no_danger(source: str) -> None:
    index = index_of({"tasks.py": TASKS, "m.py": f"import celery\nfrom tasks import add\n{source}"})
    (record,) = [file for file in index.files if file.path == "m.py"]
    uses = [use for use in index.uses if use.place.path == "m.py" and use.target.kind == "task"]
    assert uses or record.status == "unreadable" or "add" not in source


def test_a_stack_that_is_large_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.10 ends without a word on a very long sum."""
    monkeypatch.setattr(modules, "CHECKS_ITS_STACK", False)
    terms = 300_000 if sys.version_info < (3, 11) else 60_000
    index = index_of({"m.py": f"import celery\nx = {'+'.join(['a'] * terms)}\n"})
    assert [file.status for file in index.files] == [
        "parsed" if sys.version_info < (3, 11) else "unreadable"
    ] or sys.version_info >= (3, 13)


def test_aliases_one_after_the_other_are_followed() -> None:
    names = "".join(f"a{i + 1} = a{i}\n" for i in range(300)).replace("a0 ", "add ")
    assert main(f"from tasks import add\na0 = add\n{names}a300.s()\n")[-1] == "add.s() discarded"


def test_a_name_that_is_bound_anew_again_and_again() -> None:
    lines = "".join(f"s = s.set(x={i})\n" for i in range(200))
    assert len(main(f"from tasks import add\ns = add.s()\n{lines}")) == 201


def test_garbage_collection_is_left_as_it_was() -> None:
    assert gc.isenabled()
    index_of({"m.py": "celery"})
    assert gc.isenabled()
    gc.disable()
    try:
        index_of({"m.py": "celery"})
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_same_every_time() -> None:
    files = {
        f"p{i}/tasks.py": TASKS + f"from p{(i + 1) % 9}.tasks import *\nadd.delay()\n"
        for i in range(9)
    }
    once, again = index_of(files), index_of(dict(reversed(files.items())))
    assert once == again
