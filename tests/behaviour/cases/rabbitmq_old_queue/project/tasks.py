from celery import Celery
from trace import record

app = Celery("tasks", broker="pyamqp://guest@localhost//")


@app.task(queue="mail")
def mail(to):
    record("mail", to=to)


@app.task
def audit(what):
    record("audit", what=what)
