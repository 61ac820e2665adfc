"""Whole projects, as they lie in the package index, against an independent count."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from benchmarks.real import projects
from benchmarks.real.count import Count, Send, Task, count
from benchmarks.real.projects import NotFetchedError, git, unpack

pytestmark = pytest.mark.real

PROJECTS = ("celery, examples", "celery, tutorial", "allianceauth", "lemur")

Json = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run of the tool, its report read."""

    code: int
    report: Json
    errors: str

    @cached_property
    def tasks(self) -> Sequence[Json]:
        found: Sequence[Json] = self.report["tasks"]
        return found

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """The status of every file."""
        return {entry["path"]: entry["status"] for entry in self.report["files"]}


@dataclass(frozen=True)
class Migration:
    """A project, and what the tool said and did when it was run on it."""

    root: Path
    files: frozenset[str]
    before: Count
    scan: Run
    after_scan: str
    apply: Run
    changed: frozenset[str]
    created: frozenset[str]
    after: Count
    again: Run
    after_again: str

    def task_at(self, task: Task) -> Json | None:
        """What the tool says about a task that was counted."""
        lines = range(task.line, task.last_line + 1)
        for found in self.apply.tasks:
            if found["path"] == task.path and found["line"] in lines:
                return found
        return None

    def finds(self, send: Send) -> bool:
        """Whether the tool lists a site where a send was counted."""
        lines = range(send.line, send.last_line + 1)
        sites = self.scan.report["sites"]
        return any(site["path"] == send.path and site["line"] in lines for site in sites)


def names(listed: str) -> frozenset[str]:
    return frozenset(name for name in listed.split("\0") if name)


def tool(root: Path, command: str) -> Run:
    """Run the tool in the root; its report must be JSON whatever it ends with."""
    result = subprocess.run(
        [sys.executable, "-m", "celery2dramatiq", command, "--format", "json"],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in {0, 3}, f"{command}: {result.returncode}\n{result.stderr}"
    return Run(result.returncode, json.loads(result.stdout), result.stderr)


def fetch(requirement: str) -> Path:
    """The sdist; out of reach of the package index is an error in CI, a skip elsewhere."""
    try:
        return projects.fetch(requirement)
    except NotFetchedError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=PROJECTS)
def migration(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Migration:
    """The project scanned, migrated, and migrated again."""
    requirement, folder = projects.PROJECTS[request.param]
    root = unpack(fetch(requirement), folder, tmp_path_factory.mktemp("project"))
    files = names(git(root, "ls-files", "-z"))
    before = count(root, files)
    scan = tool(root, "scan")
    after_scan = git(root, "status", "--porcelain")
    apply = tool(root, "apply")
    changed = names(git(root, "diff", "--name-only", "-z"))
    created = names(git(root, "ls-files", "-z", "-o", "--exclude-standard"))
    after = count(root, files | created, {task.name for task in before.tasks})
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "after")
    again = tool(root, "apply")
    after_again = git(root, "status", "--porcelain")
    return Migration(
        root, files, before, scan, after_scan, apply, changed, created, after, again, after_again
    )


def test_nothing_breaks(migration: Migration) -> None:
    for run in (migration.scan, migration.apply, migration.again):
        assert "Traceback" not in run.errors


def test_exit_code_says_whether_a_file_with_celery_could_not_be_read(migration: Migration) -> None:
    for run in (migration.scan, migration.apply):
        skipped = [name for name, status in run.paths.items() if status == "skipped"]
        mention = [n for n in skipped if b"celery" in (migration.root / n).read_bytes().lower()]
        assert run.code == (3 if mention else 0), skipped


def test_scan_changes_nothing(migration: Migration) -> None:
    assert migration.after_scan == ""


def test_scan_promises_what_apply_does(migration: Migration) -> None:
    for key in ("tasks", "findings", "sites", "totals"):
        assert migration.scan.report[key] == migration.apply.report[key], key


def test_every_file_is_accounted_for(migration: Migration) -> None:
    for run in (migration.scan, migration.apply):
        totals, statuses = run.report["totals"], Counter(run.paths.values())
        assert set(run.paths) == migration.files
        assert totals["scanned"] == len(run.report["files"]) == len(migration.files)
        assert totals["scanned"] == totals["changed"] + totals["unchanged"] + totals["skipped"]
        assert all(statuses[status] == totals[status] for status in statuses)


def test_report_and_git_agree_on_what_was_written(migration: Migration) -> None:
    reported = {name for name, status in migration.apply.paths.items() if status == "changed"}
    assert reported == migration.changed
    assert set(created_paths(migration.apply.report["created"])) == migration.created


def created_paths(created: Sequence[Any]) -> list[str]:
    return [entry if isinstance(entry, str) else entry["path"] for entry in created]


def test_every_written_file_compiles(migration: Migration) -> None:
    for name in sorted(migration.changed | migration.created):
        if name.endswith(".py"):
            compile((migration.root / name).read_bytes(), name, "exec", dont_inherit=True)


def test_only_statements_about_celery_change_outside_of_python(migration: Migration) -> None:
    for name in sorted(migration.changed):
        if not name.endswith(".py"):
            diff = git(migration.root, "diff", "-U0", "HEAD~1", "HEAD", "--", name)
            for hunk in re.split("^@@", diff, flags=re.MULTILINE)[1:]:
                before = [line for line in hunk.splitlines() if line.startswith("-")]
                assert any("celery" in line for line in before), (name, hunk)
                assert len(before) < 10, (name, hunk)


def test_second_run_changes_nothing(migration: Migration) -> None:
    assert migration.after_again == ""
    assert migration.again.report["totals"]["changed"] == 0
    assert migration.again.code == migration.apply.code


def test_plain_tasks_are_found(migration: Migration) -> None:
    plain = migration.before.plain_tasks
    missed = [task for task in plain if migration.task_at(task) is None]
    assert len(missed) <= len(plain) / 10, missed


def test_plain_sends_are_found(migration: Migration) -> None:
    sends = migration.before.sends
    missed = [send for send in sends if not migration.finds(send)]
    assert len(missed) <= len(sends) / 10, missed


def test_what_stays_is_named_with_what_holds_it(migration: Migration) -> None:
    findings = {(f["path"], f["line"], f["code"]) for f in migration.apply.report["findings"]}
    for task in migration.apply.tasks:
        assert task["moves"] != bool(task["held_by"]), task
        for reason in task["held_by"]:
            assert reason["note"], task
            assert (reason["path"], reason["line"], reason["code"]) in findings, (task, reason)


def test_tasks_move_exactly_where_the_report_says_so(migration: Migration) -> None:
    left = {(task.path, task.name) for task in migration.after.tasks}
    for task in migration.before.tasks:
        found = migration.task_at(task)
        if found is not None:
            assert found["moves"] != ((task.path, task.name) in left), task


def test_no_send_of_a_task_that_moved_is_left_behind_in_silence(migration: Migration) -> None:
    moved = {task.name for task in migration.before.tasks}
    moved -= {task.name for task in migration.after.tasks}
    named = {finding["path"] for finding in migration.apply.report["findings"]}
    left = [send for send in migration.after.sends if send.task in moved]
    assert [send for send in left if send.path not in named] == []
