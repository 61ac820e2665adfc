import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from celery2dramatiq.files import Change, Refused, interrupted, lock, recover, write

BUSY = "another celery2dramatiq is writing into this project right now"

# Writes a.py, stopping between the replacement and the commit until a line comes in.
WAITING = """
import sys
from pathlib import Path
from celery2dramatiq.files import Change, transaction

def wait(root, saved):
    print("here", flush=True)
    sys.stdin.readline()

transaction.sync_folders = wait
transaction.write(Path(sys.argv[1]), [Change("a.py", b"a", b"A")], Path(sys.argv[2]))
"""

# Adds one to a number, again and again, where no other process is at it.
COUNTING = """
import sys
from pathlib import Path
from celery2dramatiq.files import Change, Refused, write

root, state = Path(sys.argv[1]), Path(sys.argv[2])
done = 0
while done < 20:
    old = (root / "number").read_bytes()
    try:
        write(root, [Change("number", old, b"%d" % (int(old) + 1))], state)
        done += 1
    except Refused:
        pass
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.py").write_bytes(b"a")
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def start(script: str, root: Path, state: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, str(root), str(state)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def writer(root: Path, state: Path) -> Iterator[subprocess.Popen[str]]:
    with start(WAITING, root, state) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        yield process


def test_one_process_at_a_time(root: Path, state: Path, writer: subprocess.Popen[str]) -> None:
    assert interrupted(root, state) == f"{BUSY}."
    with pytest.raises(Refused, match=BUSY):
        write(root, [Change("a.py", b"A", b"B")], state)
    with pytest.raises(Refused, match=BUSY):
        recover(root, state)
    writer.communicate("\n")
    assert writer.returncode == 0
    assert (root / "a.py").read_bytes() == b"A"
    assert not state.exists()


def test_the_lock_of_a_killed_process_is_free(
    root: Path, state: Path, writer: subprocess.Popen[str]
) -> None:
    writer.kill()
    assert writer.wait() == -signal.SIGKILL
    text = interrupted(root, state)
    assert text is not None
    assert text.startswith("An earlier write of 1 file (a.py) was interrupted")
    assert recover(root, state) is not None
    assert (root / "a.py").read_bytes() == b"a"
    assert not state.exists()


def test_four_processes_count(root: Path, state: Path) -> None:
    (root / "number").write_bytes(b"0")
    processes = [start(COUNTING, root, state) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    for process in processes:
        process.communicate()
    assert (root / "number").read_bytes() == b"80"
    assert not state.exists()


def test_a_lock_that_its_holder_took_along_is_none(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(descriptor: int, operation: int) -> None:
        taken.append(operation)
        if len(taken) == 1:  # the holder before ends here, just in time
            (state / "lock").unlink()
        if len(taken) == 2:
            (state / "lock").rename(state / "old")
            (state / "lock").touch()

    taken: list[int] = []
    monkeypatch.setattr(fcntl, "flock", take)
    with lock.locked(state):
        assert len(taken) == 3
        (state / "old").unlink()
    assert not state.exists()


def test_a_folder_that_its_holder_took_along(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(path: Path, flags: int, mode: int = 0o777) -> int:
        tries.append(path)
        if len(tries) < limit:
            state.rmdir()
        return plain(path, flags, mode)

    plain = os.open
    tries: list[Path] = []
    limit = 3
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", opened)
        with lock.locked(state):
            assert len(tries) == 3
        limit = 1000
        with pytest.raises(Refused, match=BUSY), lock.locked(state):
            pytest.fail("there was no lock")
    assert not state.exists()


def test_a_file_system_without_locks(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    write(root, [Change("a.py", b"a", b"A")], state)
    assert (root / "a.py").read_bytes() == b"A"


def test_no_lock_file_is_no_lock(state: Path) -> None:
    assert not lock.busy(state)
