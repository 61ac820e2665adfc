"""A private Redis server for one run, and what waits in it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import redis

from bench.outcome import Event, Waiting, event_from_json
from bench.processes import INHERITED, Process, Processes, free_port, wait_until

TRACE_DB = 15  # no message is looked for there


class RedisServer:
    """A Redis server on a port of its own, so that a project's database numbers can stay."""

    pause = 0.1

    def __init__(self, processes: Processes, folder: Path) -> None:
        for _ in range(5):
            self.port = free_port()
            self.process = _start(processes, folder, self.port)
            if _answers(self.process, self.port):
                return
            processes.stop(self.process)  # somebody else took the port in between
        raise RuntimeError(f"redis-server does not start:\n{self.process.output()}")

    def client(self, db: int = 0) -> Any:
        """A client for one of its databases (untyped: redis-py's types change with its version)."""
        return redis.Redis(port=self.port, db=db, socket_timeout=10)

    def events(self, trace: str) -> list[Event]:
        """The events recorded so far, oldest first, from the list `trace` ("db name")."""
        db, name = trace.split()
        events = [event_from_json(line) for line in self.client(int(db)).lrange(name, 0, -1)]
        return sorted(events, key=lambda event: event.time)

    def waiting(self) -> list[Waiting]:
        """The messages of both systems that nobody has finished, dead letters excepted."""
        return [message for message in self._messages() if not message.place.endswith(".XQ")]

    def dead(self) -> list[str]:
        """The actors of the messages in Dramatiq's dead-letter queues."""
        return [message.task for message in self._messages() if message.place.endswith(".XQ")]

    def _messages(self) -> Iterator[Waiting]:
        for name in self.client().info("keyspace"):
            db = int(name.removeprefix("db"))
            if db != TRACE_DB:
                yield from _messages(self.client(db))


def _start(processes: Processes, folder: Path, port: int) -> Process:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no"]
    return processes.start(command, cwd=folder, env=INHERITED, log=folder / "redis.log")


def _answers(process: Process, port: int) -> bool:
    """Whether our server, not another one on the same port, came up."""
    ready = "Ready to accept connections"
    wait_until(lambda: process.exit_code is not None or ready in process.output(), 10, 0.01)
    return process.exit_code is None


def _messages(client: Any) -> Iterator[Waiting]:
    """The messages in one database, recognised by what they look like, not by a queue's name."""
    for key in client.scan_iter(_type="list", count=1000):
        place = key.decode(errors="replace").split("\x06")[0]  # a priority has a list of its own
        for item in client.lrange(key, 0, -1):
            yield from _celery_message(place, item)
    for key in client.scan_iter(_type="hash", count=1000):
        place = key.decode(errors="replace")
        for item in client.hvals(key):
            if place.endswith(".msgs"):
                yield dramatiq_message(place.partition(":")[2].removesuffix(".msgs"), item)
            elif place == "unacked":
                yield from _celery_message("unacked", item)


def _celery_message(place: str, item: bytes) -> Iterator[Waiting]:
    """The message in a list of kombu's; nothing for a project's own list."""
    content = _json(item)
    if isinstance(content, list) and content:  # as in `unacked`: message, exchange, routing key
        content = content[0]
    headers = content.get("headers") if isinstance(content, dict) else None
    if isinstance(headers, dict) and "task" in headers:
        arguments = f"{headers.get('argsrepr', '')} {headers.get('kwargsrepr', '')}"
        yield Waiting(str(headers["task"]), place, arguments)


def dramatiq_message(place: str, item: bytes) -> Waiting:
    """A message as Dramatiq's JSON encoder, or one like it, wrote it."""
    content = _json(item)
    if not isinstance(content, Mapping):
        return Waiting("?", place, repr(item))
    arguments = f"{content.get('args')} {content.get('kwargs')} {content.get('options')}"
    return Waiting(str(content.get("actor_name")), place, arguments)


def _json(item: bytes) -> Any:
    try:
        return json.loads(item)
    except ValueError:
        return None
