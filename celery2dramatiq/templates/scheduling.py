"""Writes the module that sends a user's periodic tasks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

_ZONE = re.compile(r'^ZONE = ".*"$', re.MULTILINE)
_WALL = "WallClock"
# What only WallClock imports.
_OF_WALL = ("BaseTrigger", "CronTrigger", "astimezone", "get_localzone", "timedelta")
_WIDTH = 79


@dataclass(frozen=True, slots=True)
class Job:
    """One call of `add_job`. actor: code; trigger: the call of one; message: its keywords."""

    name: str
    actor: str
    trigger: str
    message: tuple[tuple[str, str], ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the lines of the call, as they stand in a function."""
        yield "    scheduler.add_job("
        yield f"        {self.actor}.send_with_options,"
        yield from _call(self.trigger)
        if self.message:
            items = ", ".join(f'"{name}": {code}' for name, code in self.message)
            if len(items) + len("        kwargs={},") <= _WIDTH:
                yield f"        kwargs={{{items}}},"
            else:
                yield "        kwargs={"
                yield from (f'            "{name}": {code},' for name, code in self.message)
                yield "        },"
        yield f"        id={self.name},"
        yield "    )"


def _call(code: str) -> Iterator[str]:
    """Yield a call on one line, or with one argument a line where that is too long."""
    if len(code) + len("        ,") <= _WIDTH:
        yield f"        {code},"
        return
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)  # a trigger
    yield f"        {ast.unparse(call.func)}("
    for word in call.keywords:
        value = ast.get_source_segment(code, word.value)
        yield f"            {word.arg}={value},"
    yield "        ),"


def scheduler(jobs: Sequence[Job], imports: Iterable[str], zone: str, django: str) -> str:
    """Write the module.

    imports: lines for names of the project's own. zone: of crontabs on the wall clock.
    django: name of the settings module, "" without Django.
    """
    wall = any(job.trigger.startswith(f"{_WALL}(") for job in jobs)
    text = files(__package__).joinpath("scheduler.py").read_text("utf-8")
    text = _ZONE.sub(lambda _: f'ZONE = "{zone}"', text)
    text = _with_jobs(text, jobs)
    if not wall:
        text = _without_wall(text)
    text = _with_imports(text, jobs, wall=wall)
    return (
        _with_project(text, list(imports), django)
        .replace("  # type: ignore[misc]", "")
        .replace("  # type: ignore[no-any-return]", "")
    )


def _with_jobs(text: str, jobs: Sequence[Job]) -> str:
    lines = "\n".join(line for job in jobs for line in job.lines())
    example = '    scheduler.add_job(print, WallClock(minute="0"), id="example")'
    return text.replace(example, lines)


def _without_wall(text: str) -> str:
    start = text.index(f"class {_WALL}")
    end = text.index("\n\n\ndef ", start) + 3
    text = text[:start] + text[end:]
    text = re.sub(r'ZONE = ".*"\n\n\n', "\n", text)
    for name in _OF_WALL:
        text = re.sub(rf"^from \S+ import {name}\n", "", text, flags=re.MULTILINE)
    return text.replace("datetime, timedelta, timezone", "datetime, timezone")


def _with_imports(text: str, jobs: Sequence[Job], *, wall: bool) -> str:
    """Import the triggers that are used."""
    triggers = {job.trigger.partition("(")[0] for job in jobs}
    below = "from apscheduler.schedulers.blocking import BlockingScheduler\n"
    if "CronTrigger" in triggers and not wall:
        text = text.replace(below, f"{below}from apscheduler.triggers.cron import CronTrigger\n")
        below += "from apscheduler.triggers.cron import CronTrigger\n"
    if wall:
        below = "from apscheduler.triggers.cron import CronTrigger\n"
    if "IntervalTrigger" in triggers:
        new = "from apscheduler.triggers.interval import IntervalTrigger\n"
        text = text.replace(below, below + new)
    return text


def _with_project(text: str, imports: Sequence[str], django: str) -> str:
    """Import the actors; with Django, where that has been set up."""
    end = max(match.end() for match in re.finditer(r"^(?:from|import) .*\n", text, re.MULTILINE))
    if not django:
        return text[:end] + "\n" + "".join(f"{line}\n" for line in imports) + text[end:]
    text, end = (
        text.replace("import logging\n", "import logging\nimport os\n"),
        end + len("import os\n"),
    )
    noted = "".join(f"{line}  # noqa: E402\n" for line in imports)
    start = f'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{django}")\ndjango.setup()\n'
    return f"{text[:end].rstrip()}\n\nimport django\n\n{start}\n{noted}{text[end:]}"
