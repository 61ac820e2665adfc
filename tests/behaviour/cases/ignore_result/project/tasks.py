from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task(ignore_result=True)
def ignored(n):
    record("ignored", n=n)
    return n


@app.task(ignore_result=False)
def kept(n):
    record("kept", n=n)
    return n
