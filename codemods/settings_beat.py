"""A scheduler of its own: which tasks it sends is not in the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_settings
from celery2dramatiq.index import App, Arg
from celery2dramatiq.mapping import Action, Row

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


@on_settings("beat_scheduler")
def scheduler(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hold every task back where another scheduler than Celery's own is named."""
    arg = args["beat_scheduler"]
    if arg.literal not in _OWN:
        yield Outcome(SCHEDULER, f"`{arg.code}`")
