from celery import Celery
from trace import record

app = Celery("tasks", broker="pyamqp://guest@localhost//")


@app.task
def plain():
    record("plain")


@app.task
def revoked(which):
    record("revoked", which=which)


@app.task
def asked(which):
    record("asked", which=which)
