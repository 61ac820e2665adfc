"""Both runs of a case, side by side, and the verdict."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench import compare, ways
from bench.case import TRACE, Case
from bench.outcome import Outcome
from bench.processes import Processes
from bench.rabbitmq import RabbitServer
from bench.redis_server import RedisServer
from bench.report import Command, MigrationError, Report, finding_line, migrate
from bench.run import Broker, Roles, Run
from bench.sqs_server import SqsServer
from bench.tree import add_trace, copy_project, hide, redirect_files


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a case, and what there is to look at."""

    case: Case
    problems: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    report: Report | None = None

    def __str__(self) -> str:
        lines = [f"{self.case.name}: {len(self.problems)} difference(s)"]
        lines += [f"  - {problem}" for problem in self.problems]
        for outcome in self.outcomes:
            lines += ["", f"trace under {outcome.system.capitalize()}:", *_trace(outcome)]
            lines += [f"  given up: {task}" for task in outcome.given_up]
            lines += [f"  log of the {role}: {path}" for role, path in outcome.logs.items()]
            lines += [f"  project: {outcome.root}"]
        if self.report:
            lines += ["", "findings of the tool:"]
            lines += [f"  {finding_line(finding)}" for finding in self.report.findings]
        return "\n".join(lines)

    def with_logs(self) -> str:
        """The verdict and the ends of all logs."""
        parts = [str(self)]
        for outcome in self.outcomes:
            parts += [_log(f"{outcome.system}, {role}", log) for role, log in outcome.logs.items()]
        return "\n\n".join(parts)


class Bench:
    """Runs cases; several threads may use it at once."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self._processes = processes
        self._folder = folder
        self._rabbit: RabbitServer | None = None
        self._lock = threading.Lock()
        self._originals: dict[str, Future[Outcome]] = {}

    def judge(self, case: Case) -> Verdict:
        """Run a case under both systems and compare."""
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(self.celery, case)
            second = pool.submit(ways.WAYS[case.way], self, case)
            celery = first.result()
            try:
                return self.compare(case, celery, *second.result())
            except MigrationError as error:
                return Verdict(case, (str(error),), (celery,))

    def compare(
        self, case: Case, celery: Outcome, other: Outcome, report: Report | None
    ) -> Verdict:
        """The verdict on two outcomes, and on what a report announces."""
        problems = [
            *compare.unsound(case, celery),
            *compare.unsound(case, other),
            *compare.differences(case, celery, other),
            *(compare.unannounced(case, report.findings) if report else ()),
        ]
        return Verdict(case, tuple(problems), (celery, other), report)

    def judge_celery(self, case: Case) -> Verdict:
        """Run a case under Celery only and say whether it is a sound case."""
        outcome = self.celery(case)
        return Verdict(case, tuple(compare.unsound(case, outcome)), (outcome,))

    def celery(self, case: Case) -> Outcome:
        """What Celery makes of the case's project; cases that differ in the migration share it."""
        key = repr(ways.original(case))
        with self._lock:
            mine = key not in self._originals
            outcome = self._originals.setdefault(key, Future())
        if mine:
            try:
                outcome.set_result(self._run_celery(case))
            except BaseException as error:
                outcome.set_exception(error)
                raise
        return outcome.result()

    def _run_celery(self, case: Case) -> Outcome:
        with self._prepared(case, "celery") as run:
            return run.outcome(_celery_roles(case))

    def dramatiq(self, case: Case, *, without_env: bool = False) -> tuple[Outcome, Report]:
        """What the migrated project makes of it, started as the tool's report says.

        without_env: but for the variables that it names.
        """
        with self._prepared(case, "dramatiq") as run:
            report = migrate(run.root, case)
            if case.migrated:
                redirect_files(run.root, run.ports)
            worker = report.worker
            if worker and without_env:
                worker = Command(worker.command)
            if worker and case.started_by:
                worker = Command(case.started_by, worker.env)
            roles = Roles(worker, report.scheduler, report.celery_worker, report.celery_scheduler)
            return run.outcome(roles), report

    def switched_off(self, case: Case) -> Outcome:
        """What Celery makes of the project where it is migrated for development only.

        Dramatiq cannot be imported there.
        """
        with self._prepared(case, "switched off") as run:
            migrate(run.root, case)
            hide(run.root, "dramatiq")
            return run.outcome(_celery_roles(case))

    @contextlib.contextmanager
    def _prepared(self, case: Case, system: str) -> Iterator[Run]:
        """A copy of the project with servers of its own."""
        folder = self._folder / case.name / system
        folder.mkdir(parents=True)
        redis = RedisServer(self._processes, folder)
        ports = {"redis": redis.port}
        with contextlib.ExitStack() as stack:
            stack.callback(self._processes.stop, redis.process)
            broker: Broker = redis
            if case.broker == "rabbitmq":
                broker = stack.enter_context(self._rabbit_for_one())
                ports["rabbitmq"] = broker.port
            elif case.broker == "sqs":
                broker = SqsServer(self._processes, folder)
                stack.callback(self._processes.stop, broker.process)
                ports["sqs"] = broker.port
            root = copy_project(case.project, folder / "project", ports)
            if case.trace == TRACE:
                add_trace(root)
            yield Run(
                system,
                case,
                root,
                processes=self._processes,
                redis=redis,
                broker=broker,
                ports=ports,
            )

    @contextlib.contextmanager
    def _rabbit_for_one(self) -> Iterator[RabbitServer]:
        """The session's RabbitMQ node, empty, for one run at a time."""
        with self._lock:
            if not self._rabbit:
                folder = self._folder / ".rabbitmq"  # not the name of a case
                folder.mkdir(parents=True)
                self._rabbit = RabbitServer(self._processes, folder)
        with self._rabbit.lock:
            self._rabbit.clear()
            yield self._rabbit


def _celery_roles(case: Case) -> Roles:
    return Roles(
        celery_worker=Command(case.started_by or case.worker.format(app=case.app)),
        celery_scheduler=Command(case.beat.format(app=case.app)) if case.beat else None,
    )


def _trace(outcome: Outcome) -> list[str]:
    start = outcome.events[0].time if outcome.events else 0
    return [f"  {event.time - start:6.2f}  {event}" for event in outcome.events] or ["  (nothing)"]


def _log(title: str, path: Path, lines: int = 60) -> str:
    text = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([f"--- {title} (last {lines} lines of {path})", *text[-lines:]])
