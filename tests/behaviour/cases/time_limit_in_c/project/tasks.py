import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(time_limit=1)
def hang():
    record("began")
    try:
        time.sleep(4)
        record("slept")
    finally:
        record("interrupted")
