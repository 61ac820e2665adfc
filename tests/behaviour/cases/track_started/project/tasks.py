import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task(track_started=True)
def work():
    record("began")
    time.sleep(3)
    return 1
