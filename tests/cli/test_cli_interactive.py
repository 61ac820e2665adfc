"""`apply -i` on a pseudo-terminal: what is asked, what is answered, and what is written then."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.cli.sample import HALF, NONE, WHOLE, call, child, commit, git, project, tree, write

QUESTION = re.compile(r"\((?:[a-z]+, )+q\) \[[a-z]+\]: $")
KEYS = {"^C": b"\x03", "^D": b"\x04"}
SECONDS = 60  # without a sign of life
ASKED = re.compile(r" \((?:[a-z]+, )+q\) \[[a-z]+\]: *\w* *$")


def talk(root: Path, answers: list[str], *words: str) -> tuple[int, str, str]:
    """Answer the questions in turn; return the exit code, what was asked, and the report.

    An answer is sent when its question is there. `^C` and `^D` are the keys of that name.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        child("apply", "-i", "--root", root, *words),
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, cwd=root.parent,
        start_new_session=True, preexec_fn=_own_terminal,
    )  # fmt: skip
    os.close(theirs)
    shown, left = "", list(answers)
    while True:
        if not select.select([ours], [], [], SECONDS)[0]:
            process.kill()
            pytest.fail(f"it waits for something after:\n{shown}")
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        shown += chunk.decode()
        if left and QUESTION.search(shown):
            answer = left.pop(0)
            if answer in KEYS:
                time.sleep(0.5)  # a signal is lost on Python just before it begins to read
            os.write(ours, KEYS.get(answer, f"{answer}\n".encode()))
            shown += " "
    os.close(ours)
    report = process.stdout.read().decode() if process.stdout else ""
    code = process.wait()
    assert left == [], shown
    return code, shown.replace("\r\n", "\n"), report


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches the program


def questions(shown: str) -> list[str]:
    lines = [line.rpartition("\x1b[2K")[2] for line in shown.split("\n")]
    return [ASKED.sub("", line) for line in lines if ASKED.search(line)]


def stored(root: Path) -> dict[str, Any]:
    return dict(tomlkit.parse((root / "celery2dramatiq.toml").read_text("utf-8")).unwrap())


POLICIES = ["", "", ""]  # the defaults


def test_yes_to_everything_does_what_apply_does(root: Path, tmp_path: Path) -> None:
    project(root)
    code, shown, report = talk(root, [*POLICIES, "y", "y", "y", "y"])
    assert code == 0, shown
    assert questions(shown) == [
        "Retries of tasks that ask for none: keep none, or take Dramatiq's 20?",
        "Time limit of tasks without one: keep none, or take Dramatiq's 10 minutes?",
        "Broker of the tasks that move: the same as Celery's, or another one?",
        "Edit shop/app.py?",
        "Edit shop/tasks.py?",
        "Edit shop/views.py?",
        "Write 4 files, and the answers?",
    ]
    assert "-add.delay(1, 2)\n+add.send(1, 2)\n" in shown
    assert "1 new file: shop/dramatiq_helpers.py" in shown
    assert "All 2 tasks moved to Dramatiq." in report
    assert stored(root) == {"retries": "keep", "time-limit": "keep", "broker": "same"}
    other = project(tmp_path / "other")
    call("apply", "--root", other, "-q")
    done = tree(root)
    del done["celery2dramatiq.toml"]
    assert done == tree(other)


def test_decisions_are_stored(root: Path) -> None:
    project(root, HALF)
    git(root, "mv", "notes.txt", "pyproject.toml")
    (root / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    git(root, "add", "-A")
    git(root, "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-qm", "x")
    code, shown, report = talk(root, ["y", "dramatiq", "keep", "rabbitmq", *"yyyy", "y"])
    assert code == 0, shown
    assert "C2D901 holds 1 task: nothing is known that does the same" in shown
    assert "at shop/hooks.py:3" in shown
    assert "All 2 tasks moved" in report
    table = tomlkit.parse((root / "pyproject.toml").read_text("utf-8")).unwrap()["tool"]
    assert table["celery2dramatiq"] == {
        "retries": "dramatiq", "time-limit": "keep", "broker": "rabbitmq", "accept": ["C2D901"]
    }  # fmt: skip
    code, shown, _ = talk(root, [], "--allow-dirty")  # nothing is left to ask about
    assert (code, questions(shown)) == (0, [])


def test_no_file_is_new(root: Path) -> None:
    """The helpers are there from the first step."""
    project(root, HALF)
    call("apply", "--root", root, "-q")
    (root / "shop/hooks.py").unlink()
    commit(root)
    code, shown, _ = talk(root, [*POLICIES, *"yy", "y"])
    assert code == 0, shown
    assert "new file" not in shown
    assert "Write 2 files, and the answers?" in shown
    assert tree(root)["shop/tasks.py"].count(b"@dramatiq.actor") == 2


def test_a_file_that_is_left_keeps_its_tasks(root: Path) -> None:
    project(root, {**WHOLE, "requirements.txt": "celery[redis]==5.4.0\n"})
    before = tree(root)
    # requirements.txt and the app are agreed to, the views are not: what they send stays.
    code, shown, report = talk(root, [*POLICIES, "n", "y", "y", "n", "y", "y", "y"])
    assert code == 0, shown
    after = tree(root)
    assert after["shop/views.py"] == before["shop/views.py"]
    assert after["requirements.txt"] == before["requirements.txt"]
    assert b"@app.task\ndef add(x, y)" in after["shop/tasks.py"]
    assert b"@dramatiq.actor" in after["shop/tasks.py"]
    assert stored(root)["leave"] == ["requirements.txt", "shop/views.py"]
    assert "1 of 2 tasks moved to Dramatiq; 1 stays on Celery." in report
    assert "C2D918" in report
    again = call("apply", "--root", root, "--check")
    assert again.exit_code == 0, again.stdout


def test_leaving_the_app_leaves_everything(root: Path) -> None:
    project(root)
    code, shown, report = talk(root, [*POLICIES, "n"])
    assert code == 0, shown
    assert "None of the 2 tasks can move to Dramatiq yet." in report
    assert stored(root)["leave"] == ["shop/app.py"]


@pytest.mark.parametrize(
    "answers",
    [["q"], [*POLICIES, "q"], [*POLICIES, "y", "y", "y", "n"], [*POLICIES, "^C"],
     [*POLICIES, "y", "^D"]],
)  # fmt: skip
def test_ending_in_the_middle_writes_nothing(answers: list[str], root: Path) -> None:
    before = tree(project(root))
    code, shown, report = talk(root, answers)
    assert (code, report) == (130, ""), shown
    assert "nothing was written" in shown
    assert tree(root) == before


def test_a_wrong_answer_is_asked_again(root: Path) -> None:
    code, shown, _ = talk(project(root, NONE), ["maybe", "n"])
    assert code == 0, shown
    assert "'maybe' is not one of" in shown


def test_it_is_refused_before_anything_is_asked_about_files(root: Path) -> None:
    code, shown, _ = talk(write(root, WHOLE), POLICIES)
    assert code == 4
    assert "--allow-no-vcs" in shown
    assert "Edit" not in shown


@pytest.mark.parametrize("word", ["--diff", "--check", "-q", "--dev-only"])
def test_what_does_not_go_with_it(word: str, root: Path) -> None:
    answer = call("apply", "-i", word, "--root", root)
    assert answer.exit_code == 2
    assert f"-i does not go with {word}" in answer.stderr


def test_it_needs_a_terminal(root: Path) -> None:
    answer = call("apply", "-i", "--root", root)
    assert answer.exit_code == 2
    assert "needs a terminal" in answer.stderr


def test_the_command_line_is_stored_too(root: Path) -> None:
    project(root, HALF)
    code, shown, _ = talk(
        root, [*POLICIES, *"yyyy", "y"], "--save", "--accept", "C2D901", "--exclude", "x/"
    )
    assert code == 0, shown
    assert stored(root) == {
        "retries": "keep", "time-limit": "keep", "broker": "same", "accept": ["C2D901"],
        "exclude": ["x/"],
    }  # fmt: skip


# -- the same without questions


def test_leave_on_the_command_line(root: Path) -> None:
    write(root, WHOLE)
    answer = call("scan", "--root", root, "--leave", root / "shop" / "views.py")
    assert answer.exit_code == 0
    assert "1 of 2 tasks can move" in answer.stdout
    assert (
        "C2D918  holds 1 task, for no other reason: the file is not to be edited" in answer.stdout
    )
    assert call("scan", "--root", root, "--leave", "nothing.py").exit_code == 2
    saved = call(
        "apply", "--root", root, "--allow-no-vcs", "--save", "--leave", root / "shop" / "views.py"
    )
    assert saved.exit_code == 0
    assert stored(root)["leave"] == ["shop/views.py"]
