import time

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def plain(n):
    record("plain", n=n)


@app.task
def handed(n):
    record("handed", n=n)


@app.task
def spread(n):
    record("spread", n=n)


@app.task
def short_lived(n):
    record("short lived", n=n)


@app.task
def moment(n):
    record("moment", n=n)


@app.task(soft_time_limit=1)
def twice(n):
    try:
        record("twice", n=n)
        for _ in range(60):
            time.sleep(0.1)
    except SoftTimeLimitExceeded:
        record("stopped", n=n)


@app.task(autoretry_for=(Exception,))
def again(n):
    record("again", n=n)


@app.task
def ranked(n):
    record("ranked", n=n)


@app.task
def compressed(n):
    record("compressed", n=n)


@app.task
def routed(n):
    record("routed", n=n)
