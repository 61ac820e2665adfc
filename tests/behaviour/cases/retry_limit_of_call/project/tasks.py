from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, max_retries=5)
def fewer(self):
    record("fewer", n=self.request.retries)
    raise self.retry(max_retries=1, countdown=1)


@app.task(bind=True, max_retries=1)
def more(self):
    record("more", n=self.request.retries)
    raise self.retry(max_retries=4, countdown=1)


@app.task(bind=True, max_retries=None)
def unlimited(self):
    record("unlimited", n=self.request.retries)
    if self.request.retries < 5:
        raise self.retry(countdown=1)
