"""What reaches a terminal, a pipe, a file: the same lines, and nothing that steers."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from celery2dramatiq.report.terminal import wants_color
from tests.cli.sample import APP, HALF, PACKAGE, SENDS, call, child, project, start, write

SGR = re.compile(rb"\x1b\[[0-9;]*m")
NASTY = {
    **PACKAGE,
    "shop/tasks.py": PACKAGE["shop/tasks.py"].replace("shop.mail", "shop\\x1b[31m[bold]\\n:bug:"),
    "a\x1b[2J[red].py": SENDS.replace(")", ")  # \x1b]0;title\x07\t'\x9b'")
    + "from shop.tasks import mail\nregister(mail)\n",
    "b\xa0\u202egnp.py": "import celery\nprint 1\n",
}


def on_terminal(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, width: int = 80
) -> bytes:
    """What the program sends to a terminal of that width."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        child(*arguments),
        cwd=cwd,
        env={**os.environ, "COLUMNS": str(width), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    read = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not chunk:
            break
        read += chunk
    process.wait()
    os.close(ours)
    return read.replace(b"\r\n", b"\n")


@pytest.fixture
def half(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(root)
    return project(root, HALF)


@pytest.mark.parametrize("command", [("scan", "--show"), ("apply", "--check", "--show")])
@pytest.mark.parametrize("width", [20, 200])
def test_terminal_gets_colours_and_the_same_lines(
    half: Path, command: tuple[str], width: int
) -> None:
    plain = call(*command).stdout_bytes
    colored = on_terminal(*command, cwd=half, width=width)
    assert b"\x1b[" not in plain
    assert colored != plain
    assert SGR.sub(b"", colored) == plain


@pytest.mark.parametrize(
    ("env", "arguments", "colored"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": ""}, [], True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, [], False),
        ({"NO_COLOR": "1"}, ["--color"], True),
        ({"TERM": "dumb"}, [], False),
        ({"TERM": "dumb"}, ["--color"], True),
        ({}, ["--no-color"], False),
    ],
)
def test_colour_on_a_terminal(
    env: dict[str, str], arguments: list[str], colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    option = {"--color": True, "--no-color": False}.get("".join(arguments))
    assert wants_color(option) == colored


@pytest.mark.parametrize(
    ("env", "arguments", "colored"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": ""}, [], False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1"}, ["--no-color"], False),
        ({"FORCE_COLOR": "1"}, ["--output", "../out"], False),
        ({}, ["--color", "--output", "../out"], True),
        ({}, ["--color"], True),
        ({}, ["--color", "--format", "json"], False),
    ],
)
def test_colour_elsewhere(
    half: Path,
    env: dict[str, str],
    arguments: list[str],
    colored: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    printed = call("scan", *arguments).stdout_bytes
    written = Path("../out").read_bytes() if "--output" in arguments else printed
    assert (b"\x1b[" in written) == colored


def test_patch_is_never_coloured(half: Path) -> None:
    plain = call("apply", "--diff").stdout_bytes
    assert plain.startswith(b"diff --git a/shop/app.py b/shop/app.py\n--- a/shop/app.py\n")
    assert call("apply", "--diff", "--color").stdout_bytes == plain
    assert on_terminal("apply", "--diff", cwd=half, env={"FORCE_COLOR": "1"}) == plain


def test_names_and_code_cannot_steer_the_terminal(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(root, NASTY))
    for command in (("scan", "--show"), ("apply", "--check", "--show")):
        result = call(*command, "--color")
        text = SGR.sub(b"", result.stdout_bytes).decode()
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
        assert "a\\x1b[2J[red].py" in text
        assert "shop\\x1b[31m[bold]\\n:bug:" in text
        assert "skipped b\xa0\\u202egnp.py:2: " in text
        assert all(ord(c) >= 32 or c == "\n" for c in result.stderr)
    assert "# \\x1b]0;title\\x07\t'\\x9b'" in call("apply", "--check", "--color").stdout


def test_messages_cannot_steer_the_terminal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(root, {**PACKAGE, "x\x1b[1m.py": SENDS}))
    result = call("apply")
    assert result.exit_code == 4
    assert "x\\x1b[1m.py" in result.stderr
    assert "\x1b" not in result.stderr


def test_undecodable_names_break_neither_text_nor_json(root: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    sends = "def f():\n    from shop.tasks import add\n\n    add.delay(1, 2)\n"
    files = {**PACKAGE, name: sends, os.fsdecode(b"\xff.py"): "import celery\nprint 1\n"}
    write(root, files)
    for command in (("scan",), ("apply", "--check")):
        text = start(*command, "--root", root, cwd=root.parent)
        assert b"skipped \\xff.py:2: " in text.stdout
        result = start(*command, "--format", "json", "--root", root, cwd=root.parent)
        report = json.loads(result.stdout)
        json.dumps(report, ensure_ascii=False).encode()  # no lone surrogate anywhere
        status = {file["path"]: file["status"] for file in report["files"]}
        assert (status["caf\\xe9.py"], status["\\xff.py"]) == ("changed", "skipped")
        assert "caf\\xe9.py" in {site["path"] for site in report["sites"]}


@pytest.mark.parametrize("command", [("scan", "--format", "json"), ("apply", "--check", "--show")])
def test_same_input_same_bytes(root: Path, command: tuple[str]) -> None:
    more = {f"shop/m{n}.py": SENDS + f"register(add)\nadd.apply({n})\n" for n in range(5)}
    write(root, {**HALF, **more, "shop/second.py": APP.replace("app =", "second =")})
    outputs = {
        start(*command, cwd=root, env={"PYTHONHASHSEED": str(seed)}).stdout for seed in range(2)
    }
    assert len(outputs) == 1
