import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(time_limit=1)
def hang(n):
    record("began", n=n)
    for _ in range(60):
        time.sleep(0.1)
    record("ended", n=n)


@app.task
def after():
    record("after")
