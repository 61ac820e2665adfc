import os

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")
app.conf.task_ignore_result = True

LEAN = bool(os.environ.get("KEEP_NO_RESULTS"))


@app.task(ignore_result=LEAN)
def perhaps(n):
    record("perhaps", n=n)
    return n


@app.task(ignore_result=LEAN)
def awaited(n):
    record("awaited", n=n)
    return n
