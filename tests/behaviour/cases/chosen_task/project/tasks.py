from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def one(number):
    record("one", number=number)


@app.task
def two(number):
    record("two", number=number)


@app.task
def three(number):
    record("three", number=number)
