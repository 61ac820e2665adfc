from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(autoretry_for=(KeyError,), max_retries=1, default_retry_delay=1)
def limited():
    record("limited")
    raise KeyError("x")


@app.task(autoretry_for=(LookupError,), default_retry_delay=1)
def unlimited():
    record("default limit")
    raise KeyError("a subclass")
