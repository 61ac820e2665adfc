from celery import Celery
from celery.exceptions import Ignore
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def duplicate(n):
    record("duplicate", n=n)
    raise Ignore()
