from celery import Celery
from celery.exceptions import Reject
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def plain(pk):
    record("plain", pk=pk)


@app.task
def poison(pk):
    record("poison", pk=pk)
    raise Reject("poisoned", requeue=True)
