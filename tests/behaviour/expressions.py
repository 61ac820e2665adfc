"""Random canvas expressions over a fixed set of tasks: `test_canvas.py`, `benchmarks/canvas.py`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

TASKS = """\
from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


def called(name, *args, **kwargs):
    given = [repr(arg) for arg in args] + [f"{key}={kwargs[key]!r}" for key in sorted(kwargs)]
    record("ran", call=f"{name}({', '.join(given)})")
    return f"{name}({', '.join(given)})"


@app.task
def anything(*args, **kwargs):
    return called("anything", *args, **kwargs)


@app.task
def two(x, y=2):
    return called("two", x, y)


@app.task
def keyword(x, *, k=3):
    return called("keyword", x, k=k)


@app.task
def first(x, y, z=0):
    called("first", x, y, z)
    return x


@app.task
def nothing(*args):
    called("nothing", *args)


@app.task(bind=True, max_retries=2)
def again(self, x=None):
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    return called("again", x)


@app.task
def fails(*args):
    called("fails", *args)
    raise ValueError("broken", len(args))
"""

DRIVE = """\
import operator
import re
from functools import reduce

from celery import chain, chord, group
from celery.exceptions import TimeoutError
from tasks import again, anything, fails, first, keyword, nothing, two
from trace import record

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def outcome(result):
    try:
        return result.get(timeout=10)
    except TimeoutError:
        return "nothing"
    except Exception as error:
        return [type(error).__name__, ID.sub("ID", str(error))]


def joined(tasks):
    whole = tasks[0]
    for task in tasks[1:]:
        whole |= task
    return whole


sent = []
"""


class Maker:
    """Makes expressions. Every choice comes from `chance`, so that a seed gives the same ones."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def expression(self) -> str:
        """Return code that sends a canvas and gives its result."""
        make = self.chance.choice([self.chain, self.group, self.chord, self.chain, self.mixed])
        canvas = make(2, True)
        ways = [".delay()", ".apply_async()", ".apply_async(())", ".apply_async(countdown=0)"]
        if self.chance.random() < 0.15:  # one argument more
            return f"({make(2, False)}).delay({self.number()})"
        return f"({canvas}){self.chance.choice(ways)}"

    def task(self, begins: bool) -> str:
        """Return a signature. begins: nothing comes before it."""
        kind = self.chance.choice(self._kinds())
        return kind(begins)

    def _kinds(self) -> list[Callable[[bool], str]]:
        return [
            self._anything, self._anything, self._two, self._keyword, self._first, self._immutable,
            self._nothing, self._again, self._rarely_fails,
        ]  # fmt: skip

    def _anything(self, begins: bool) -> str:
        given = ", ".join(str(self.number()) for _ in range(self.chance.randrange(3)))
        more = self.chance.choice(["", "", "k=1"])
        return f"anything.s({', '.join(filter(None, [given, more]))})"

    def _two(self, begins: bool) -> str:
        given = [str(self.number())] if begins else []
        given += self.chance.choice([[], [str(self.number())], [f"y={self.number()}"]])
        return f"two.s({', '.join(given)})"

    def _keyword(self, begins: bool) -> str:
        given = [str(self.number())] if begins else []
        given += self.chance.choice([[], [f"k={self.number()}"]])
        return f"keyword.s({', '.join(given)})"

    def _first(self, begins: bool) -> str:
        given = [str(self.number())] if begins else []
        given += [str(self.number()) for _ in range(self.chance.choice([1, 2]))]
        return f"first.s({', '.join(given)})"

    def _immutable(self, begins: bool) -> str:
        return self.chance.choice(
            [
                f"anything.si({self.number()})",
                f"two.signature(({self.number()},), immutable=True)",
                f"anything.subtask(({self.number()},), {{'k': 2}})",
            ]
        )

    def _nothing(self, begins: bool) -> str:
        return "nothing.s()"

    def _again(self, begins: bool) -> str:
        return self.chance.choice(["again.s(1)" if begins else "again.s()", "again.si()"])

    def _rarely_fails(self, begins: bool) -> str:
        return "fails.s()" if self.chance.random() < 0.4 else self._anything(begins)

    def number(self) -> int:
        """Return a small number."""
        return self.chance.randrange(10)

    def chain(self, depth: int, begins: bool) -> str:
        """Return a chain in one of its forms."""
        count = self.chance.choice([2, 2, 3, 4])
        parts = [self.part(depth, begins and i == 0) for i in range(count)]
        if not any(part.startswith(("chain", "group", "chord", "(")) for part in parts[:1]):
            piped = f"({' | '.join(parts)})"
        else:
            piped = f"chain({', '.join(parts)})"
        listed = ", ".join(parts)
        return self.chance.choice(
            [f"chain({listed})", f"chain([{listed}])", piped, piped,
             f"reduce(operator.or_, [{listed}])", f"joined([{listed}])"]
        )  # fmt: skip

    def part(self, depth: int, begins: bool) -> str:
        """Return a part of a chain."""
        if depth > 1 and self.chance.random() < 0.3:
            return self.chance.choice([self.group, self.chord, self.chain])(depth - 1, begins)
        return self.task(begins)

    def group(self, depth: int, begins: bool) -> str:
        """Return a group in one of its forms."""
        count = self.chance.choice([1, 2, 2, 3])
        parts = [self.member(depth, begins) for _ in range(count)]
        listed = ", ".join(parts)
        return self.chance.choice(
            [f"group({listed})", f"group([{listed}])", f"group(each for each in [{listed}])"]
        )

    def member(self, depth: int, begins: bool) -> str:
        """Return a member of a group: a task, or a chain of tasks."""
        if depth > 1 and self.chance.random() < 0.3:
            tasks = [self.task(begins), self.task(begins=False)]
            return f"chain({', '.join(tasks)})"
        return self.task(begins)

    def chord(self, depth: int, begins: bool) -> str:
        """Return a chord in one of its forms."""
        header = self.group(depth, begins)
        if self.chance.random() < 0.05:
            header = "group([])"
        body = self.task(begins=False)
        if depth > 1 and self.chance.random() < 0.2:
            body = f"chain({body}, {self.task(begins=False)})"
        return self.chance.choice([f"chord({header}, {body})", f"({header} | {body})"])

    def mixed(self, depth: int, begins: bool) -> str:
        """Return a task, a group and a task."""
        parts = [self.task(begins), self.group(1, False)]
        if self.chance.random() < 0.7:
            parts.append(self.task(begins=False))
        return self.chance.choice([f"chain({', '.join(parts)})", f"({' | '.join(parts)})"])


def expressions(seed: int, count: int) -> Iterator[str]:
    """Yield so many expressions."""
    maker = Maker(random.Random(seed))
    for _ in range(count):
        yield maker.expression()


def write(folder: Path, found: list[str]) -> None:
    """Write a case with these expressions."""
    (folder / "project").mkdir(parents=True)
    (folder / "project" / "tasks.py").write_text(TASKS)
    lines = [f"sent.append(({n}, {code}))" for n, code in enumerate(found)]
    lines += ["for n, result in sent:", '    record("came out", n=n, value=repr(outcome(result)))']
    lines += ['record("done")']
    (folder / "project" / "drive.py").write_text(DRIVE + "\n".join(lines) + "\n")
    (folder / "case.toml").write_text(f"expect = {{done = 1}}\ntimeout = {60 + len(found)}\n")
