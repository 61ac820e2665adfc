"""Reads the words behind Celery's program: its command, and every option with its value.

Names and values are those of celery/bin (celery.py, worker.py, beat.py; Celery 5.7) and, where they
were called otherwise, of Celery 3 and 4, which also took the app's options behind the command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from celery2dramatiq.commands.launch import Launch
from celery2dramatiq.commands.shell import Line, Word, words_of

_GLOBAL_FLAGS = {"-C": "--no-color", "-q": "--quiet", "--version": "", "--help": "", "-h": "--help",
                 "--skip-checks": "", "--no-color": "", "--quiet": ""}  # fmt: skip
_GLOBAL_VALUES = {"-A": "--app", "-b": "--broker", "--result-backend": "", "--loader": "",
                  "--config": "", "--workdir": ""}  # fmt: skip
_WORKER_FLAGS = {
    "-D": "--detach", "--disable-prefetch": "", "-E": "--task-events", "--events": "--task-events",
    "--purge": "", "--discard": "--purge", "--without-gossip": "", "--without-mingle": "",
    "--without-heartbeat": "", "-B": "--beat",
}  # fmt: skip
_WORKER_VALUES = {
    "-n": "--hostname", "-S": "--statedb", "-l": "--loglevel", "-O": "--optimization",
    "--prefetch-multiplier": "", "-c": "--concurrency", "-P": "--pool", "--time-limit": "",
    "--soft-time-limit": "", "--max-tasks-per-child": "", "--maxtasksperchild":
    "--max-tasks-per-child", "--pool-start-method": "", "--max-memory-per-child": "",
    "-Q": "--queues", "--queue": "--queues", "-X": "--exclude-queues", "-I": "--include",
    "--heartbeat-interval": "", "--autoscale": "", "-s": "--schedule-filename",
    "--schedule": "--schedule-filename", "--scheduler": "", "-f": "--logfile", "--pidfile": "",
    "--uid": "", "--gid": "", "--umask": "", "--executable": "",
}  # fmt: skip
_BEAT_FLAGS = {"--detach": "", "--enable-remote-control": "", "--no-enable-remote-control": ""}
_BEAT_VALUES = {
    "-s": "--schedule", "-S": "--scheduler", "--max-interval": "", "-n": "--hostname",
    "-l": "--loglevel", "-f": "--logfile", "--pidfile": "", "--uid": "", "--gid": "",
    "--umask": "", "--executable": "",
}  # fmt: skip
COMMANDS = words_of(
    "worker beat flower purge status inspect control events multi shell report result list call "
    "amqp graph logtool upgrade migrate celeryd celerybeat"
)
_OLD = {"celeryd": "worker", "celerybeat": "beat"}


@dataclass(frozen=True, slots=True)
class Option:
    """An option of Celery's. name: the long one; "" for a word that is none.

    value: None for a flag. words: its one or two words. attached: the value is in the same word,
    behind so many characters (0: it is not).
    """

    name: str
    value: str | None
    words: Line
    attached: int = 0

    @property
    def computed(self) -> bool:
        """Tell whether its value, or the word itself, is known only when it runs."""
        return self.words[-1].computed

    @property
    def text(self) -> str:
        """The words as one would write them."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Call:
    """A start of Celery. command: `worker`, say, "" if there is none; word: it, if it is written.

    options: of Celery's own, in order, and what else was given. rest: what follows the command
    of any other than `worker` and `beat`.
    """

    launch: Launch
    command: str
    word: Word | None
    options: tuple[Option, ...]
    rest: Line = ()

    def option(self, *names: str) -> Option | None:
        """Return the last option of one of these names: it is the one that holds."""
        return next((o for o in reversed(self.options) if o.name in names), None)


def read(launch: Launch) -> Call:
    """Read the words behind the program."""
    name = launch.words[launch.program].text.rpartition("/")[2]
    if name in _OLD:
        table = _tables(_OLD[name])
        return Call(launch, _OLD[name], None, tuple(_options(launch.arguments, *table)))
    words = launch.arguments
    at = _command_at(words)
    if at is None:
        return Call(launch, "", None, tuple(_options(words, *_tables(""))))
    command = words[at].text
    flags, values = _tables(command)
    before = _options(words[:at], *_tables(""))
    if command not in ("worker", "beat"):
        return Call(launch, command, words[at], tuple(before), words[at + 1 :])
    return Call(launch, command, words[at], (*before, *_options(words[at + 1 :], flags, values)))


def _tables(command: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    flags = {"worker": _WORKER_FLAGS, "beat": _BEAT_FLAGS}.get(command, {})
    values = {"worker": _WORKER_VALUES, "beat": _BEAT_VALUES}.get(command, {})
    return _long({**_GLOBAL_FLAGS, **flags}), _long({**_GLOBAL_VALUES, **values})


def _long(names: Mapping[str, str]) -> dict[str, str]:
    """Return the table with each long name standing for itself."""
    return {
        **{long: long for long in names.values() if long},
        **{short: long or short for short, long in names.items()},
    }


def _command_at(words: Line) -> int | None:
    """Return the index of the command, behind the options that may stand before it."""
    _, values = _tables("")
    index = 0
    while index < len(words):
        text = words[index].text
        if not text.startswith("-"):
            return index if text in COMMANDS else None
        index += 2 if text in values else 1
    return None


def _options(words: Line, flags: Mapping[str, str], values: Mapping[str, str]) -> Iterator[Option]:
    index = 0
    while index < len(words):
        option = _one(words, index, flags, values)
        yield option
        index += len(option.words)


def _one(words: Line, index: int, flags: Mapping[str, str], values: Mapping[str, str]) -> Option:
    word = words[index]
    name, equals, value = word.text.partition("=")
    if word.text in values:
        if index + 1 < len(words):
            return Option(values[word.text], words[index + 1].text, words[index : index + 2])
        return Option("", None, (word,))
    if word.text in flags:
        return Option(flags[word.text], None, (word,))
    if equals and name in values and name.startswith("--"):
        return Option(values[name], value, (word,), len(name) + 1)
    short = word.text[:2]
    if short in values and not word.text.startswith("--"):
        return Option(values[short], word.text[2:], (word,), 2)
    return Option("", None, (word,))
