import receivers
from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def moves():
    record("moves")


@app.task(delivery_mode=1)
def stays():
    record("stays")
    raise KeyError("stays")
