from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.task_default_queue = "low"
app.conf.task_routes = {"tasks.urgent": {"queue": "high"}}


@app.task
def urgent(n):
    record("urgent", n=n)
    slow.delay(n)


@app.task
def slow(n):
    record("slow", n=n)
