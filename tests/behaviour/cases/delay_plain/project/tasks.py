from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def add(x, y):
    record("added", x=x, y=y, total=x + y)
    return x + y
