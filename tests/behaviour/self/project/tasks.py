import time

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def subtract(x, y):
    record("difference", value=x - y)


@app.task
def fail():
    record("failing")
    raise ValueError("once")


@app.task
def later():
    record("later ran")


@app.task(queue="mail")
def mail(to):
    record("mail", to=to)


@app.task(soft_time_limit=1)
def long():
    try:
        for _ in range(30):
            time.sleep(0.1)
        record("long ended")
    except SoftTimeLimitExceeded:
        record("long stopped")


@app.task(bind=True, max_retries=1)
def flaky(self):
    record("attempt", n=self.request.retries)
    raise self.retry(countdown=3, exc=ValueError("again"))


@app.task
def first():
    record("first")
    second.delay()


@app.task
def second():
    record("second")


@app.task
def audit():
    record("audited")
