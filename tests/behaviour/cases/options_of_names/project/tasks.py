import os
import time

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
TIMES = int(os.environ.get("TIMES", "1"))
WAIT = 3 * TIMES
RETRY = {"max_retries": TIMES, "countdown": WAIT}
OPTIONS = dict(
    bind=True,
    autoretry_for=(OSError, ValueError),
    retry_kwargs={"max_retries": TIMES, "countdown": WAIT},
)


@app.task(**OPTIONS)
def fetch(self):
    record("fetch", n=self.request.retries)
    raise OSError


@app.task(autoretry_for=(OSError,), retry_kwargs=RETRY)
def quiet():
    record("quiet")


@app.task
def limited():
    record("limited")
    try:
        for _ in range(100):
            time.sleep(0.1)
    except SoftTimeLimitExceeded:
        record("stopped")
