import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
running = []


@app.task
def hold(n):
    running.append(n)
    record("began", n=n)
    time.sleep(1.5)
    record("saw", beside=len(running) - 1)
    running.remove(n)
