import time

from celery import Celery
from trace import record

app = Celery("tasks")
app.config_from_object("old")


@app.task
def slow():
    record("slow")
    try:
        for _ in range(30):
            time.sleep(0.1)
    except Exception:
        record("caught")
