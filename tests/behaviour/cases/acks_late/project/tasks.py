from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(acks_late=True)
def good():
    record("good")


@app.task(acks_late=True, reject_on_worker_lost=True)
def bad():
    record("bad")
    raise ValueError("once")
