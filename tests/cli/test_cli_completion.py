"""Shell completion: the scripts, and what they ask the program for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from celery2dramatiq.cli import main

PROGRAM = "celery2dramatiq"


def complete(*words: str) -> list[str]:
    """Return what would be offered for the last word, as bash is told it."""
    env = {
        "_CELERY2DRAMATIQ_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join([PROGRAM, *words]),
        "COMP_CWORD": str(len(words)),
    }
    out = CliRunner().invoke(main, prog_name=PROGRAM, env=env).stdout
    return [line.partition(",")[2] for line in out.split()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # click asks bash for its version before it gives the script.
    done = CliRunner().invoke(
        main, prog_name=PROGRAM, env={"_CELERY2DRAMATIQ_COMPLETE": f"{shell}_source"}
    )
    assert done.exit_code == 0
    assert f"_CELERY2DRAMATIQ_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("sc",), ["scan"]),
        (("scan", "--fail-on", "re"), ["review", "rewrite"]),
        (("scan", "--write-b"), ["--write-baseline"]),
        (("explain", "not-i"), ["not-importable", "not-imported"]),
        (("explain", "c2d20"), [f"C2D20{digit}" for digit in range(1, 10)]),
        (("apply", "--accept", "C2D14"), ["C2D147", "C2D148", "C2D149"]),
        (("scan", "--ignore", "not-"), []),
    ],
)
def test_offers(words: tuple[str, ...], offered: list[str]) -> None:
    assert complete(*words) == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_works_in_bash(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name(PROGRAM)
    script = (
        f'eval "$(_CELERY2DRAMATIQ_COMPLETE=bash_source {PROGRAM})"\n'
        f"COMP_WORDS=({PROGRAM} exp); COMP_CWORD=1\n"
        f'_celery2dramatiq_completion {PROGRAM}; echo "${{COMPREPLY[@]}}"\n'
    )
    env = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "explain\n", done.stderr
