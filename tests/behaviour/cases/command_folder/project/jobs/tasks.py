import os

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def work():
    record("ran", beside=os.path.exists("tasks.py"))
