"""Judges cases ahead of the tests that ask for them, several at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from bench.case import Case
from bench.judge import Verdict


class Pool:
    """The verdicts on cases; most of a case is waiting for timers, so several run at once."""

    def __init__(
        self, cases: Iterable[Case], judge: Callable[[Case], Verdict], at_once: int
    ) -> None:
        # There is one RabbitMQ node: its cases only wait for each other.
        private = ThreadPoolExecutor(at_once)
        shared = ThreadPoolExecutor(1)
        self._executors = {"redis": private, "sqs": private, "rabbitmq": shared}
        self._verdicts: dict[str, Future[Verdict]] = {
            case.name: self._executors[case.broker].submit(judge, case) for case in cases
        }

    def verdict(self, case: Case) -> Verdict:
        """The verdict on a case, as soon as it is known."""
        return self._verdicts[case.name].result()

    def close(self) -> None:
        """Forget what has not begun; what has ends when its processes are ended."""
        for executor in self._executors.values():
            executor.shutdown(wait=False, cancel_futures=True)
