import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def render(page):
    record("began", page=page)
    try:
        for _ in range(60):
            time.sleep(0.1)
        record("rendered", page=page)
    except Exception:
        record("failed", page=page)
