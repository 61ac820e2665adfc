import time

from celery import Celery
from celery.signals import worker_ready
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
seen = []


@worker_ready.connect
def at_start(sender, **kwargs):
    seen.append("ready")
    record("ready")
    first.delay()


@app.task
def first():
    record("first")


@app.task
def look():
    record("look", seen=seen)
