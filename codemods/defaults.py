"""Dramatiq's own defaults instead of Celery's, where the user asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_settings
from celery2dramatiq.index import App, Arg
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import Text

RETRIES = Row(
    "C2D610",
    "no retry by default (--retries dramatiq)",
    "make_broker(max_retries=20)",
    Action.REVIEW,
    "a task without a retry policy of its own that fails is run up to 20 times more",
    about="It was asked for with `--retries dramatiq`: a failed message is tried again "
    "after a delay that grows from 15 seconds to 7 days.",
)
TIME_LIMIT = Row(
    "C2D611",
    "no time limit by default (--time-limit dramatiq)",
    "make_broker(task_time_limit=600)",
    Action.REVIEW,
    "a task without a limit of its own is stopped after 10 minutes",
    about="It was asked for with `--time-limit dramatiq`.",
)


@on_settings(always=True)
def defaults(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Hand Dramatiq's numbers to the broker (dramatiq/middleware: Retries, TimeLimit)."""
    if context.options.retries == "dramatiq":
        yield Outcome(RETRIES, sets=(("max_retries", Text("20")),))
    if context.options.time_limit == "dramatiq":
        yield Outcome(TIME_LIMIT, sets=(("task_time_limit", Text("600")),))
