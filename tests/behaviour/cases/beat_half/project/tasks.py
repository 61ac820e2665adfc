import os

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.beat_schedule = {
    "tick": {"task": "tasks.tick", "schedule": 2.0, "options": {"expires": 30}},
    "tock": {"task": "tasks.tock", "schedule": 2.0, "args": (os.path.basename("/a/home"),)},
}


@app.on_after_finalize.connect
def more(sender, **kwargs):
    sender.add_periodic_task(1.5, add.s(1, y=2), name="add")


@app.task
def tick():
    record("tick")


@app.task
def tock(where):
    record("tock", where=where)


@app.task
def add(x, y):
    record("added", sum=x + y)
