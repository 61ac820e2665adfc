import time

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(soft_time_limit=1)
def render(page):
    record("began", page=page)
    try:
        for _ in range(60):
            time.sleep(0.1)
        record("rendered", page=page)
    except SoftTimeLimitExceeded:
        record("cleaned up", page=page)


@app.task(soft_time_limit=30)
def quick(page):
    record("quick", page=page)
