import os

from celery import Celery
from celery.schedules import crontab, schedule
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.timezone = os.environ.get("ZONE", "UTC")
app.conf.beat_schedule = {
    "own": {"task": "tasks.own", "schedule": schedule(3600, relative=True)},
    "zoned": {"task": "tasks.zoned", "schedule": crontab(hour=3)},
}


@app.task
def own():
    record("own")


@app.task
def zoned():
    record("zoned")


@app.task
def moves():
    record("moves")
