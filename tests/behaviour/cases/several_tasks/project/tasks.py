from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def north(n):
    record("north", n=n)


@app.task
def south(n):
    record("south", n=n)


@app.task
def stays(n):
    record("stays", n=n)


@app.task
def tied(n):
    record("tied", n=n)
