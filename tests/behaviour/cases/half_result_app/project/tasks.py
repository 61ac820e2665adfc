from celery import Celery
from celery.result import AsyncResult
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def plain(n):
    record("plain", n=n)
    return n


def name_of(something):
    return something.main


def look(task_id):
    return AsyncResult(task_id, backend=app.backend).get(timeout=10)
