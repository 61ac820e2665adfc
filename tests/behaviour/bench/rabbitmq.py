"""A private RabbitMQ node, one for the session: it takes six seconds to start."""

import contextlib
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika  # type: ignore[import-untyped]

from bench.outcome import Waiting
from bench.processes import Process, Processes, free_port, wait_until
from bench.redis_server import dramatiq_message

# Asked of the node itself: `rabbitmqctl` starts an Erlang system for each question.
_COUNTS = """\
[{binary_to_list(element(4, N)), R, U} || [{name, N}, {messages_ready, R},
 {messages_unacknowledged, U}] <- rabbit_amqqueue:info_all(<<"/">>,
 [name, messages_ready, messages_unacknowledged])].
"""
_COUNTED = re.compile(r'\{"([^"]*)", (\d+), (\d+)\}')

# Debian's `rabbitmq-server` in the path is a wrapper that changes the user.
_BIN = Path("/usr/lib/rabbitmq/bin")


def installed() -> bool:
    """Whether RabbitMQ can be started here."""
    return _tool("rabbitmq-server") is not None and shutil.which("epmd") is not None


class RabbitServer:
    """The node; whoever holds `lock` has it for himself, since all use its only virtual host."""

    pause = 0.1

    def __init__(self, processes: Processes, folder: Path) -> None:
        self.lock = threading.Lock()
        self.port = free_port()
        self._env = _environment(folder, self.port)
        (folder / "plugins").write_text("[].\n")
        # Otherwise Erlang starts an `epmd` that nobody ends.
        processes.start(["epmd"], cwd=folder, env=self._env, log=folder / "epmd.log")
        server = str(_tool("rabbitmq-server"))
        self.process = processes.start(
            [server], cwd=folder, env=self._env, log=folder / "server.log"
        )
        if not wait_until(lambda: _started(self.process), 60, 0.2):
            raise RuntimeError(f"rabbitmq-server does not start:\n{self.process.output()}")

    def clear(self) -> None:
        """Delete all queues; to be called before a run."""
        if not wait_until(self._cleared, 10, 0.2):
            raise RuntimeError(f"RabbitMQ keeps queues: {sorted(self._counts())}")

    def _cleared(self) -> bool:
        """Whether all are deleted; one of a worker that has just ended can still be locked."""
        with self._connection() as connection:
            for name in self._counts():
                with contextlib.suppress(pika.exceptions.ChannelClosedByBroker):
                    connection.channel().queue_delete(name)
        return not self._counts()

    def waiting(self) -> list[Waiting]:
        """The messages that nobody has finished, dead letters excepted; tasks are not known."""
        return [
            Waiting("?", name, f"{count} messages")
            for name, count in self._counts().items()
            if count and not name.endswith((".XQ", ".pidbox"))
        ]

    def dead(self) -> list[str]:
        """The actors of the messages in Dramatiq's dead-letter queues; takes them out."""
        queues = [name for name, count in self._counts().items() if count and name.endswith(".XQ")]
        with self._connection() as connection:
            return [task for name in queues for task in _tasks(connection.channel(), name)]

    def _counts(self) -> dict[str, int]:
        """Messages a queue, ready or delivered and not acknowledged (AMQP can't tell those)."""
        call = str(Path(shutil.which("erl") or "").resolve().with_name("erl_call"))
        cookie = Path(self._env["HOME"], ".erlang.cookie").read_text()
        command = [call, "-c", cookie, "-address", f"127.0.0.1:{self._env['RABBITMQ_DIST_PORT']}"]
        result = subprocess.run([*command, "-e"], input=_COUNTS, capture_output=True, text=True)
        if not result.stdout.startswith("{ok, "):
            raise RuntimeError(f"RabbitMQ does not tell its queues: {result.stdout}{result.stderr}")
        return {name: int(r) + int(u) for name, r, u in _COUNTED.findall(result.stdout)}

    def _connection(self) -> Any:
        return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.port))


def _tool(name: str) -> str | None:
    path = f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    return shutil.which(name, path=path)


def _environment(folder: Path, port: int) -> dict[str, str]:
    """What keeps the node, its files and its ports apart from any other one."""
    only_here = "-kernel inet_dist_use_interface {127,0,0,1}"
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "RABBITMQ_NODENAME": "bench@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": only_here,
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }


def _started(process: Process) -> bool:
    if process.exit_code is not None:
        raise RuntimeError(f"rabbitmq-server ended:\n{process.output()}")
    return "Starting broker... completed" in process.output()


def _tasks(channel: Any, queue: str) -> Iterator[str]:
    """The actors of the messages in a queue."""
    while True:
        frame, _, body = channel.basic_get(queue, auto_ack=True)
        if frame is None:
            return
        yield dramatiq_message(queue, body).task
