"""The reports as a person reads them."""

import re
import subprocess
from pathlib import Path

import pytest

from celery2dramatiq.report.outcome import CUT_OVER
from tests.cli.sample import (
    APP,
    HALF,
    NONE,
    PACKAGE,
    SENDS,
    TASKS,
    WHOLE,
    Files,
    call,
    commit,
    git,
    project,
    tree,
    write,
)

MANY = {f"shop/hooks{n}.py": "from shop.tasks import mail\n\nregister(mail)\n" for n in range(9)}
ONE = {"tasks.py": APP + "\n\n@app.task\ndef only():\n    pass\n"}


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def printed(root: Path, files: Files, *command: str) -> list[str]:
    write(root, files)
    return call(*command).stdout.splitlines()


def below(title: str, lines: list[str]) -> list[str]:
    """The lines of the section with that title."""
    start = next(number for number, line in enumerate(lines) if line.startswith(title))
    rest = [*lines[start + 1 :], ""]
    return rest[: rest.index("")]


def titles(lines: list[str]) -> list[str]:
    """The first line of each section."""
    return [line for before, line in zip(["", *lines], lines, strict=False) if not before]


def test_scan_has_its_sections_in_order(tmp_path: Path) -> None:
    lines = printed(tmp_path, HALF, "scan")
    found = [re.split(r"[:=,]", title)[0].strip() for title in titles(lines)]
    assert found == [
        "1 of 2 tasks can move to Dramatiq; 1 stays on Celery.",
        "Constructs",
        "What holds tasks back",
        "What changes in behaviour",
        "For and against (",
        "What changes beside the behaviour",
        "What the project requires from now on",
        "How to start the workers",
        "6 scanned",
        "Next",
    ]
    assert lines[-1] == "Next: celery2dramatiq apply --diff"
    assert lines[-4:-2] == [
        "6 scanned = 3 would change + 3 unchanged + 0 skipped",
        "1 new file would be created: shop/dramatiq_helpers.py",
    ]


def test_constructs_are_counted_by_action(tmp_path: Path) -> None:
    lines = printed(tmp_path, HALF, "scan", "--show")
    (title,) = (line for line in lines if line.startswith("Constructs"))
    rows = [line.split(maxsplit=3) for line in below("Constructs", lines) if " C2D" in line]
    sums = {
        a: sum(int(row[1]) for row in rows if row[0] == a) for a in ("MANUAL", "REVIEW", "REWRITE")
    }
    assert title == (
        f"Constructs: {sums['MANUAL']} MANUAL (left to you), {sums['REVIEW']} REVIEW (done for you,"
        f" with a difference named below), {sums['REWRITE']} REWRITE (done for you, same meaning)"
    )
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert ["REWRITE", "1", "C2D201", "task.delay(...) -> actor.send(...)"] in rows
    assert below("Constructs", lines)[-1].split() == ["1", "needs", "no", "change"]
    assert "no change" not in "".join(printed(tmp_path, HALF, "scan"))
    assert "0 " not in title


def test_reason_has_its_place_its_task_and_its_way_out(tmp_path: Path) -> None:
    lines = printed(tmp_path, {**HALF, **MANY}, "scan")
    head, places, way_out = below("What holds", lines)
    assert re.fullmatch(r"  C2D\d+  holds 1 task, for no other reason: .+", head)
    place = r"shop/hooks\d?\.py:3 `task`: it is handed to \S+ \(shop\.mail\)"
    assert re.fullmatch(rf"          at {place}; {place}; {place}; and 7 more places", places)
    assert way_out.startswith("          way out: ")
    assert way_out.endswith(f"; or take the loss: --accept {head.split()[0]}")
    full = printed(tmp_path, {}, "scan", "--show")
    assert [line for line in full if re.fullmatch(rf"          at {place}", line)]
    assert len(below("What holds", full)) == 2 + 10
    assert re.fullmatch(
        r"  shop\.mail \(shop/tasks\.py:9\): C2D\d+", below("Tasks that stay", full)[0]
    )


def test_reasons_that_hold_most_come_first(tmp_path: Path) -> None:
    extra = {"shop/odd.py": "from shop.app import app\n\napp.odd()\n"}
    lines = printed(tmp_path, {**HALF, **extra}, "scan")
    heads = [line for line in below("What holds", lines) if "holds" in line]
    assert "holds 2 tasks, 1 of them for no other reason: " in heads[0]
    assert re.search(r"holds 1 task: ", heads[1])


def test_several_apps_are_named(tmp_path: Path) -> None:
    extra = {"shop/second.py": APP.replace("app =", "second =")}
    lines = printed(tmp_path, {**WHOLE, **extra}, "scan")
    assert "          the apps: shop/app.py:3 app; shop/second.py:3 second" in lines


def test_what_is_left_in_tests_is_said(tmp_path: Path) -> None:
    extra = {"tests/test_x.py": "from shop.tasks import add\n\nodd(add)\n"}
    lines = printed(tmp_path, {**WHOLE, **extra}, "scan")
    assert lines[0] == "All 2 tasks can move to Dramatiq."
    head, place, way_out = below("What is left to you", lines)
    assert "tests/test_x.py:3" in place
    assert "holds" not in head
    assert way_out.startswith("          way out: ")
    assert "--accept" not in way_out


def test_celery_without_tasks_is_no_reason_to_say_that_there_is_none(tmp_path: Path) -> None:
    files = {"shop/app.py": APP, "shop/more.py": "from shop.app import app\n\napp.odd()\n"}
    lines = printed(tmp_path, files, "scan")
    assert lines[0] == "No Celery task was found; Celery is used in 1 place."
    assert below("Constructs", lines)[0].split()[:2] == ["MANUAL", "1"]
    assert "shop/more.py:3" in below("What is left", lines)[1]
    assert lines[-1] == "Next: celery2dramatiq scan --show"


def test_what_was_accepted_is_said(tmp_path: Path) -> None:
    lines = printed(tmp_path, HALF, "scan", "--accept", "C2D901")
    assert lines[0] == "All 2 tasks can move to Dramatiq."
    head, place, _ = below("What is left to you", lines)
    assert head.startswith("  C2D901 (accepted)  ")
    assert place.startswith("          at shop/hooks.py:3 ")


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        (ONE, "The only task can move to Dramatiq."),
        (WHOLE, "All 2 tasks can move to Dramatiq."),
        (NONE, "None of the 2 tasks can move to Dramatiq yet."),
        ({**ONE, "x.py": "from tasks import only\nodd(only)\n"}, "The only task cannot move"),
    ],
)
def test_answer(tmp_path: Path, files: Files, answer: str) -> None:
    assert printed(tmp_path, files, "scan")[0].startswith(answer)


def test_nothing_moves(tmp_path: Path) -> None:
    lines = printed(tmp_path, NONE, "scan")
    assert "How to start the workers" not in "".join(lines)
    assert lines[-1] == "Next: celery2dramatiq scan --show"
    last = printed(tmp_path, NONE, "scan", "--show")[-1]
    assert last == "Next: change one of the places above, then celery2dramatiq scan"


def test_next_step_after_what_was_skipped(tmp_path: Path) -> None:
    lines = printed(tmp_path, {"old.py": "import celery\nprint 1\n"}, "scan")
    assert lines[-1] == "Next: repair what was skipped, then celery2dramatiq scan"


def test_skipped_files_that_mention_celery_come_first(tmp_path: Path) -> None:
    files: Files = {
        **{f"a{n}.py": b"\xff" for n in range(5)},
        "z.py": "import celery\nprint 1\n",
    }
    for command in ("scan", "apply"):
        lines = printed(tmp_path, files, command)
        skipped = [line for line in lines if "skipped " in line]
        assert skipped[0].startswith("  skipped z.py:2: ")
        assert skipped[0].endswith(" (it mentions Celery)")
        hint = "--show" if command == "scan" else "scan --show"
        assert lines[lines.index(skipped[2]) + 1] == f"  ... and 3 more skipped ({hint})"
    full = printed(tmp_path, files, "scan", "--show")
    assert sum(line.startswith("  skipped ") for line in full) == 6


@pytest.mark.parametrize(
    ("ignored", "line"),
    [
        (["a.txt"], "1 ignored file or folder was not looked at"),
        (["a.txt", "b.txt"], "2 ignored files and folders were not looked at"),
    ],
)
def test_ignored_files_are_counted(tmp_path: Path, ignored: list[str], line: str) -> None:
    files = {".gitignore": "*.txt\n", **dict.fromkeys(ignored, "")}
    assert line in printed(tmp_path, files, "scan")


def test_report_fits_a_screen_unless_asked_for_all(tmp_path: Path) -> None:
    extra = {}
    for number in range(40):
        tasks = TASKS.replace("add", f"add{number}").replace("shop.mail", f"mail{number}")
        extra[f"shop/t{number}.py"] = tasks
        extra[f"shop/u{number}.py"] = f"import celery.odd{number}\ncelery.odd{number}.x()\n"
        extra[f"old{number}.py"] = "import celery\nprint 1\n"
    lines = printed(tmp_path, {**HALF, **MANY, **extra}, "scan")
    assert len(lines) <= 40
    assert len(printed(tmp_path, {}, "scan", "--show")) > 80


# -- apply


def test_apply_says_what_it_did(tmp_path: Path) -> None:
    project(tmp_path, HALF)
    lines = call("apply").stdout.splitlines()
    text = "\n".join(lines)
    assert "would" not in text.lower()
    head = lines.index("1 of 2 tasks moved to Dramatiq; 1 stays on Celery.")
    assert re.fullmatch(r"Changed 3 files and created 1 file: \+\d+ -\d+ lines\.", lines[head + 1])
    assert [title for title in titles(lines[head:]) if title][1:] == [
        "What changes in behaviour",
        "What holds tasks back",
        "What changes beside the behaviour",
        "What the project requires from now on, on Python 3.10 or newer",
        "How to start the workers, in the project's root",
        "Before production switches over",
        "6 scanned = 3 changed + 3 unchanged + 0 skipped",
        lines[-2],
    ]
    assert below("Before production", lines) == [f"  {n}. {s}" for n, s in enumerate(CUT_OVER, 1)]
    workers = below("How to start", lines)
    assert workers[0].startswith("  dramatiq shop.app shop.tasks")
    assert workers[1].endswith("   # for the 1 task that stays")
    assert re.search(r"^new file shop/dramatiq_helpers\.py: \d+ lines$", text, re.MULTILINE)
    assert "1 new file created: shop/dramatiq_helpers.py" in lines


def test_apply_shows_the_difference_line_by_line(tmp_path: Path) -> None:
    write(tmp_path, {**WHOLE, "shop/views.py": SENDS.replace("\n", "\r\n")})
    lines = call("apply", "--check", "--show").stdout.splitlines()
    start = lines.index("diff --git a/shop/views.py b/shop/views.py")
    assert lines[start : start + 8] == [
        "diff --git a/shop/views.py b/shop/views.py",
        "--- a/shop/views.py",
        "+++ b/shop/views.py",
        "@@ -1,3 +1,3 @@",
        " from shop.tasks import add",
        " ",
        "-add.delay(1, 2)",
        "+add.send(1, 2)",
    ]
    assert "new file mode 100644" in lines
    assert lines[-1] == "Next: celery2dramatiq apply"
    assert "Would change 3 files and create 1 file: " in "\n".join(lines)
    assert "new file shop/dramatiq_helpers.py: " in call("apply", "--check").stdout


def test_colours_of_a_diff(tmp_path: Path) -> None:
    write(tmp_path, {**WHOLE, "shop/views.py": SENDS + "x = '''\n-- a\n'''\n"})
    text = call("apply", "--check", "--color").stdout
    for line in (
        "\x1b[1mdiff --git a/shop/views.py b/shop/views.py\x1b[0m",
        "\x1b[1m+++ b/shop/views.py\x1b[0m",
        "\x1b[31m-add.delay(1, 2)\x1b[0m",
        "\x1b[32m+add.send(1, 2)\x1b[0m",
        " -- a",
        "\x1b[1;32mAll 2 tasks can move to Dramatiq.\x1b[0m",
    ):
        assert f"{line}\n" in text, line


@pytest.mark.parametrize("elsewhere", [False, True])
def test_undo_brings_everything_back(
    tmp_path: Path, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "my project", {**WHOLE, "my file.py": SENDS})
    before = tree(root)
    monkeypatch.chdir(tmp_path if elsewhere else root)
    lines = call("apply", "--root", root).stdout.splitlines()
    assert tree(root) != before
    assert lines[-1] == "Next: run the project's tests, then commit"
    command = lines[-2].removeprefix("To undo: ")
    assert ("-C 'my project'" in command) == elsewhere
    run_in_shell(command, Path.cwd())
    assert tree(root) == before
    assert git(root, "status", "--porcelain") == b""


def run_in_shell(command: str, cwd: Path) -> None:
    subprocess.run(command, shell=True, cwd=cwd, check=True, capture_output=True)


def test_undo_of_what_creates_no_file(tmp_path: Path) -> None:
    root = project(tmp_path, HALF)
    call("apply")
    commit(root)
    (root / "shop/hooks.py").unlink()
    commit(root)
    lines = call("apply").stdout.splitlines()
    assert lines[-2].startswith("To undo: git checkout -- ")
    assert "rm " not in lines[-2]


@pytest.mark.parametrize("option", ["--allow-dirty", "--allow-no-vcs"])
def test_undo_without_git_is_not_promised(tmp_path: Path, option: str) -> None:
    project(tmp_path, WHOLE)
    assert call("apply", option).stdout.splitlines()[-2] == (
        "To undo: from your backup; git may not have what was overwritten"
    )


def test_apply_with_nothing_to_do(tmp_path: Path) -> None:
    lines = printed(tmp_path, NONE, "apply")
    assert lines[:2] == ["None of the 2 tasks can move to Dramatiq yet.", "Nothing was changed."]
    assert lines[-1] == "Next: celery2dramatiq scan --show"
    lines = printed(tmp_path, NONE, "apply", "--check", "--show")
    assert lines[1] == "Nothing would change."
    assert "Tasks that stay on Celery" in lines


def test_everything_that_no_later_run_can_show_is_shown(tmp_path: Path) -> None:
    loggers = {
        f"shop/l{n}.py": "from celery.utils.log import get_task_logger\n"
        f"from shop.tasks import add\n\nlog{n} = get_task_logger(__name__)\nadd.delay({n}, 1)\n"
        for n in range(9)
    }
    project(tmp_path, {**PACKAGE, **loggers})
    lines = call("apply").stdout.splitlines()
    places = [line for line in below("What changes", lines) if re.search(r"at shop/l\d", line)]
    assert len(places) == 9
