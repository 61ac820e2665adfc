"""Every write ends in all or none, wherever it is broken."""

import errno
import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import pytest

from celery2dramatiq.files import (
    Change,
    Refused,
    WriteFailed,
    interrupt,
    interrupted,
    journal,
    recover,
    rollback,
    transaction,
    write,
)

Tree = dict[str, bytes]

# What changes the disk; `open` and `close` around it are where a process may end, too.
CALLS = (
    *((os, name) for name in ("open", "write", "close", "fsync", "fchmod")),
    *((Path, name) for name in ("replace", "unlink", "mkdir", "rmdir")),
)

BEFORE = {f"pkg{number % 3}/file{number}.py": b"old %d\r\n" % number for number in range(17)}
EDITED = sorted(BEFORE)[:-1]
DELETED = sorted(BEFORE)[-1]
CREATED = ("new.py", "made/here/x.py", "made/here/y.py")
CHANGES = (
    *(Change(name, BEFORE[name], b"new " * 9 + BEFORE[name]) for name in EDITED),
    Change(DELETED, BEFORE[DELETED], None),
    *(Change(name, None, name.encode()) for name in CREATED),
)
AFTER = {each.path: each.after for each in CHANGES if each.after is not None}
FEW = (CHANGES[0], *CHANGES[-3:-1], Change(DELETED, BEFORE[DELETED], None))
AFTER_FEW = {
    name: data
    for name, data in {**BEFORE, **{each.path: each.after for each in FEW}}.items()
    if data is not None
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder in memory where there is one: a disk takes its time for a replacement."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


@pytest.fixture
def root(folder: Path) -> Path:
    reset(folder / "root")
    return folder / "root"


@pytest.fixture
def state(folder: Path) -> Path:
    return folder / "state"


@pytest.fixture(autouse=True)
def disk_that_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no disk: only the processes end here, and what they wrote is seen by all."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def reset(root: Path) -> None:
    for name in (*CREATED, *BEFORE):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).unlink(missing_ok=True)
    for name, data in BEFORE.items():
        (root / name).write_bytes(data)
    (root / "made" / "here").rmdir()
    (root / "made").rmdir()


def tree(root: Path) -> Tree:
    # Not rglob: this is called a thousand times.
    names = [f"{folder}/{name}" for folder, _, names in os.walk(root) for name in names]
    return {name[len(str(root)) + 1 :]: Path(name).read_bytes() for name in names}


def check_settled(root: Path, state: Path, after: Tree = AFTER) -> bool:
    """Check that all or nothing happened, now or after recover; say whether it was all."""
    pending = interrupted(root, state)
    before = tree(root)
    text = recover(root, state)
    assert (pending is None) == (text is None)
    assert tree(root) in (BEFORE, after)
    assert all(list(each.iterdir()) for each in root.rglob("*") if each.is_dir())
    if pending is None:
        assert tree(root) == before
    else:
        assert tree(root) == BEFORE
    check_clean(state)
    assert recover(root, state) is None
    return tree(root) == after


def check_clean(state: Path) -> None:
    """Check that nothing is left; an end around the lock itself leaves that, empty."""
    assert not state.exists() or [each.name for each in state.iterdir()] in ([], ["lock"])


class Counter:
    """Stands before the calls that change the disk, and acts at one of them."""

    def __init__(self, at: int, act: Callable[[str, tuple[Any, ...]], None]) -> None:
        self.count = 0
        self.at = at
        self.act = act
        self.plain = {name: getattr(place, name) for place, name in CALLS}

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        for place, name in CALLS:
            patch.setattr(place, name, self.counted(name))

    def counted(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                self.act(name, arguments)
            return self.plain[name](*arguments, **options)

        return call

    def kill(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "write":  # half of it arrives
            self.plain["write"](arguments[0], bytes(arguments[1])[:5])
        os.kill(os.getpid(), signal.SIGKILL)


def in_child(action: Callable[[], object]) -> int:
    """Run an action in a child process and return how that ended, as `wait` says it."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    code = 1
    try:
        gc.disable()  # it would copy the parent's memory
        action()
        code = 0
    except BaseException:  # noqa: BLE001 - the parent sees the code, a reader the traceback
        traceback.print_exc()
    finally:
        os._exit(code)


def killed_at(at: int, action: Callable[[], object]) -> bool:
    """Run an action in a child that kills itself at its at-th call; say whether it came to it."""
    with pytest.MonkeyPatch.context() as patch:
        counter = Counter(at, lambda name, arguments: counter.kill(name, arguments))
        counter.patch(patch)
        status = in_child(action)
    assert status in (0, signal.SIGKILL)
    return status != 0


def test_kill_9_at_every_call(root: Path, state: Path) -> None:
    at, ends = 1, []
    while killed_at(at, lambda: write(root, CHANGES, state)):
        ends.append(check_settled(root, state))
        if ends[-1]:
            reset(root)
        at += 1
    assert tree(root) == AFTER
    assert ends == sorted(ends)  # up to one call none, from there on all
    assert len(ends) > 200
    assert sum(ends) > 5


def test_kill_9_at_every_call_of_the_recovery(root: Path, state: Path) -> None:
    calls = 0
    while True:
        # In the middle of the replacements, where the recovery has something to do.
        assert killed_at(185, lambda: write(root, CHANGES, state))
        assert tree(root) not in (BEFORE, AFTER)
        calls += 3
        if not killed_at(calls, lambda: recover(root, state)):
            break
        check_settled(root, state)
        assert tree(root) == BEFORE
    assert tree(root) == BEFORE
    assert calls > 50


def fail(number: int) -> Callable[[str, tuple[Any, ...]], NoReturn]:
    def act(name: str, arguments: tuple[Any, ...]) -> NoReturn:
        if name == "close":  # also where it fails
            os.closerange(arguments[0], arguments[0] + 1)
        raise OSError(number, os.strerror(number))

    return act


def write_failing(root: Path, state: Path, counter: Counter) -> Exception | None:
    with pytest.MonkeyPatch.context() as patch:
        counter.patch(patch)
        try:
            write(root, FEW, state)
        except (Refused, WriteFailed) as error:
            return error
    return None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_call_that_fails(root: Path, state: Path, number: int) -> None:
    at, kinds = 1, set()
    while True:
        counter = Counter(at, fail(number))
        error = write_failing(root, state, counter)
        if counter.count < at:
            break
        kinds.add(type(error))
        if error is not None:
            assert tree(root) == BEFORE
            assert os.strerror(number) in str(error)
        elif tree(root) == AFTER_FEW:
            reset(root)
        assert interrupted(root, state) is None
        recover(root, state)
        check_clean(state)
        at += 1
    assert kinds == {Refused, WriteFailed, type(None)}
    assert at > 50


def test_calls_that_fail_from_one_on(root: Path, state: Path) -> None:
    class Broken(Counter):
        def counted(self, name: str) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                self.count += 1
                if self.count >= self.at and name != "close":
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                return self.plain[name](*arguments, **options)

            return call

    at, doubled = 1, 0
    while True:
        counter = Broken(at, fail(errno.EIO))
        error = write_failing(root, state, counter)
        if counter.count < at:
            break
        if error is None:
            assert tree(root) == AFTER_FEW
        elif "rolling back failed" in str(error):
            doubled += 1
            assert f"the originals are in {state / 'originals'}, and the next run" in str(error)
            assert interrupted(root, state) is not None
        else:
            assert tree(root) == BEFORE
        check_settled(root, state, AFTER_FEW)
        reset(root)
        at += 1
    assert doubled > 10


def lines_of_a_write(act: Callable[[int], None]) -> Callable[..., Any]:
    """Call `act` with the number of each line of this package that runs."""
    package = str(Path(transaction.__file__).parent)
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(package):
            return None
        if event == "line":
            count += 1
            act(count)
        return trace

    return trace


def interrupted_at_line(at: int, root: Path, state: Path) -> int:
    """Run a write in a child that gets SIGINT at a line; check the end there."""

    def act(count: int) -> None:
        if count == at:
            signal.raise_signal(signal.SIGINT)

    def run() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.settrace(lines_of_a_write(act))
        try:
            write(root, FEW, state)
        except KeyboardInterrupt:
            sys.settrace(None)
            assert tree(root) in (BEFORE, AFTER_FEW)
            check_settled(root, state, AFTER_FEW)
            os._exit(2)
        finally:
            sys.settrace(None)

    return os.waitstatus_to_exitcode(in_child(run))


def test_ctrl_c_at_many_lines(root: Path, state: Path) -> None:
    at = 1
    codes: list[int] = []
    while not codes or codes[-1] != 0:
        codes.append(interrupted_at_line(at, root, state))
        reset(root)
        at += 7
    assert set(codes) == {0, 2}
    assert len(codes) > 60


def signalled(root: Path, entry: journal.Entry, change: Change) -> None:
    if entry.path == CHANGES[9].path:
        signal.raise_signal(signal.SIGINT)
    PLAIN_REPLACE(root, entry, change)


PLAIN_REPLACE = transaction._replace


def test_ctrl_c_rolls_back(root: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "_replace", signalled)
    with pytest.raises(KeyboardInterrupt):
        write(root, CHANGES, state)
    assert tree(root) == BEFORE
    assert not state.exists()


def test_ctrl_c_again_does_not_stop_the_way_back(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def undo(root: Path, state: Path, saved: journal.Journal) -> str:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.raise_signal(each)
        return rollback.roll_back(root, state, saved)

    monkeypatch.setattr(transaction, "_replace", signalled)
    monkeypatch.setattr(transaction, "roll_back", undo)
    with pytest.raises(KeyboardInterrupt):
        write(root, CHANGES, state)
    assert tree(root) == BEFORE
    assert not state.exists()


def test_ctrl_c_before_the_manifest_and_after_it(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clear(state: Path) -> None:
        if (state / "originals").exists():  # the commit is made
            signal.raise_signal(signal.SIGINT)
        plain(state)

    plain = journal.clear
    with monkeypatch.context() as patch:
        patch.setattr(journal, "close", lambda state: journal.original(state, "x").write_bytes(b""))
        patch.setattr(journal, "save", lambda *arguments: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            write(root, CHANGES, state)
        assert tree(root) == BEFORE
    monkeypatch.setattr(journal, "clear", clear)
    with pytest.raises(KeyboardInterrupt):
        write(root, CHANGES, state)
    assert tree(root) == AFTER


def test_an_error_of_ours_is_rolled_back_and_goes_on(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(root: Path, entry: journal.Entry, change: Change) -> None:
        if entry.path == CHANGES[9].path:
            raise MemoryError
        PLAIN_REPLACE(root, entry, change)

    monkeypatch.setattr(transaction, "_replace", replace)
    with pytest.raises(MemoryError):
        write(root, CHANGES, state)
    assert tree(root) == BEFORE
    assert not state.exists()


def test_in_another_thread(root: Path, state: Path) -> None:
    thread = threading.Thread(target=write, args=(root, CHANGES, state))
    thread.start()
    thread.join()
    assert tree(root) == AFTER


def test_handlers_are_put_back(root: Path, state: Path) -> None:
    def mine(number: int, frame: FrameType | None) -> None:
        pytest.fail("no signal was sent")

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(each) for each in numbers]
    write(root, CHANGES, state)
    assert [signal.getsignal(each) for each in numbers] == before
    old = signal.signal(signal.SIGTERM, mine)
    try:
        with interrupt.raised():
            assert signal.getsignal(signal.SIGTERM) is mine
        with interrupt.ignored():
            assert signal.getsignal(signal.SIGTERM) is not mine
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, old)


# Writes 20 files, stopping before the tenth replacement until a signal comes.
STOPPING = """
import signal
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import test_files_interruption as here
from celery2dramatiq.files import transaction

def replace(root, entry, change):
    if entry.path == here.CHANGES[9].path:
        print("here", flush=True)
        time.sleep(5)
    here.PLAIN_REPLACE(root, entry, change)

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests were started with
transaction._replace = replace
try:
    transaction.write(Path(sys.argv[1]), here.CHANGES, Path(sys.argv[2]))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def process(root: Path, state: Path) -> Iterator[subprocess.Popen[str]]:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", STOPPING, str(root), str(state), here]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        assert tree(root) not in (BEFORE, AFTER)
        yield child


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_gets_a_signal_rolls_back(
    root: Path, state: Path, process: subprocess.Popen[str], number: int
) -> None:
    process.send_signal(number)
    assert process.wait() == 130
    assert tree(root) == BEFORE
    assert not state.exists()


def test_a_process_that_is_killed_is_recovered_by_the_next(
    root: Path, state: Path, process: subprocess.Popen[str]
) -> None:
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert interrupted(root, state) is not None
    script = "import sys; from pathlib import Path; from celery2dramatiq.files import recover;"
    script += "print(recover(Path(sys.argv[1]), Path(sys.argv[2])))"
    command = [sys.executable, "-c", script, str(root), str(state)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "An interrupted write of 20 files was rolled back.\n"
    assert tree(root) == BEFORE
    assert not state.exists()
