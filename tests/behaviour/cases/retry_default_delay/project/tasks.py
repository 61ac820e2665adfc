from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, default_retry_delay=3)
def poll(self, job):
    record("attempt", job=job, n=self.request.retries)
    if self.request.retries == 0:
        raise self.retry()
    record("done", job=job)
