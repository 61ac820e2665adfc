"""What is being done is shown on a terminal, and leaves nothing behind."""

import io
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from celery2dramatiq.progress import Progress
from tests.cli.sample import WHOLE, call, write


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_takes_the_place_of_the_last() -> None:
    progress, terminal = Progress(), Terminal()
    with redirect_stderr(terminal):
        progress.tell("reading")
        progress.tell("deciding")
        progress.clear()
        progress.clear()
    clear = "\r\x1b[2K"
    first, second = "celery2dramatiq: reading ...", "celery2dramatiq: deciding ..."
    assert terminal.getvalue() == f"{clear}{first}{clear}{second}{clear}"


def test_a_dumb_terminal_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with redirect_stderr(terminal):
        Progress().tell("reading")
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("command", ["scan", "apply"])
def test_no_terminal_shows_nothing(command: str, root: Path) -> None:
    write(root, WHOLE)
    words = ["--allow-no-vcs"] if command == "apply" else []
    assert call(command, "--root", root, *words).stderr == ""
