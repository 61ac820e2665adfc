import time

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, soft_time_limit=1, max_retries=1)
def render(self, page):
    record("began", page=page, n=self.request.retries)
    try:
        for _ in range(60):
            time.sleep(0.1)
    except SoftTimeLimitExceeded as error:
        record("too slow", page=page)
        raise self.retry(exc=error, countdown=1)
