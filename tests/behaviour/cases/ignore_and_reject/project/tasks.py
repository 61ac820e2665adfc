from celery import Celery
from celery.exceptions import Ignore, Reject
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def duplicate(pk):
    record("duplicate", pk=pk)
    raise Ignore()


@app.task(acks_late=True)
def poison(pk):
    record("poison", pk=pk)
    raise Reject("poisoned", requeue=False)
