"""What tests ask of Celery by name: the fixtures of its pytest plugin, and eager mode."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_end
from celery2dramatiq.index import Use
from celery2dramatiq.mapping import Action, Row

FIXTURE = Row(
    "C2D873",
    "celery_app, celery_worker, celery_config, pytest_plugins of Celery",
    "",
    Action.MANUAL,
    "they set up an app and a worker of Celery's, which the actors' messages never reach",
    "give the test a fixture that runs a `dramatiq.Worker` on the broker, and make that broker "
    "with the URL `memory://` in tests",
    about="`broker.join(actor.queue_name)` and `worker.join()` wait until everything is done. "
    "Without a worker, whatever waits for a result does so until its time is up.",
)
EAGER = Row(
    "C2D874",
    "override_settings(CELERY_TASK_ALWAYS_EAGER=True) in a test",
    "",
    Action.MANUAL,
    "nothing reads it any more: what the test sends goes to the broker and is not run in place",
    "call the actor (`task(...)`) in the test, mock its `send`, or run a `dramatiq.Worker` on a "
    "broker that is made with the URL `memory://`",
    about="The broker is made when the project is imported: no setting of a single test changes "
    "it. In Django `django_dramatiq.test.DramatiqTestCase` has a worker.",
)


@on_end("Celery's fixture", "*")
def fixture(use: Use, context: Context) -> Outcome:
    """Say that it does nothing for an actor."""
    return Outcome(FIXTURE, f"`{use.role.detail}`")


@on_end("eager mode", "*")
def eager(use: Use, context: Context) -> Outcome:
    """Say that it does nothing for an actor."""
    return Outcome(EAGER, f"`{use.role.detail}`")
