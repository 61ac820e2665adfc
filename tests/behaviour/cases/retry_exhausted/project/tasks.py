from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, max_retries=2, default_retry_delay=1)
def with_error(self):
    record("with error", n=self.request.retries)
    try:
        raise KeyError("gone")
    except KeyError as error:
        raise self.retry(exc=error)


@app.task(bind=True, max_retries=2, default_retry_delay=1)
def without_error(self):
    record("without error", n=self.request.retries)
    raise self.retry()


@app.task(bind=True, max_retries=1, default_retry_delay=1)
def sees_error(self):
    record("sees", n=self.request.retries)
    try:
        raise self.retry(exc=ValueError("full"))
    except ValueError:
        raise
