import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.task_time_limit = 2


@app.task(time_limit=1)
def hang(n):
    record("began", n=n)
    for _ in range(60):
        time.sleep(0.1)
    record("ended", n=n)


@app.task
def after():
    record("after")


@app.task(
    autoretry_for=(Exception,),
    dont_autoretry_for=(KeyError,),
    retry_kwargs={"countdown": 0},
    time_limit=1,
)
def retried():
    record("retried")
    for _ in range(60):
        time.sleep(0.1)


@app.task(autoretry_for=(Exception,), retry_kwargs={"countdown": 0})
def limited():
    record("limited")
    for _ in range(60):
        time.sleep(0.1)
