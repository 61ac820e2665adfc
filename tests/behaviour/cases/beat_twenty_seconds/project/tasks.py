import os

from celery import Celery
from celery.schedules import schedule
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.beat_schedule = {"tick": {"task": "tasks.tick", "schedule": schedule(5)}}


@app.task
def tick():
    runs = len([name for name in os.listdir(".") if name.startswith("run")]) + 1
    if runs <= 4:
        open(f"run{runs}", "w").close()
        record("tick", n=runs)
