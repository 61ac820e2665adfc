"""The schedule in the settings: it stays with Celery's beat, and so do the tasks that it names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_settings
from celery2dramatiq.index import App, Arg
from celery2dramatiq.mapping import Action, Row

SCHEDULE = Row(
    "C2D636",
    "beat_schedule",
    "",
    Action.MANUAL,
    "Celery's beat goes on sending the tasks that it names",
    "start them by a scheduler of your own",
    about="The schedule stays in the settings, and beat with it; the tasks that it names "
    "stay on Celery.",
)
SCHEDULER = Row(
    "C2D637",
    "beat_scheduler=...",
    "",
    Action.MANUAL,
    "which tasks are scheduled is said in a database, or elsewhere outside the source",
    "write the schedule out in the settings first",
    acceptable=True,
    about="With `--accept` it is taken that no task which moves is in that schedule.",
)
_OWN = (None, "celery.beat:PersistentScheduler", "celery.beat.PersistentScheduler")


@on_settings("beat_schedule")
def schedule(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold back what it names (its strings do), and all tasks if it may name any."""
    arg = args["beat_schedule"]
    names = _tasks(arg)
    known = names is not None and all(context.by_name(name) is not None for name in names)
    if names != [] or arg.several:
        note = "" if known else "what it names cannot be told"
        yield Outcome(SCHEDULE, note, harmless=known and not arg.several)


def _tasks(arg: Arg) -> list[str] | None:
    """Return the tasks of a schedule that is written out; None if it is not."""
    if arg.literal == {}:
        return []
    node = ast.parse(arg.code.strip(), mode="eval").body
    entries = node.values if isinstance(node, ast.Dict) else [None]
    found = [_task(entry) for entry in entries]
    return [name for name in found if name] if all(found) else None


def _task(entry: ast.expr | None) -> str:
    pairs = zip(entry.keys, entry.values, strict=True) if isinstance(entry, ast.Dict) else ()
    for key, value in pairs:
        named = isinstance(key, ast.Constant) and key.value == "task"
        if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return ""


@on_settings("beat_scheduler")
def scheduler(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold every task back where another scheduler than Celery's own is named."""
    arg = args["beat_scheduler"]
    if arg.literal not in _OWN:
        yield Outcome(SCHEDULER, f"`{arg.code}`")
