import os

from celery import Celery
from trace import record

app = Celery("tasks", broker="pyamqp://guest@localhost//")
app.conf.task_default_queue = os.environ.get("QUEUE")


@app.task
def mail(to):
    record("mail", to=to)


@app.task
def audit(what):
    record("audit", what=what, queue=app.conf.task_default_queue)
