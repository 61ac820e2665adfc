"""Files that cannot be edited hold back what needs an edit there, and nothing else."""

import faulthandler
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq import draft, index, stack
from celery2dramatiq import project as project_module
from celery2dramatiq.codemod import Options
from celery2dramatiq.rewrite import Unprintable, rewrite
from celery2dramatiq.specs import FileEdit
from tests.cli.sample import APP, PACKAGE, SENDS, WHOLE, Files, call, commit, project, tree, write
from tests.plan.test_plan_flask import PROJECT as FLASK

UNPARSED = "\n(parenthesised): int = 1\n"  # Python, and not for LibCST 1.9
RETURNED = "\nx = 1\r"  # LibCST drops the last byte
DEEP = "\nx = " + "'a' " * 600 + "\n"  # for LibCST each is inside the one before
MORE = (
    "@app.task\ndef count(x):\n    return x\n\n\n"
    '@app.task(name="c2")\ndef count2(x):\n    return x\n'
)
COUNTS = {"shop/more.py": f"from shop.app import app\n\n\n{MORE}"}
OFTEN = SENDS.replace("shop.tasks", "shop.more").replace("add", "count")


@pytest.fixture(autouse=True)
def inside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


def report(*command: str) -> dict[str, Any]:
    result = call(*command, "--format", "json")
    found: dict[str, Any] = json.loads(result.stdout)
    return {**found, "code": result.exit_code}


def segmentation_fault() -> None:
    faulthandler.disable()  # pytest's would print where
    signal.raise_signal(signal.SIGSEGV)


def moving(found: dict[str, Any]) -> set[str]:
    return {task["name"] for task in found["tasks"] if task["moves"]}


@pytest.mark.parametrize("bad", [UNPARSED, RETURNED])
@pytest.mark.parametrize(
    ("files", "culprit", "moves"),
    [
        # it sends a task
        ({**WHOLE, **COUNTS, "shop/often.py": OFTEN}, "shop/often.py", {"add", "mail", "c2"}),
        # it declares tasks
        ({**WHOLE, **COUNTS}, "shop/more.py", {"add", "mail"}),
        # it makes the app
        ({**WHOLE, **COUNTS}, "shop/app.py", set()),
        # it imports an app that would go
        ({**WHOLE, "shop/other.py": "from shop.app import app\n"}, "shop/other.py", set()),
        # nothing changes in it
        ({**WHOLE, "shop/other.py": "x = 1\n"}, "shop/other.py", {"add", "mail"}),
    ],
)
def test_what_needs_the_file_stays(
    root: Path, files: dict[str, str], culprit: str, moves: set[str], bad: str
) -> None:
    project(root, {**files, culprit: files[culprit] + bad})
    before = tree(root)
    found = report("apply")
    short = {name.rpartition(".")[2] for name in moving(found)}
    assert short == moves
    after = tree(root)
    assert after[culprit] == before[culprit]
    if not moves:
        assert after == before
    for task in found["tasks"]:
        for reason in task["held_by"]:
            assert reason["code"] == "C2D903"
            assert reason["note"].startswith(f"{culprit} (LibCST ")
    needed = "other" not in culprit or not moves
    assert found["code"] == (3 if needed else 0)
    status = {file["path"]: file for file in found["files"]}[culprit]
    assert status["status"] == ("skipped" if needed else "unchanged")
    if needed:
        assert status["reason"].startswith("LibCST ")
    commit(root)
    assert report("apply")["code"] == found["code"]
    assert tree(root) == after


def test_task_whose_file_is_skipped_works_as_before(root: Path) -> None:
    files = {**WHOLE, "shop/hooks.py": SENDS.replace("add", "mail") + UNPARSED}
    project(root, files)
    assert call("apply").exit_code == 3
    after = tree(root)
    assert after["shop/hooks.py"] == files["shop/hooks.py"].encode()
    assert b"@app.task(name=" in after["shop/tasks.py"]
    assert b"@dramatiq.actor" in after["shop/tasks.py"]
    assert b"add.send(1, 2)" in after["shop/views.py"]
    assert b"app = Celery(" in after["shop/app.py"]


def test_scan_foresees_what_libcst_does_not_give_back(root: Path) -> None:
    project(root, {**WHOLE, "shop/views.py": SENDS + RETURNED})
    scan, apply = report("scan"), report("apply", "--check")
    assert moving(scan) == {"shop.mail"}
    assert scan["code"] == apply["code"] == 3
    for key in ("tasks", "findings", "sites", "totals", "files"):
        assert scan[key] == apply[key], key


def test_reason_is_in_the_text(root: Path) -> None:
    write(root, {**WHOLE, "shop/views.py": SENDS + UNPARSED})
    text = call("apply", "--check").stdout
    assert "shop/views.py (LibCST cannot parse line 5) (shop.tasks.add)" in text
    assert "  skipped shop/views.py: LibCST cannot parse line 5\n" in text


def test_deep_nesting_gets_a_deep_stack(root: Path) -> None:
    limit = sys.getrecursionlimit()
    write(root, {**WHOLE, "shop/views.py": SENDS + DEEP})
    assert call("apply", "--allow-no-vcs").exit_code == 0
    assert tree(root)["shop/views.py"].endswith(DEEP.encode())
    assert sys.getrecursionlimit() == limit


def test_node_that_is_not_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rewritten(text: str, edit: FileEdit) -> str:
        if edit.path == "shop/views.py":
            raise Unprintable(f"{edit.path}: nothing to rewrite at byte 29")
        return rewrite(text, edit)

    monkeypatch.setattr("celery2dramatiq.rewrite.rewrite", rewritten)
    write(root, WHOLE)
    found = report("apply", "--check")
    assert (found["code"], moving(found)) == (3, {"shop.mail"})
    (reason,) = (file["reason"] for file in found["files"] if file["status"] == "skipped")
    assert reason == "nothing to rewrite at byte 29"


@pytest.mark.parametrize(
    ("fault", "seconds", "reason"),
    [
        (
            segmentation_fault,
            60,
            "the process that worked on it was ended by SIGSEGV, twice",
        ),
        (lambda: time.sleep(60), 3, "it took longer than 3 s"),
    ],
)
def test_what_goes_wrong_with_one_file_costs_one_file(
    fault: Callable[[], None],
    seconds: int,
    reason: str,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rewritten(text: str, edit: FileEdit) -> str:
        if edit.path == "shop/views.py":
            fault()
        return rewrite(text, edit)

    monkeypatch.setattr("celery2dramatiq.rewrite.rewrite", rewritten)
    monkeypatch.setattr(draft, "_SECONDS", seconds)
    write(root, WHOLE)
    found = report("apply", "--check")
    assert (found["code"], moving(found)) == (3, {"shop.mail"})
    (said,) = (file["reason"] for file in found["files"] if file["status"] == "skipped")
    assert said == reason


OURS = "import dramatiq\n\nfrom .dramatiq_helpers import LateBroker\n\nbroker = LateBroker()\n"


@pytest.mark.parametrize(
    ("there", "says"),
    [
        (b"\xff\xfe no Python", "dramatiq_broker.py is there already, and it could not be read"),
        (b"x = y[0] = 1\n", "is there already, and has not `LateBroker`; rename that file"),
        (b"broker = (\n", "is there already, and has not `LateBroker`; rename that file"),
        (OURS.encode(), ""),
    ],
)
def test_a_module_of_the_name_of_the_brokers(there: bytes, says: str, root: Path) -> None:
    """The project's own is left alone, and what an earlier run wrote is not written again."""
    before = tree(write(root, {**FLASK, "shop/dramatiq_broker.py": there}))
    answer = call("apply", "--allow-no-vcs")
    assert answer.exit_code == (4 if says else 0), answer.output
    assert says in answer.stderr
    after = tree(root)
    assert after["shop/dramatiq_broker.py"] == there
    assert (after == before) == bool(says)


def test_no_process_can_be_started(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    write(root, WHOLE)
    result = call("apply", "--check")
    assert result.exit_code == 4
    assert "cannot start a process to rewrite files in: Resource temporarily" in result.stderr


def test_notebook_is_looked_at_and_not_rewritten(root: Path) -> None:
    cell = {"cell_type": "code", "source": SENDS.splitlines(keepends=True)}
    notebook = json.dumps({"cells": [cell]}, indent=1)
    write(root, {**WHOLE, "shop/look.ipynb": notebook})
    before = tree(root)
    found = report("apply", "--allow-no-vcs")
    assert (found["code"], moving(found)) == (3, {"shop.mail"})
    (said,) = (file["reason"] for file in found["files"] if file["status"] == "skipped")
    assert said == "a notebook is not rewritten: edit its code by hand"
    assert tree(root)["shop/look.ipynb"] == before["shop/look.ipynb"]


def test_script_is_rewritten_like_a_module(root: Path) -> None:
    write(root, {**WHOLE, "bin/send": f"#!/usr/bin/env python\n{SENDS}"})
    assert call("apply", "--allow-no-vcs").exit_code == 0
    assert b"add.send(1, 2)" in tree(root)["bin/send"]


def test_edit_that_changes_nothing_is_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery2dramatiq.rewrite.rewrite", lambda text, edit: text)
    write(root, WHOLE)
    found = report("apply", "--check")
    assert (found["code"], found["edits"]) == (1, [])
    assert found["created"] == ["shop/dramatiq_helpers.py"]


def test_index_gets_a_deep_stack_too(root: Path) -> None:
    chain = "\nx = a" + ".b()" * 300 + "\n"
    write(root, {**WHOLE, "shop/views.py": SENDS + chain})
    assert call("apply", "--allow-no-vcs").exit_code == 0
    assert tree(root)["shop/views.py"].endswith(chain.encode())


def test_nesting_that_no_stack_is_deep_enough_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "DEPTH", sys.getrecursionlimit())
    write(root, {**WHOLE, "shop/views.py": SENDS + DEEP})
    found = report("apply", "--check")
    assert (found["code"], moving(found)) == (3, {"shop.mail"})
    (reason,) = (file["reason"] for file in found["files"] if file["status"] == "skipped")
    assert reason == "it is nested too deeply for LibCST"


def test_encoding_without_the_letters(root: Path) -> None:
    declared = "# coding: latin-1\n" + COUNTS["shop/more.py"]
    write(root, {**WHOLE, "shop/\N{GREEK SMALL LETTER PI}.py": declared})
    found = report("apply", "--check")
    assert (found["code"], moving(found)) == (3, {"shop.tasks.add", "shop.mail"})
    (reason,) = (file["reason"] for file in found["files"] if file["status"] == "skipped")
    assert reason == "its encoding, iso-8859-1, has no '\N{GREEK SMALL LETTER PI}'"


def test_file_that_compiled_no_better_before_is_no_bug_of_ours(root: Path) -> None:
    write(root, {**WHOLE, "shop/views.py": SENDS + "return 1\n"})
    assert call("apply", "--allow-no-vcs").exit_code == 0
    assert tree(root)["shop/views.py"].endswith(b"add.send(1, 2)\nreturn 1\n")


HELPERS = "shop/dramatiq_helpers.py"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("dramatiq = 1\n", "cannot be extended: the name 'dramatiq'"),
        ("print 1\n", "cannot be extended: "),
        (b"# coding: utf-8\nx = '\xff'\n", "is there already, and it could not be read"),
    ],
)
def test_helper_module_that_cannot_be_extended(
    root: Path, content: "str | bytes", message: str
) -> None:
    files: Files = {**WHOLE, HELPERS: content}
    project(root, files)
    before = tree(root)
    for command in (("apply",), ("apply", "--diff"), ("apply", "--check", "-q")):
        result = call(*command)
        assert (result.exit_code, result.stdout) == (4, "")
        assert f"{HELPERS} {message}" in result.stderr
        assert "rename that file" in result.stderr
    assert tree(root) == before
    scan = call("scan")
    assert scan.exit_code == 0
    assert f"apply would refuse: {HELPERS} {message}" in scan.stdout
    assert scan.stdout.endswith("Next: rename that file, then scan again\n")


def test_helper_module_that_is_there_is_extended(root: Path) -> None:
    project(root, {**WHOLE, HELPERS: "# coding: latin-1\nx = 1\r\n"})
    scan, apply = report("scan"), report("apply")
    assert scan["created"] == apply["created"] == []
    assert {edit["path"] for edit in scan["edits"]} == {edit["path"] for edit in apply["edits"]}
    assert HELPERS in {edit["path"] for edit in apply["edits"]}
    assert scan["totals"] == apply["totals"]
    assert tree(root)[HELPERS].startswith(b"# coding: latin-1\n")


def test_file_that_is_gone_when_its_words_are_wanted(root: Path) -> None:
    write(root, {"shop/app.py": APP, "shop/old.py": b"import celery\n\xff\n"})
    opened = project_module.open_project(root)
    (root / "shop/old.py").unlink()
    plan = project_module.make_plan(
        opened, index.build(opened.sources, opened.unreadable), Options()
    )
    assert [file.path for file in plan.unreadable] == ["shop/old.py"]


def test_unreadable_file_holds_back_the_tasks_it_names(root: Path) -> None:
    write(root, {**PACKAGE, "old.py": b"import shop.tasks\n# \xff add\n"})
    found = report("scan")
    assert (found["code"], moving(found)) == (0, {"shop.mail"})
