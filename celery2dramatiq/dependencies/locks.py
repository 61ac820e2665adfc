"""Lock files: made by a program from what people write, and made anew by it."""

from __future__ import annotations

COMMANDS = {
    "poetry.lock": "poetry lock",
    "uv.lock": "uv lock",
    "Pipfile.lock": "pipenv lock",
    "pdm.lock": "pdm lock",
    "conda-lock.yml": "conda-lock",
    "pixi.lock": "pixi lock",
    "pylock.toml": "uv export -o pylock.toml",
}


def command(path: str) -> str:
    """Return the command that makes a lock file anew; "" if the file is none."""
    return COMMANDS.get(path.rpartition("/")[2], "")
