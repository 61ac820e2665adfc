from celery import Celery
from celery.exceptions import MaxRetriesExceededError
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, max_retries=1, default_retry_delay=1)
def imported(self, job):
    record("imported", n=self.request.retries)
    try:
        raise self.retry()
    except MaxRetriesExceededError:
        record("imported gave up", job=job)


@app.task(bind=True, max_retries=1)
def attribute(self, job):
    record("attribute", n=self.request.retries)
    try:
        self.retry(countdown=1)
    except self.MaxRetriesExceededError:
        record("attribute gave up", job=job)


@app.task(bind=True, max_retries=0)
def never(self):
    record("never", n=self.request.retries)
    try:
        self.retry(countdown=1)
    except MaxRetriesExceededError as error:
        record("never gave up", error=type(error).__name__)
