from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def show(value):
    record("value", type=type(value).__name__, text=str(value))
