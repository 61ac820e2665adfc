"""Child processes, each in a group of its own, so that none is left behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

# As the first import found it: pytest writes to `os.environ` while threads start processes.
INHERITED = dict(os.environ)
# Kills the groups that are still running when the pipe to it closes: also after kill -9 of pytest.
_GUARD = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


class Process:
    """A running command with its log."""

    def __init__(
        self, command: str | Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                shell=isinstance(command, str),
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._popen.poll()

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait(self, timeout: float) -> int | None:
        """The exit code, or None if it still runs after `timeout` seconds."""
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End it and all its children at once."""
        with contextlib.suppress(ProcessLookupError):  # the whole group has ended by itself
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


class Processes:
    """Starts commands and ends all of them, whatever happens to this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, Process] = {}
        self._closed = False

    def __enter__(self) -> "Processes":
        self._guard = subprocess.Popen(
            [sys.executable, "-c", _GUARD], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._closed = True
        for process in list(self._running.values()):
            self.stop(process)
        assert self._guard.stdin
        self._guard.stdin.close()
        self._guard.wait()

    def start(
        self, command: str | Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
    ) -> Process:
        """Start a command in a session of its own; a string is run by the shell."""
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the bench has been closed, and does not start {command}")
            process = Process(command, cwd=cwd, env=env, log=log)
            self._tell_guard(f"+{process.pid}")
            self._running[process.pid] = process
        return process

    def stop(self, process: Process) -> None:
        """End the process and its children; again does no harm."""
        with self._lock:
            if self._running.pop(process.pid, None) is None:
                return  # the number may be another process's by now
            process.kill()
            self._tell_guard(f"-{process.pid}")

    def _tell_guard(self, line: str) -> None:
        assert self._guard.stdin
        self._guard.stdin.write(line + "\n")
        self._guard.stdin.flush()


def free_port() -> int:
    """A port nobody listens on just now; whoever wants it must be ready to try again."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], timeout: float, pause: float = 0.05) -> bool:
    """Poll until the condition holds; whether it did within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
