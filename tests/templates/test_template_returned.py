"""What a task returns and nobody keeps is no matter for the log, as it is none for Celery."""

from __future__ import annotations

import logging

import dramatiq
import pytest

from celery2dramatiq.templates.dramatiq_helpers import make_broker

NAMES = ("worker.WorkerThread", "results.middleware.Results")


def _run(broker: dramatiq.Broker, caplog: pytest.LogCaptureFixture) -> list[str]:
    def answer() -> int:
        return 42

    actor = dramatiq.actor(actor_name="answer", broker=broker)(answer)
    worker = dramatiq.Worker(broker, worker_timeout=100)
    worker.start()
    actor.send()
    broker.join(actor.queue_name)
    worker.join()
    worker.stop()
    return [record.getMessage() for record in caplog.records if "returned" in record.getMessage()]


@pytest.mark.parametrize("results", [None, "cache+memory://"])
def test_nothing_is_said_of_what_is_returned(
    results: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    broker = make_broker("memory://", results, task_ignore_result=True)
    assert _run(broker, caplog) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_filter_is_what_keeps_quiet(name: str, caplog: pytest.LogCaptureFixture) -> None:
    results = None if "worker" in name else "cache+memory://"
    broker = make_broker("memory://", results, task_ignore_result=True)
    logger = logging.getLogger(f"dramatiq.{name}")
    kept, logger.filters = logger.filters, []
    try:
        assert len(_run(broker, caplog)) == 1
    finally:
        logger.filters = kept
