"""One run: a copy of a project, its workers, its driver, and what comes of it."""

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import redis
from celery import Celery  # type: ignore[import-untyped]

from bench.case import Case
from bench.environment import environment
from bench.outcome import Outcome, Waiting, celery_given_up, celery_received
from bench.processes import Process, Processes, wait_until
from bench.redis_server import RedisServer
from bench.report import Command
from bench.tree import redirect

SETTLE = 0.4  # how long it must be quiet after the last expected event
PATIENCE = 2.5  # how long it must be quiet before an expected event is given up

_READY = re.compile(r"\bready(\.| for action)")
_URLS = {"redis": "redis://localhost:6379/0", "rabbitmq": "amqp://guest:guest@localhost:5672//"}


class Broker(Protocol):
    """A server with queues; `pause` is for how long to leave it alone between two looks."""

    pause: float

    def waiting(self) -> list[Waiting]:
        """The messages that nobody has finished, dead letters excepted."""

    def dead(self) -> list[str]:
        """The tasks of the dead letters."""


@dataclass(frozen=True)
class Roles:
    """The commands of one system, or of both while a project is half moved."""

    worker: Command | None = None
    scheduler: Command | None = None
    celery_worker: Command | None = None
    celery_scheduler: Command | None = None

    @property
    def env(self) -> Mapping[str, str]:
        """The variables for the programs that send."""
        return self.worker.env if self.worker else {}


class Run:
    """Runs a project once; `root` is its copy, already redirected to the private servers."""

    def __init__(
        self,
        system: str,
        case: Case,
        root: Path,
        *,
        processes: Processes,
        redis: RedisServer,
        broker: Broker,
        ports: Mapping[str, int],
    ) -> None:
        self._system = system
        self._case = case
        self.root = root
        self._processes = processes
        self._redis = redis
        self._broker = broker
        self.ports = ports
        self._running: dict[str, Process] = {}
        self._commands: dict[str, Command] = {}
        self._logs: dict[str, Path] = {}
        self._troubles: list[str] = []
        self._celery: Any = None

    def outcome(self, roles: Roles) -> Outcome:
        """Start the workers, drive them, wait until nothing is left to do, end them."""
        try:
            if self._case.drive_first:
                self._drive(roles.env)
            self._start_workers(roles)
            if not self._case.drive_first:
                self._drive(roles.env)
            self._start_schedulers(roles)
            self._wait()
            return self._collect()
        finally:
            for role in list(self._running):
                self._stop(role)
            if self._celery:
                self._celery.close()

    def _start_workers(self, roles: Roles) -> None:
        self._start("worker", roles.worker)
        self._start("celery worker", roles.celery_worker)
        if roles.celery_worker and self._case.broker in _URLS:  # SQS tells nothing of workers
            url = redirect(_URLS[self._case.broker], self.ports)
            self._celery = Celery("bench", broker=url, set_as_current=False)
        started = list(self._running.values())
        wait_until(lambda: all(_ready_or_dead(process) for process in started), 15)

    def _start_schedulers(self, roles: Roles) -> None:
        self._start("scheduler", roles.scheduler)
        self._start("celery scheduler", roles.celery_scheduler)

    def _start(self, role: str, command: Command | None) -> None:
        if command:
            log = self.root.with_name(f"{self.root.name}-{role.replace(' ', '-')}.log")
            env = environment({**self._case.env, **command.env}, self.ports)
            process = self._processes.start(command.command, cwd=self.root, env=env, log=log)
            self._running[role] = process
            self._commands[role] = command
            self._logs[role] = log

    def _stop(self, role: str) -> None:
        self._processes.stop(self._running.pop(role))

    def _drive(self, env: Mapping[str, str]) -> None:
        if not self._case.drive:
            return
        self._start("drive", Command(self._case.drive, env))
        driver = self._running["drive"]
        code = driver.wait(self._case.timeout)
        self._stop("drive")
        if code != 0:
            ended = "does not end" if code is None else f"ended with {code}"
            self._troubles.append(f"`{self._case.drive}` {ended}:\n{_tail(driver)}")

    def _wait(self) -> None:
        """Wait until all has been seen and nothing is left to do, or nothing more can come."""
        schedulers = [role for role in self._running if role.endswith("scheduler")]
        if schedulers:
            wait_until(lambda: self._enough() or bool(self._ended()), self._case.timeout)
        for role in schedulers:
            if role not in self._ended():
                self._stop(role)
        deadline = time.monotonic() + self._case.timeout
        quiet_since, before = time.monotonic(), -1
        while time.monotonic() < deadline:
            if self._ended() and not self._case.supervised:
                return
            self._supervise()
            seen = len(self._redis.events(self._case.trace))
            if seen != before or not self._idle():
                quiet_since, before = time.monotonic(), seen
            needed = SETTLE if self._enough() else PATIENCE
            if time.monotonic() - quiet_since >= needed:
                return
            time.sleep(self._broker.pause)

    def _supervise(self) -> None:
        """Start a worker that has ended again, as a service manager does, if the case says so."""
        for role in self._ended() if self._case.supervised else ():
            self._stop(role)
            self._start(role, self._commands[role])

    def _enough(self) -> bool:
        events = self._redis.events(self._case.trace)
        if self._case.beat:  # a schedule goes on: how often is a matter of chance, what is not
            return self._case.enough(
                Counter({event.key(): event.name for event in events}.values())
            )
        return self._case.enough(Counter(event.name for event in events))

    def _ended(self) -> list[str]:
        """The programs that have ended by themselves, which none should."""
        running = self._running.items()
        return [role for role, process in running if process.exit_code is not None]

    def _idle(self) -> bool:
        """Whether no message is left and no worker is at work.

        Dramatiq acknowledges a message after the task, Celery before: there only the worker knows.
        A worker of one thread does not answer while it works.
        """
        if self._waiting():
            return False
        if not self._celery:
            return True
        try:
            replies = self._celery.control.inspect(timeout=1, limit=1).active()
        except redis.ConnectionError:  # one that kombu had kept: the next look makes another
            return False
        return bool(replies) and not any(replies.values()) and not self._waiting()

    def _waiting(self) -> bool:
        """Whether a message is left that is not announced to stay."""
        announced = self._case.left_in(self._system)
        return any(message.place not in announced for message in self._broker.waiting())

    def _collect(self) -> Outcome:
        for role in () if self._case.supervised else self._ended():
            process = self._running[role]
            trouble = f"the {role} ended with {process.exit_code}:\n{_tail(process)}"
            self._troubles.append(trouble)
        celery = self._logs.get("celery worker")
        celery_log = celery.read_text(encoding="utf-8", errors="replace") if celery else ""
        return Outcome(
            system=self._system,
            events=tuple(self._redis.events(self._case.trace)),
            waiting=tuple(self._broker.waiting()),
            given_up=tuple(sorted([*celery_given_up(celery_log), *self._broker.dead()])),
            on_celery=celery_received(celery_log),
            troubles=tuple(self._troubles),
            root=self.root,
            logs=self._logs,
        )


def _ready_or_dead(process: Process) -> bool:
    return process.exit_code is not None or bool(_READY.search(process.output()))


def _tail(process: Process, lines: int = 15) -> str:
    """The end of a log."""
    return "\n".join(f"    {line}" for line in process.output().splitlines()[-lines:])
