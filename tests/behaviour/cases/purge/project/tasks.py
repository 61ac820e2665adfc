from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def fail():
    record("fail")
    raise ValueError


@app.task
def run(which):
    record("run", which=which)
