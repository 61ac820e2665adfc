import os
from datetime import timedelta

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.beat_schedule = {
    "tick": {"task": "tasks.tick", "schedule": 2.0, "args": ("clock",)},
    "sweep": {
        "task": "tasks.sweep",
        "schedule": timedelta(seconds=1),
        "kwargs": {"days": 7},
    },
}


@app.task
def tick(what):
    record("second tick" if os.path.exists("ticked") else "tick", what=what)
    open("ticked", "w").close()


@app.task
def sweep(days=1):
    record("swept", days=days)
