import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(time_limit=1)
def hang():
    record("began")
    try:
        for _ in range(60):
            time.sleep(0.1)
    finally:
        time.sleep(0.5)
        record("cleaned up")
