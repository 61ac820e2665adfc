from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True)
def fetch(self, url):
    record("attempt", url=url, n=self.request.retries)
    if self.request.retries < 2:
        raise self.retry(countdown=3)
    record("fetched", url=url)
