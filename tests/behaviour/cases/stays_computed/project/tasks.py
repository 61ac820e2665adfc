import os

from celery import Celery
from trace import record

app = Celery("tasks", backend="cache+memory://")
os.environ.setdefault("SOMETHING", "that may matter")
app.conf.broker_url = os.environ["BROKER"]
app.conf.task_ignore_result = bool(os.environ.get("IGNORE"))
if app.conf.broker_url:
    app.conf.task_time_limit = 60


def get_app():
    same = app
    return same


@app.task
def one(n):
    record("one", n=n)
    two.delay(n)


@app.task
def two(n):
    record("two", n=n, app=get_app().main)
