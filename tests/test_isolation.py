"""One input that crashes, hangs or fails costs nothing but its own answer."""

import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from celery2dramatiq import isolation
from celery2dramatiq.isolation import Lost, Remote, isolated
from celery2dramatiq.stack import with_room


def said(answers: list[int | Lost]) -> list[int | str]:
    return [str(each) if isinstance(each, Lost) else each for each in answers]


def segmentation_fault() -> None:
    faulthandler.disable()  # pytest's would print where
    signal.raise_signal(signal.SIGSEGV)


def minute(number: int) -> float:
    return 60.0


@pytest.mark.parametrize("processes", [0, 1, 3])
def test_answers_in_the_order_of_the_inputs(processes: int) -> None:
    def square(number: int) -> int:
        time.sleep(0.05 if number == 0 else 0)
        return number * number

    assert isolated(square, range(7), minute, processes) == [0, 1, 4, 9, 16, 25, 36]


def test_nothing_to_do_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("a process was started"))
    assert isolated(abs, [], minute) == []


def test_work_is_done_elsewhere_and_by_as_many_as_were_asked_for() -> None:
    def who(number: int) -> int:
        time.sleep(0.1)
        return os.getpid()

    pids = isolated(who, range(6), minute, 2)
    assert len(set(pids)) == 2
    assert os.getpid() not in pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(str(pid)), 0)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (segmentation_fault, "ended by SIGSEGV"),
        (lambda: signal.raise_signal(signal.SIGKILL), "ended by SIGKILL"),
        (lambda: os._exit(3), "ended with 3"),
    ],
)
def test_a_dead_worker_costs_one_input(end: Callable[[], None], reason: str) -> None:
    def work(number: int) -> int:
        if number == 2:
            end()
        return number

    lost = f"the process that worked on it was {reason}, twice"
    assert said(isolated(work, range(5), minute, 2)) == [0, 1, lost, 3, 4]


def test_what_died_among_others_is_tried_again_alone(tmp_path: Path) -> None:
    def work(number: int) -> int:
        if number == 1 and not (tmp_path / "tried").exists():
            (tmp_path / "tried").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    assert isolated(work, range(3), minute, 3) == [0, 1, 2]


def test_a_worker_that_dies_between_two_inputs_costs_none() -> None:
    def work(number: int) -> int:
        if number == 1:
            threading.Timer(0.05, os._exit, [1]).start()
        time.sleep(0.1 if number == 0 else 0)
        return number

    assert isolated(work, range(4), minute, 2) == [0, 1, 2, 3]


def test_what_takes_too_long_is_ended() -> None:
    def work(number: int) -> int:
        while number == 1:
            time.sleep(1)
        return number

    def seconds(number: int) -> float:
        return 0.5 if number == 1 else 60

    started = time.monotonic()
    expected = [0, "it took longer than 0.5 s", 2, 3]
    assert said(isolated(work, range(4), seconds, 2)) == expected
    assert time.monotonic() - started < 20


def test_the_first_error_is_raised_with_its_place() -> None:
    def work(number: int) -> int:
        time.sleep(0.2 if number == 1 else 0)
        if number:
            raise ValueError(f"no {number}")
        return number

    with pytest.raises(ValueError, match="no 1") as caught:
        isolated(work, range(4), minute, 3)
    assert isinstance(caught.value.__cause__, Remote)
    assert "in work" in str(caught.value.__cause__)


def test_deep_recursion_has_room() -> None:
    def down(number: int) -> int:
        return number and 1 + down(number - 1)

    assert isolated(down, [50_000], minute) == [50_000]
    assert with_room(lambda: down(50_000)) == 50_000
    assert with_room(lambda: down(5)) == 5
    assert sys.getrecursionlimit() < 50_000


def test_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3}, raising=False)
    assert isolation._processors() == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert isolation._processors() == 5


ORPHANS = r"""
import os, sys, time
from celery2dramatiq.isolation import isolated
def work(number):
    os.write(1, b'%d\n' % os.getpid())
    time.sleep(0.5)
isolated(work, range(9), lambda number: 60.0, 3)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_worker_outlives_its_parent(number: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    pids = [int(parent.stdout.readline()) for _ in range(3)]
    parent.send_signal(number)
    assert parent.wait(20) != 0
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
