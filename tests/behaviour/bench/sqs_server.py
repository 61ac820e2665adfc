"""A private server like Amazon SQS for one run: moto's, which a case finds at `localhost:9324`."""

import base64
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]

from bench.outcome import Waiting
from bench.processes import INHERITED, Process, Processes, free_port, wait_until
from bench.redis_server import dramatiq_message

_COUNTS = ("", "Delayed", "NotVisible")
_OWN = ("pidbox", "celeryev")  # parts of the names of queues that Celery needs for itself


class SqsServer:
    """The server; nothing of it is left when its process ends."""

    pause = 0.3  # each look asks for every queue

    def __init__(self, processes: Processes, folder: Path) -> None:
        for _ in range(5):
            self.port = free_port()
            self.process = _start(processes, folder, self.port)
            if _answers(self.process):
                break
            processes.stop(self.process)  # somebody else took the port in between
        else:
            raise RuntimeError(f"moto_server does not start:\n{self.process.output()}")
        self._sqs: Any = boto3.resource(
            "sqs",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
        )

    def waiting(self) -> list[Waiting]:
        """The messages that nobody has finished, dead letters excepted; tasks are not known."""
        found = []
        for queue in self._queues():
            name = queue.url.rpartition("/")[2]
            count = sum(
                int(queue.attributes[f"ApproximateNumberOfMessages{kind}"]) for kind in _COUNTS
            )
            if count and not name.endswith("_dlq") and not any(part in name for part in _OWN):
                found.append(Waiting("?", name, f"{count} messages"))
        return found

    def dead(self) -> list[str]:
        """The actors of the messages in the queues for failed ones; takes them out."""
        queues = [queue for queue in self._queues() if queue.url.endswith("_dlq")]
        return [task for queue in queues for task in _tasks(queue)]

    def _queues(self) -> list[Any]:
        return list(self._sqs.queues.all())


def _start(processes: Processes, folder: Path, port: int) -> Process:
    program = str(Path(sys.executable).with_name("moto_server"))
    command = [program, "-H", "127.0.0.1", "-p", str(port)]
    return processes.start(command, cwd=folder, env=INHERITED, log=folder / "moto.log")


def _answers(process: Process) -> bool:
    """Whether our server, not another one on the same port, came up."""
    wait_until(lambda: process.exit_code is not None or "Running on" in process.output(), 30, 0.1)
    return process.exit_code is None


def _tasks(queue: Any) -> Iterator[str]:
    """The actors of the messages in a queue."""
    while messages := queue.receive_messages(MaxNumberOfMessages=10):
        for message in messages:
            body = base64.b64decode(message.body)
            yield dramatiq_message(queue.url, body).task
            message.delete()
