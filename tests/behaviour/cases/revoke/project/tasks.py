import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def busy():
    record("busy")
    time.sleep(4)


@app.task
def run(which):
    record("ran", which=which)


@app.task
def collect(values):
    record("collected", values=values)
