import time

from celery import Task
from trace import record


class Flaky(Exception):
    pass


class Retrying(Task):
    abstract = True
    autoretry_for = (Flaky, OSError)
    retry_kwargs = {"max_retries": 2, "countdown": 0}
    queue = "other"

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        record("failed", name=self.name, exc=repr(exc), retries=self.request.retries)


class Limited(Retrying):
    retry_kwargs = {"max_retries": 1, "countdown": 0}
    ignore_result = True
    throws = (KeyError,)


class Asking(Task):
    max_retries = 1
    default_retry_delay = 0
    soft_time_limit = 1

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        record("gave up", name=self.name, retries=self.request.retries)


def wait(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.02)
