from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, max_retries=3, default_retry_delay=1)
def load(self, row):
    record("load", row=row, n=self.request.retries)
    try:
        value = int(row)
    except TypeError as error:
        raise self.retry(exc=error)
    record("loaded", value=value)
