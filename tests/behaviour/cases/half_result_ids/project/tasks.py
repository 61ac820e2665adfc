from celery import Celery
from celery.result import AsyncResult
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def plain(n):
    record("plain", n=n)
    return n


@app.task
def chunked(n):
    record("chunked", n=n)
    return n


@app.task(ignore_result=True)
def silent():
    record("silent")


def look(task_id):
    return AsyncResult(task_id).get(timeout=10)
