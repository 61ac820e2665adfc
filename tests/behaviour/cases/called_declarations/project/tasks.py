from celery import Celery
from trace import record
from work import count

app = Celery("tasks", broker="redis://localhost:6379/0")


def greet(name):
    record("greeted", name=name)


def fail():
    record("failed")
    raise OSError


greeting = app.task(greet)
counting = app.task(count, expires=60)
named = app.task(name="another greeting")(greet)
failing = app.task(fail, autoretry_for=(OSError,), max_retries=1, default_retry_delay=0)
