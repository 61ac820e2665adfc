from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def plain(n):
    record("plain", n=n)


@app.task
def handed(n):
    record("handed", n=n)


@app.task
def spread(n):
    record("spread", n=n)


@app.task
def short_lived(n):
    record("short lived", n=n)


@app.task
def moment(n):
    record("moment", n=n)
