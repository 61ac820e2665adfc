from celery import Celery
from celery.result import AsyncResult
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def divide(x, y):
    record("divide", y=y)
    return x / y


@app.task(bind=True, max_retries=1)
def stubborn(self):
    record("stubborn", n=self.request.retries)
    raise self.retry(exc=OSError("no"), countdown=1)


@app.task
def failed(task_id):
    result = AsyncResult(task_id)
    record("failed", state=result.state, kind=type(result.result).__name__)


@app.task(bind=True)
def bound(self, task_id):
    record("bound", state=AsyncResult(task_id).state)


@app.task
def cleanup(job, hard=False):
    record("cleanup", job=job, hard=hard)


@app.task
def after(value):
    record("after", value=value)
