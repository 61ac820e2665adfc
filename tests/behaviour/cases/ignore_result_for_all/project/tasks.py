from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")

app.conf.task_ignore_result = True
app.conf.result_expires = 3600
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    task_track_started=False,
)


@app.task
def ignored(n):
    record("ignored", n=n)
    return n


@app.task(ignore_result=False)
def kept(n):
    record("kept", n=n)
    return n
