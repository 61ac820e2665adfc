"""Reads the command that starts workers, as far as the child needs it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePath

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SHELL = ("&&", "||", ";", "|", "&")
_DRAMATIQ = ("dramatiq", "dramatiq-gevent")


class BadCommand(ValueError):
    """Why a command cannot be read."""


@dataclass(frozen=True, slots=True)
class Start:
    """A command. stage: `worker`, or `manage` for Django's, whose program is then given."""

    stage: str
    args: tuple[str, ...]
    program: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CeleryStart:
    """A command that starts a Celery worker: its app, and the folder it changes into."""

    app: str
    workdir: str
    args: tuple[str, ...]


def worker(command: str) -> Start:
    """Read the command of a Dramatiq worker. Raises BadCommand."""
    words, env = _words(command)
    for at, word in enumerate(words):
        if word == "rundramatiq" and at:
            return Start("manage", tuple(words[at:]), _program(words[at - 1]), env)
        if PurePath(word).name in _DRAMATIQ:
            return Start("worker", tuple(words[at + 1 :]), env=env)
    raise BadCommand(
        f"`{command}` starts neither `dramatiq MODULE ...` nor `manage.py rundramatiq`"
    )


def _program(word: str) -> str:
    return word if word.endswith(".py") else PurePath(word).name


def celery(command: str) -> CeleryStart | None:
    """Read the command of a Celery worker as the reports write it; None without an app."""
    words, _ = _words(command)
    app = _value(words, "-A", "--app")
    return CeleryStart(app, _value(words, "--workdir"), tuple(words[1:])) if app else None


def _value(words: Sequence[str], *names: str) -> str:
    pairs = pairwise(words)
    return next((value for name, value in pairs if name in names), "")


def _words(command: str) -> tuple[list[str], dict[str, str]]:
    """Return the words of one command, without the assignments before it, and those."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadCommand(f"`{command}` is no command: {error}") from error
    if any(word in _SHELL for word in words):
        raise BadCommand(f"`{command}` is more than one command")
    env = {}
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        env[name] = os.path.expandvars(value)
    return words, env
