from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(priority=0)
def urgent(n):
    record("urgent", n=n)


@app.task(priority=9)
def bulk(n):
    record("bulk", n=n)
