from celery import Celery, current_task
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def fetch(url):
    task_id = None
    if app.current_task:
        task_id = app.current_task.request.id
    record("fetched", url=url, has_id=task_id is not None and len(task_id) == 36)


@app.task(autoretry_for=(ValueError,), retry_kwargs={"max_retries": 1, "countdown": 1})
def store(url):
    run = current_task.request.retries if current_task else -1
    record("stored", run=run, args=list(current_task.request.args))
    if run == 0:
        raise ValueError
    fetch(url)


@app.task
def named():
    record("named", name=app.current_task.name)
