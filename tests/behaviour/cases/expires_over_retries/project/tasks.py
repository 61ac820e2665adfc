from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, expires=2, max_retries=1)
def retried(self):
    record("ran", n=self.request.retries)
    raise self.retry(countdown=4)


@app.task(bind=True, max_retries=1)
def sent_with(self):
    record("sent with", n=self.request.retries)
    raise self.retry(countdown=4)


@app.task(bind=True, expires=30, max_retries=1)
def patient(self):
    record("patient", n=self.request.retries)
    if self.request.retries == 0:
        raise self.retry(countdown=3)
