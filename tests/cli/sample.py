"""Small projects, and the program run on them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from celery2dramatiq.cli import main

Files = Mapping[str, "str | bytes"]

APP = 'from celery import Celery\n\napp = Celery("shop", broker="redis://localhost:6379/0")\n'
TASKS = (
    "from shop.app import app\n\n\n@app.task\ndef add(x, y):\n    return x + y\n\n\n"
    '@app.task(name="shop.mail")\ndef mail(to):\n    print(to)\n'
)
SENDS = "from shop.tasks import add\n\nadd.delay(1, 2)\n"
PACKAGE = {"shop/__init__.py": "", "shop/app.py": APP, "shop/tasks.py": TASKS}

# Everything moves.
WHOLE = {**PACKAGE, "shop/views.py": SENDS, "notes.txt": "No Python.\n"}
# What `register` does with the task cannot be told, so the task stays.
HALF = {**WHOLE, "shop/hooks.py": "from shop.tasks import mail\n\nregister(mail)\n"}
# A file that mentions Celery and is no Python.
BROKEN = {**WHOLE, "shop/old.py": "import celery\nprint 'Python 2'\n"}
# Nothing moves.
NONE = {**PACKAGE, "hooks.py": "from shop.tasks import add, mail\n\nregister(add, mail)\n"}


def write(folder: Path, files: Files) -> Path:
    """Write the files, and return their folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git; fails with what it said."""
    command = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost", *arguments]
    result = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def commit(folder: Path) -> Path:
    """Put everything into a git repository, and return the folder."""
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "all")
    return folder


def project(folder: Path, files: Files = WHOLE) -> Path:
    """Write a project and commit it."""
    return commit(write(folder, files))


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file with its bytes, but for git's own."""
    paths = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(paths)}


def call(*arguments: str | Path) -> Result:
    """Run the program in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def start(
    *arguments: str | Path, cwd: Path, first: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own; `first` is code that runs before."""
    return subprocess.run(
        child(*arguments, first=first),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def child(*arguments: str | Path, first: str = "") -> list[str]:
    """Return the command line of `start`."""
    code = f"{first}\nfrom celery2dramatiq.cli import main\nmain(prog_name='celery2dramatiq')"
    return [sys.executable, "-c", code, *map(str, arguments)]
