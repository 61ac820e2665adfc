from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def audit(n):
    record("audit", n=n)


@app.task(queue="mail")
def send(n):
    record("send", n=n)


@app.task(queue="slow")
def clean(n):
    record("clean", n=n)
