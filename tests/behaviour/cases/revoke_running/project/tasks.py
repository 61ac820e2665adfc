import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task(autoretry_for=(Exception,))
def work():
    record("began")
    try:
        for _ in range(100):
            time.sleep(0.1)
        record("finished")
    except Exception:
        record("caught")
    finally:
        record("finally")


@app.task
def short():
    record("short")
