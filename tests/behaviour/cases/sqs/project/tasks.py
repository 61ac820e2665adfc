import os
import time

from celery import Celery
from trace import record

app = Celery(
    "tasks",
    broker=os.environ.get("QUEUES", "sqs://key:se%2Fcret@localhost:9324"),
    broker_transport_options={
        "region": "us-east-1",
        "queue_name_prefix": "shop-",
        "visibility_timeout": 6,
        "wait_time_seconds": 1,
    },
)


@app.task
def add(x, y):
    record("added", total=x + y)


@app.task(queue="mail.out")
def mail(to):
    record("mail", to=to)


@app.task
def bad():
    record("bad")
    raise ValueError("once")


@app.task(bind=True, max_retries=2)
def flaky(self):
    record("flaky", n=self.request.retries)
    if self.request.retries == 0:
        raise self.retry(countdown=1)


@app.task
def long():
    record("begun")
    for n in range(5):
        time.sleep(1.5)
        record("still", n=n)


@app.task
def grouped():
    record("grouped")
