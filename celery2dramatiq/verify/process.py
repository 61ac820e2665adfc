"""The child process: started, waited for, ended; and what it has written down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHILD = Path(__file__).parent / "child"
# The packages around the child need not be importable in the project's interpreter.
_BOOT = """\
import importlib.util, os, sys
name, (folder, job) = "celery2dramatiq.verify.child", sys.argv[1:]
place = os.path.join(folder, "__init__.py")
spec = importlib.util.spec_from_file_location(name, place, submodule_search_locations=[folder])
child = sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(child)
child.main(job)
"""
_TAIL = 15  # lines of what the project has printed
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What the child has told. end: `end`, `died` or `timeout`. code: how it exited, if it did."""

    events: tuple[Event, ...]
    end: str
    code: int | None
    output: str

    def all(self, kind: str) -> list[Event]:
        """Return the events of one kind."""
        return [event for event in self.events if event["event"] == kind]

    def last(self, kind: str) -> Event | None:
        """Return the last event of a kind."""
        return next(iter(reversed(self.all(kind))), None)


def run(
    python: str, root: Path, job: Mapping[str, Any], env: Mapping[str, str], timeout: float
) -> Told:
    """Have the project's interpreter do one job. timeout: in seconds. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="celery2dramatiq-") as name:
        folder = Path(name)
        events, output = folder / "events", folder / "output"
        events.touch()
        (folder / "job").write_text(json.dumps({**job, "events": str(events)}))
        command = [python, "-c", _BOOT, str(CHILD), str(folder / "job")]
        with output.open("wb") as file:
            end, code = _wait(command, root, env, file.fileno(), timeout)
        told = tuple(_read(events))
        if end == "end" and not any(event["event"] == "end" for event in told):
            end = "died"
        return Told(told, end, code, _tail(output))


def _wait(
    command: list[str], root: Path, env: Mapping[str, str], output: int, timeout: float
) -> tuple[str, int | None]:
    child = subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, **env, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,  # so that what it starts can be ended with it
    )
    with _ended(child):
        try:
            return "end", child.wait(timeout)
        except subprocess.TimeoutExpired:
            return "timeout", None


@contextmanager
def _ended(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the child in any case, with everything that it has started."""
    try:
        yield
    finally:
        with suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _read(path: Path) -> Iterator[Event]:
    for line in path.read_bytes().splitlines():
        with suppress(ValueError):  # cut off
            yield json.loads(line)


def _tail(path: Path) -> str:
    text = path.read_bytes().decode("utf-8", "replace")
    return "\n".join([line for line in text.splitlines() if line.strip()][-_TAIL:])
