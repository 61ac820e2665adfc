from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.worker_max_tasks_per_child = 1
left = []


@app.task
def work():
    record("ran", before=len(left))
    left.append("something")
