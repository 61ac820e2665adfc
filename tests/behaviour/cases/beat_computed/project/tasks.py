from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.beat_schedule = {f"every {n}": {"task": "tasks.tick", "schedule": n} for n in (2.0,)}


@app.task
def tick():
    record("tick")
