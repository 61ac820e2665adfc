"""`apply -i`: a question for each decision and for each file, before anything is written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from celery2dramatiq.report import diff
from celery2dramatiq.report.choices import QUESTIONS
from celery2dramatiq.report.english import count, some
from celery2dramatiq.report.outcome import diff_lines
from celery2dramatiq.report.sections import FEW, verdict
from celery2dramatiq.report.terminal import Line, render, wants_color

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery2dramatiq.decisions import Decisions
    from celery2dramatiq.files import Change
    from celery2dramatiq.mapping import Row
    from celery2dramatiq.plan import Finding
    from celery2dramatiq.run import Run


class Ended(Exception):
    """The user wants no more questions, and nothing written."""


@dataclass
class Interview:
    """The questions about one run, and what was answered.

    compute: makes the changes of the run with the answers so far. clear: takes away what else
    stands in the terminal's line. color: that of the report.
    """

    run: Run
    compute: Callable[[], None]
    clear: Callable[[], None]
    color: bool | None = None
    accepted: set[str] = field(default_factory=set)
    policies: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def hold(self) -> Decisions:
        """Ask everything, and return the answers by the keys of the configuration.

        Raises Ended, and click.Abort at the end of the input or on Ctrl-C.
        """
        self._losses()
        if self.run.plan.moving:
            self._policies()
            self._losses()  # another broker may bring some
        self._files()
        given = {name.replace("_", "-"): value for name, value in self.policies.items()}
        lists = {"accept": tuple(sorted(self.accepted)), "leave": tuple(self.left)}
        return {**given, **{key: value for key, value in lists.items() if value}}

    # -- decisions

    def _losses(self) -> None:
        """Ask about each reason that may be taken as a loss; others may show when one is."""
        while (found := self._next()) is not None:
            row, findings = found
            self.asked.add(row.code)
            tasks = {finding.task for finding in findings}
            places = [f"{f.place.path}:{f.place.line}" for f in findings]
            self._say(
                Line(f"{row.code} holds {count(len(tasks), 'task')}: {row.note}", "head"),
                Line(f"  at {some(list(dict.fromkeys(places)), FEW, 'place', '; ')}"),
                Line(f"  way out: {row.way_out}"),
            )
            if self._choose("Move them in spite of it, with that loss?", "n", "y") == "y":
                self.accepted.add(row.code)
                accept = self.run.options.accept | {row.code}
                self.run.choose(replace(self.run.options, accept=accept))

    def _next(self) -> tuple[Row, list[Finding]] | None:
        """Return the reason that holds most tasks of those that can be accepted."""
        held: defaultdict[Row, list[Finding]] = defaultdict(list)
        for task in self.run.plan.staying:
            for finding in task.held_by:
                if finding.row.acceptable and finding.row.code not in self.asked:
                    held[finding.row].append(finding)
        return min(held.items(), key=lambda one: (-len(one[1]), one[0].code), default=None)

    def _policies(self) -> None:
        for name, question in QUESTIONS.items():
            now = getattr(self.run.options, name)
            others = (one for one in question.answers if one != now)
            self.policies[name] = self._choose(question.text, now, *others)
        # the names are those of fields that hold texts, which a mapping cannot say
        self.run.choose(replace(self.run.options, **self.policies))  # type: ignore[arg-type]

    # -- files

    def _files(self) -> None:
        """Ask about each edit. What a file that is left alone holds back may change others."""
        agreed: dict[str, bytes | None] = {}
        self.compute()
        while (change := self._open(agreed)) is not None:
            self._say(*diff_lines(diff.one(change)))
            if self._choose(f"Edit {change.path}?", "y", "n") == "y":
                agreed[change.path] = change.after
            else:
                self.left.append(change.path)
                leave = (*self.run.options.leave, change.path)
                self.run.choose(replace(self.run.options, leave=leave))
                self.compute()
        if self.run.changes:
            self._last()

    def _open(self, agreed: dict[str, bytes | None]) -> Change | None:
        """Return the next edit that was not agreed to as it is now."""
        return next(
            (
                change
                for change in self.run.changes
                if change.before is not None and agreed.get(change.path) != change.after
            ),
            None,
        )

    def _last(self) -> None:
        created = [change.path for change in self.run.changes if change.before is None]
        self._say(verdict(self.run), *_created(created))
        files = count(len(self.run.changes), "file")
        if self._choose(f"Write {files}, and the answers?", "y", "n") == "n":
            raise Ended

    # -- the terminal

    def _choose(self, question: str, default: str, *others: str) -> str:
        """Return what is answered: the default, or another. Raises Ended."""
        self.clear()
        choice = click.Choice([*sorted((default, *others), reverse=True), "q"])
        answer: str = click.prompt(question, type=choice, default=default, err=True)
        if answer == "q":
            raise Ended
        return answer

    def _say(self, *lines: Line) -> None:
        self.clear()
        click.echo(render(lines, color=wants_color(self.color)), err=True, nl=False)


def _created(paths: list[str]) -> Iterator[Line]:
    if paths:
        yield Line(f"{count(len(paths), 'new file')}: {', '.join(paths)}")
