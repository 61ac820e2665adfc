import time

from celery import Celery
from trace import record

app = Celery("tasks")
app.config_from_object("celeryconfig")


@app.task
def ring(bell):
    record("ring", bell=bell)
    slow.delay(bell)


@app.task
def slow(bell):
    record("slow", bell=bell)
    for _ in range(20):
        time.sleep(0.1)
    record("slept", bell=bell)
