from celery import Celery
from trace import record

app = Celery("tasks", broker="pyamqp://guest@localhost//")


@app.task(priority=5)
def urgent(n):
    record("urgent", n=n)


@app.task(bind=True, autoretry_for=(OSError,), retry_kwargs={"countdown": 2}, max_retries=2)
def fetch(self, n):
    record("fetch", n=self.request.retries)
    if self.request.retries == 0:
        raise OSError
    if self.request.retries == 1:
        raise self.retry(countdown=1)
    urgent.delay(n)
