from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
BASE = 2


@app.task(bind=True, max_retries=3)
def sync(self):
    record("attempt", n=self.request.retries)
    try:
        raise OSError("down")
    except OSError as error:
        raise self.retry(exc=error, countdown=BASE**self.request.retries)
