import time
from decimal import Decimal

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


class Refused(Exception):
    def __init__(self, code, reason):
        super().__init__(code, reason)
        self.code = code


@app.task
def add(x, y):
    record("add", x=x, y=y)
    return x + y


@app.task
def nothing():
    record("nothing")


@app.task
def price():
    return {"price": Decimal("1.50"), "parts": (1, 2)}


@app.task
def refuse(code):
    record("refuse", code=code)
    raise Refused(code, "no")


@app.task
def divide(x, y):
    return x / y


@app.task
def slow(seconds):
    time.sleep(seconds)
    return "slow"


@app.task
def unwritable():
    return {1, 2}


@app.task(ignore_result=True)
def ignored():
    record("ignored")
    return 1


@app.task
def waits():
    try:
        return add.delay(1, 1).get(timeout=5)
    except RuntimeError:
        return "never within a task"
