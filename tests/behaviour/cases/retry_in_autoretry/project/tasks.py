from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, autoretry_for=(OSError,), default_retry_delay=1, max_retries=2)
def copy(self, path):
    record("copy", path=path, n=self.request.retries)
    if self.request.retries == 0:
        raise self.retry(countdown=1)
    if self.request.retries == 1:
        raise OSError("busy")
    record("copied", path=path)
