"""What the user can say, and what is said to what makes no sense."""

import json
from pathlib import Path

import pytest

from tests.cli.sample import HALF, PACKAGE, SENDS, WHOLE, call, project, start, tree, write


@pytest.fixture(autouse=True)
def inside(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


def moving(*arguments: str) -> set[str]:
    """The tasks that move."""
    report = json.loads(call("scan", "--format", "json", *arguments).stdout)
    return {task["name"] for task in report["tasks"] if task["moves"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.py",), "Path 'missing.py' does not exist"),
        (("--root", "missing"), "Directory 'missing' does not exist"),
        (("--root", "notes.txt"), "'notes.txt' is a file"),
        (("--exclude", "!"), "not a pattern of .gitignore"),
        (("--accept", "C2D90"), "there is no such code; did you mean C2D9"),
        (("--accept", "c2d901"), "--accept c2d901: there is no such code; did you mean C2D901?"),
        (("--accept", "nonsense"), "--accept nonsense: there is no such code\n"),
        (("--accept", "C2D902"), "--accept C2D902: this cannot be accepted (a name that may stand"),
        (("--format", "xml"), "'xml' is not one of"),
        (("--output", "missing/report"), "'missing' is no folder that can be written to"),
        (("--output", "shop"), "'shop' is a directory"),
        (("--retries", "no"), "'no' is not one of"),
        (("--scheduler", "cron"), "'cron' is not one of 'apscheduler', 'dramatiq-crontab'"),
        (("--colour",), "No such option"),
        (("..",), "lies outside the project"),
    ],
)
@pytest.mark.parametrize("command", ["scan", "apply"])
def test_wrong_usage(command: str, arguments: tuple[str], message: str, root: Path) -> None:
    write(root, WHOLE)
    result = call(command, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_path_outside_the_project_names_the_root_to_say(root: Path, tmp_path: Path) -> None:
    project(root)
    other = project(tmp_path / "other")
    result = call("scan", other / "shop" / "tasks.py")
    assert result.exit_code == 2
    assert f"outside the project {root}" in result.stderr
    assert f"--root {other}" in result.stderr


def test_root_is_the_repository_around_the_current_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(root)
    monkeypatch.chdir(root / "shop")
    assert json.loads(call("scan", "--format", "json").stdout)["totals"]["scanned"] == len(WHOLE)


def test_wish_for_some_paths(root: Path) -> None:
    files = {**WHOLE, "shop/more.py": PACKAGE["shop/tasks.py"].replace('"shop.mail"', '"more"')}
    write(root, files)
    assert moving() == {"shop.tasks.add", "shop.mail", "shop.more.add", "more"}
    assert moving("shop/tasks.py") == {"shop.tasks.add", "shop.mail"}
    assert moving("shop/more.py", "notes.txt") == {"shop.more.add", "more"}
    assert moving("notes.txt") == set()
    assert moving("shop") == moving(".") == moving("notes.txt", ".") == moving()


def test_wish_with_the_root_given(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, WHOLE)
    monkeypatch.chdir(root.parent)
    assert moving("--root", "project", "project/shop") == {"shop.tasks.add", "shop.mail"}


def test_exclude(root: Path) -> None:
    write(root, HALF)
    assert moving() == {"shop.tasks.add"}
    assert moving("--exclude", "hooks.py") == {"shop.tasks.add", "shop.mail"}
    assert moving("--exclude", "*.txt", "--exclude", "/shop/hooks*") == {
        "shop.tasks.add",
        "shop.mail",
    }


def test_accept(root: Path) -> None:
    write(root, HALF)
    report = json.loads(call("scan", "--format", "json").stdout)
    (reason,) = (reason for task in report["tasks"] for reason in task["held_by"])
    assert moving("--accept", reason["code"]) == {"shop.tasks.add", "shop.mail"}


@pytest.mark.parametrize("option", ["--retries", "--time-limit"])
def test_defaults_of_dramatiq_are_announced(option: str, root: Path) -> None:
    write(root, WHOLE)
    assert f"({option} dramatiq)" in call("scan", "--show", option, "dramatiq").stdout
    assert f"({option} dramatiq)" not in call("scan", "--show", option, "keep").stdout


def test_another_broker_is_announced_and_an_unknown_one_refused(root: Path) -> None:
    write(root, WHOLE)
    answer = call("scan", "--show", "--broker", "sqs")
    assert "C2D922" in answer.stdout
    assert "  DRAMATIQ_BROKER_URL=sqs:// dramatiq shop.app" in answer.stdout
    assert "broker: sqs (or --broker same, redis, rabbitmq)" in answer.stdout
    assert "C2D922" not in call("scan", "--show", "--broker", "redis").stdout
    answer = call("scan", "--broker", "kafka")
    assert answer.exit_code == 2
    assert "'kafka' is not one of 'same', 'redis', 'rabbitmq', 'sqs'" in answer.stderr


@pytest.mark.parametrize("command", ["scan", "apply"])
def test_development_keeps_its_brokers(command: str, root: Path) -> None:
    write(root, WHOLE)
    answer = call(command, "--dev-only", "--broker", "sqs")
    assert answer.exit_code == 2
    assert "--dev-only keeps the broker of each environment" in answer.stderr


def test_next_command_repeats_what_was_chosen(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {**HALF, "my file.py": SENDS})
    monkeypatch.chdir(root.parent)
    chosen = ["--root", "project", "--retries", "dramatiq", "--exclude", "*.txt"]
    chosen += ["--accept", "C2D901", "project/shop", "project/my file.py"]
    last = call("scan", *chosen, "--show", "--color").stdout.splitlines()[-1]
    said = "--root project --retries dramatiq --exclude '*.txt' --accept C2D901"
    assert last == (
        f"Next: celery2dramatiq apply --diff {said} project/shop 'project/my file.py'"
    ), last


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        ({}, "There is no Python file in {root}."),
        ({"notes.txt": "celery\n"}, "There is no Python file in {root}."),
        ({"a.py": "x = 1\n"}, "No Celery task was found."),
        ({"a.py": "import celery\nprint 1\n"}, "No Celery task was found in the files that "),
        (
            {"test_a.py": PACKAGE["shop/app.py"] + "\n\n@app.task\ndef t():\n    pass\n"},
            "No Celery task was found outside the tests; Celery is used in 1 place.",
        ),
    ],
)
def test_project_without_tasks(root: Path, files: dict[str, str], answer: str) -> None:
    write(root, files)
    for command in ("scan", "apply"):
        result = call(command)
        assert answer.format(root=root) in result.stdout
        assert result.exit_code == (3 if "files that" in answer else 0)


def test_quiet_prints_errors_only(root: Path) -> None:
    write(root, {**HALF, "old.py": "import celery\nprint 1\n", "older.py": "print 1\n"})
    result = call("apply", "-q", "--check")
    assert (result.exit_code, result.stdout) == (3, "")
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == ["skipped old.py:2"]
    (root / "old.py").unlink()
    assert call("apply", "-q", "--diff").output == ""
    assert call("apply", "-q", "--allow-no-vcs").output == ""
    assert b"add.send(1, 2)" in tree(root)["shop/views.py"]


def test_output_goes_to_the_file_and_nowhere_else(root: Path, tmp_path: Path) -> None:
    write(root, HALF)
    for arguments in (("scan",), ("scan", "--format", "json"), ("apply", "--diff")):
        expected = call(*arguments)
        result = call(*arguments, "--output", tmp_path / "report")
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == expected.stderr
        assert (tmp_path / "report").read_bytes() == expected.stdout_bytes


def test_report_that_cannot_be_written_is_said(root: Path) -> None:
    write(root, WHOLE)
    result = call("scan", "--output", "/dev/full")
    assert result.exit_code == 5
    assert "the report could not be written: [Errno 28]" in result.stderr


HEAVY = """
import atexit, sys
HEAVY = {'libcst', 'rich', 'asyncio', 'multiprocessing'}
before = set(sys.modules)  # what measures coverage, for one
def look():
    found = {name.partition('.')[0] for name in sys.modules.keys() - before}
    print('LOADED', *sorted(found & HEAVY), file=sys.stderr)
atexit.register(look)
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["scan"], []),
        (["scan", "--format", "json"], []),
        (["scan", "--show", "--fail-on", "manual"], []),
        (["scan", "--color"], ["rich"]),
        (["apply", "--check"], ["libcst"]),
    ],
)
def test_heavy_libraries_are_loaded_only_where_they_are_used(
    root: Path, arguments: list[str], loaded: list[str]
) -> None:
    project(root, HALF)
    result = start(*arguments, cwd=root, first=HEAVY)
    last = result.stderr.decode().splitlines()[-1].split()
    own = {"asyncio", "multiprocessing"} if "libcst" in loaded else set()
    assert set(last[1:]) - own == set(loaded), result.stderr
