"""Calls in processes of their own, where one that crashes or hangs costs one input."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

from celery2dramatiq.stack import deep

I = TypeVar("I")  # noqa: E741 - what goes in
O = TypeVar("O")  # noqa: E741 - and what comes out

# A forked worker has what was read and imported before, and starts in milliseconds.
_FORK = multiprocessing.get_context("fork")


class Lost(Exception):
    """Why there is no answer for one input: its worker died, or took too long."""


class Remote(Exception):
    """Where in the worker an exception was raised: its traceback there."""


def isolated(
    function: Callable[[I], O],
    inputs: Sequence[I],
    seconds: Callable[[I], float],
    processes: int = 0,
) -> list[O | Lost]:
    """Call a function with each input, in worker processes; return the answers in that order.

    seconds: how long an input may take. processes: how many work at a time, 0 for as many as this
    process may use. What its worker dies of is tried once more, alone, since it may have been the
    neighbours' memory. Raises what the function raises, and OSError if no process can be made.
    """
    with _crew(function, inputs, seconds) as crew:
        answers = crew.work(range(len(inputs)), processes or _processors())
        dead = [number for number, answer in answers.items() if isinstance(answer, _Died)]
        answers |= crew.work(dead, 1)
    return [_given(answers[number]) for number in range(len(inputs))]


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def _given(answer: O | Lost | _Raised) -> O | Lost:
    if isinstance(answer, _Raised):
        raise answer.error from Remote(answer.trace)
    return answer


class _Died(Lost):
    """It may go better next time."""


@dataclass(frozen=True)
class _Raised:
    """What the function raised; the first in the order of the inputs is raised again."""

    error: Exception
    trace: str


class _Worker:
    """A process that answers, and what it is at."""

    def __init__(self, serve: Callable[[Connection], None], others: Iterable[Connection]) -> None:
        self.connection, there = _FORK.Pipe()
        # While a worker holds the near end of a pipe, its far end never sees us end.
        inherited = [self.connection, *others]
        self.process = _FORK.Process(target=_start, args=(serve, there, inherited), daemon=True)
        self.process.start()
        there.close()
        self.number = -1
        self.deadline = 0.0

    def give(self, number: int, seconds: float) -> None:
        """Let it begin with an input."""
        self.number, self.deadline = number, time.monotonic() + seconds
        with suppress(OSError):  # it is dead: whoever reads its answer will see
            self.connection.send(number)

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def leave(self) -> None:
        """Let it end by itself, since it has nothing to do."""
        self.connection.close()
        self.process.join(1)
        self.process.kill()
        self.process.join()

    def why(self) -> str:
        """Say what it died of."""
        self.process.join()
        code = self.process.exitcode or 0
        return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


class _Crew(Generic[I, O]):
    """The workers of one call."""

    def __init__(
        self, function: Callable[[I], O], inputs: Sequence[I], seconds: Callable[[I], float]
    ) -> None:
        self.function, self.inputs, self.seconds = function, inputs, seconds
        self.idle: list[_Worker] = []
        self.busy: list[_Worker] = []

    def work(self, numbers: Iterable[int], processes: int) -> dict[int, O | Lost | _Raised]:
        """Answer some inputs, so many at a time."""
        waiting = deque(numbers)
        answers: dict[int, O | Lost | _Raised] = {}
        while waiting or self.busy:
            while waiting and len(self.busy) < processes:
                worker = self.idle.pop() if self.idle else self._hire()
                self.busy.append(worker)
                worker.give(waiting[0], self.seconds(self.inputs[waiting.popleft()]))
            for worker in self._ready():
                self.busy.remove(worker)
                answers[worker.number] = self._answer(worker)
        return answers

    def _hire(self) -> _Worker:
        return _Worker(self._serve, [worker.connection for worker in (*self.idle, *self.busy)])

    def _ready(self) -> list[_Worker]:
        """Wait for those that answered, died, or had their time."""
        first = min(worker.deadline for worker in self.busy)
        done = wait([worker.connection for worker in self.busy], max(0.0, first - time.monotonic()))
        now = time.monotonic()
        return [w for w in self.busy if w.connection in done or w.deadline <= now]

    def _answer(self, worker: _Worker) -> O | Lost | _Raised:
        """Take the answer, and keep the worker or end it."""
        if not worker.connection.poll():
            worker.end()
            allowed = self.seconds(self.inputs[worker.number])
            return Lost(f"it took longer than {allowed:g} s")
        try:
            answer: O | _Raised = worker.connection.recv()
        except (EOFError, OSError):
            reason = worker.why()
            worker.end()
            return _Died(f"the process that worked on it was {reason}, twice")
        self.idle.append(worker)
        return answer

    def _serve(self, connection: Connection) -> None:
        while True:
            try:
                number = connection.recv()
            except EOFError:
                return
            connection.send(_call(self.function, self.inputs[number]))


@contextmanager
def _crew(
    function: Callable[[I], O], inputs: Sequence[I], seconds: Callable[[I], float]
) -> Iterator[_Crew[I, O]]:
    crew = _Crew(function, inputs, seconds)
    try:
        yield crew
    finally:
        for worker in crew.idle:
            worker.leave()
        for worker in crew.busy:
            worker.end()


# -- in the worker


def _start(
    serve: Callable[[Connection], None], connection: Connection, inherited: Iterable[Connection]
) -> None:
    # Ctrl-C reaches every process of the terminal; we are ended by whom we work for.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in inherited:
        each.close()
    deep(lambda: serve(connection))


def _call(function: Callable[[I], O], given: I) -> O | _Raised:
    try:
        return function(given)
    except Exception as error:  # noqa: BLE001 - it is raised again where the call came from
        return _Raised(error, traceback.format_exc())
