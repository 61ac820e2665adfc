"""What the user may decide, what holds as long as nothing is said, and how to say otherwise."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from celery2dramatiq.configuration import BROKERS, POLICIES
from celery2dramatiq.report.english import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery2dramatiq.mapping import Row
    from celery2dramatiq.run import Run


class Question(NamedTuple):
    """What is asked about all tasks, and the answers there are; the first holds unless chosen."""

    text: str
    answers: tuple[str, ...]


QUESTIONS = {
    "retries": Question(
        "Retries of tasks that ask for none: keep none, or take Dramatiq's 20?", POLICIES
    ),
    "time_limit": Question(
        "Time limit of tasks without one: keep none, or take Dramatiq's 10 minutes?", POLICIES
    ),
    "broker": Question(
        "Broker of the tasks that move: the same as Celery's, or another one?", BROKERS
    ),
}


class Choice(NamedTuple):
    """One decision. key: that of the configuration. otherwise: the option for the other answer."""

    key: str
    question: str
    chosen: str
    otherwise: str


def choices(run: Run) -> list[Choice]:
    """Return what can be decided about this project; nothing where it has no tasks."""
    return [*_policies(run), *_losses(run), *_left(run)]


def policies(run: Run) -> str:
    """Return what is decided for all tasks, in a line; the losses stand beside what they move."""
    return "; ".join(f"{one.key}: {one.chosen} (or {one.otherwise})" for one in _policies(run))


def _policies(run: Run) -> Iterator[Choice]:
    for name, question in QUESTIONS.items() if run.draft.plan.moving else ():
        chosen = getattr(run.options, name)
        others = ", ".join(one for one in question.answers if one != chosen)
        key = name.replace("_", "-")
        yield Choice(key, question.text, chosen, f"--{key} {others}")


def _losses(run: Run) -> Iterator[Choice]:
    """Yield the reasons that may be taken as a loss, and those that were."""
    held: defaultdict[Row, set[str]] = defaultdict(set)
    for task in run.draft.plan.staying:
        for finding in task.held_by:
            if finding.row.acceptable:
                held[finding.row].add(task.task.id)
    for row, tasks in sorted(held.items(), key=lambda one: one[0].code):
        question = f"{row.code} ({row.celery}) holds {count(len(tasks), 'task')}: take the loss?"
        yield Choice("accept", question, "no", f"--accept {row.code}")
    for code in sorted(run.options.accept):
        yield Choice("accept", f"{code}: take the loss?", "yes", f"without --accept {code}")


def _left(run: Run) -> Iterator[Choice]:
    """Yield the files that are not edited."""
    for path in sorted(set(run.options.leave)):
        yield Choice("leave", f"{path}: leave it as it is?", "yes", f"without --leave {path}")
