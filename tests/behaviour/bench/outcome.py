"""What one run of a project left behind."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FAILED = re.compile(r"Task (\S+)\[[^]]+\] raised (?:un)?expected")
_EXPIRED = re.compile(r"Discarding revoked task: (\S+)\[")
_REJECTED = re.compile(r"Task (\S+)\[[^]]+\] reject requeue=False")
_KILLED = re.compile(r"Hard time limit \([^)]*\) exceeded for (\S+)\[")
_UNKNOWN = re.compile(r"Received unregistered task of type '([^']+)'")
_RECEIVED = re.compile(r"Task (\S+)\[[^]]+\] received")


@dataclass(frozen=True)
class Event:
    """One line of the trace."""

    name: str
    time: float
    fields: Mapping[str, Any]

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{key}={value!r}" for key, value in self.fields.items())])

    def key(self, ignore: Iterable[str] = ()) -> str:
        """What makes two events the same; the time does not."""
        kept = {name: self.fields[name] for name in sorted(self.fields) if name not in ignore}
        return str(Event(self.name, 0, kept))

    def matches(self, name: str, wanted: Iterable[str]) -> bool:
        """Whether the event has this name and these fields, written as `key=value`."""
        texts = {f"{key}={value}" for key, value in self.fields.items()}
        return self.name == name and texts.issuperset(wanted)


@dataclass(frozen=True)
class Waiting:
    """A message that nobody has finished."""

    task: str
    place: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.task} in {self.place} {self.text}".rstrip()


@dataclass(frozen=True)
class Outcome:
    """What one run of a project left behind."""

    system: str
    events: tuple[Event, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    given_up: tuple[str, ...] = ()
    on_celery: frozenset[str] = frozenset()
    troubles: tuple[str, ...] = ()
    root: Path = Path()
    logs: Mapping[str, Path] = field(default_factory=dict)

    def find(self, selector: str) -> Event | None:
        """The event that a selector names: `name`, `name key=value`, `name 2` (the second)."""
        words = selector.split()
        nth = int(words.pop()) if words[-1].isdigit() else 1
        wanted = [word for word in words if "=" in word]
        name = " ".join(words[: len(words) - len(wanted)])
        found = [event for event in self.events if event.matches(name, wanted)]
        return found[nth - 1] if len(found) >= nth else None


def event_from_json(line: str | bytes) -> Event:
    """An event from what `record()` wrote: a flat object with `event` and `time`."""
    entry = json.loads(line)
    return Event(entry.pop("event"), entry.pop("time"), entry)


def event_from_table(table: Mapping[str, Any]) -> Event:
    """An event as a case writes it: `{event = "ran", x = 1}`."""
    return Event(table["event"], 0, {key: table[key] for key in table if key != "event"})


def celery_given_up(log: str) -> list[str]:
    """The tasks that a Celery worker ended without success, once each message.

    Dramatiq moves such messages to the dead-letter queue; Celery only logs them.
    A hard limit kills the child process, so nothing says `raised` about it.
    """
    return [
        task
        for pattern in (_FAILED, _EXPIRED, _REJECTED, _KILLED, _UNKNOWN)
        for task in pattern.findall(log)
    ]


def celery_received(log: str) -> frozenset[str]:
    """The tasks that a Celery worker was handed."""
    return frozenset(_RECEIVED.findall(log))
