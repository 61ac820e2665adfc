import os

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
queue = os.environ.get("QUEUE")

if os.environ.get("DEBUG"):
    app.conf.task_default_queue = "development"
elif queue:
    app.conf.task_default_queue = queue


@app.task
def add(x, y):
    record("add", sum=x + y)
    return x + y


@app.task
def twice(x):
    record("twice", of=x)
    add.apply_async((x, x), countdown=1)
