"""Which Python imports the project."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and why it was taken."""

    path: str
    why: str


def choose(root: Path, given: str | None, environ: Mapping[str, str]) -> Interpreter:
    """Return the given one, the project's, the active environment's, or our own.

    Raises ValueError if the given one is none.
    """
    if given is not None:
        found = shutil.which(given) or shutil.which(str(Path(given).absolute()))
        if found is None:
            raise ValueError(f"{given} is no program")
        return Interpreter(found, "--python")
    # A virtual environment's Python is a link: following it would leave the environment.
    for name in (".venv", "venv"):
        if (path := _python(root / name)) is not None:
            return Interpreter(path, f"the project's {name}")
    active = environ.get("VIRTUAL_ENV")
    if active and (path := _python(Path(active))) is not None:
        return Interpreter(path, "the active virtual environment")
    return Interpreter(sys.executable, "celery2dramatiq's own")


def _python(folder: Path) -> str | None:
    path = folder / "bin" / "python"
    return str(path) if os.access(path, os.X_OK) else None
