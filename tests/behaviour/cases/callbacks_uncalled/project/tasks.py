from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def index(pk, full=False):
    record("indexed", pk=pk, full=full)


@app.task
def notify(pk):
    record("notified", pk=pk)
