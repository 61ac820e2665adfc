from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(autoretry_for=(TimeoutError,), retry_backoff=2, max_retries=2)
def fetch(url):
    record("attempt", url=url)
    raise TimeoutError(url)
