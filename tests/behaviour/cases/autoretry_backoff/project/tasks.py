from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(
    bind=True,
    autoretry_for=(Exception,),
    retry_backoff=True,
    retry_backoff_max=3,
    retry_jitter=False,
    max_retries=3,
)
def fetch(self):
    record("attempt", n=self.request.retries)
    if self.request.retries < 3:
        raise ConnectionError("again")
    record("fetched")
