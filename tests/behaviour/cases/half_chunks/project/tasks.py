from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def scale(n, factor):
    record("scaled", n=n * factor)


@app.task
def notify(to):
    record("notified", to=to)


@app.task(bind=True, max_retries=1, default_retry_delay=1)
def flaky(self):
    record("flaky", n=self.request.retries)
    if self.request.retries == 0:
        raise self.retry()
