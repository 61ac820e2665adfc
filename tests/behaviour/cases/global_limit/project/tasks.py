import time

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.update(task_soft_time_limit=1)


def work(which, seconds):
    try:
        for _ in range(int(seconds * 10)):
            time.sleep(0.1)
        record("ended", which=which)
    except SoftTimeLimitExceeded:
        record("stopped", which=which)


@app.task
def limited(which, seconds):
    work(which, seconds)


@app.task(soft_time_limit=60)
def longer(which, seconds):
    work(which, seconds)


@app.task(soft_time_limit=None)
def unset(which, seconds):
    work(which, seconds)
