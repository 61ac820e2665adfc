from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, max_retries=3)
def charge(self, amount):
    record("charge attempt", n=self.request.retries, amount=amount)
    try:
        gateway(self.request.retries)
    except ConnectionError as error:
        raise self.retry(exc=error, countdown=1)
    record("charged", amount=amount)


@app.task(bind=True, max_retries=3)
def refund(self, amount):
    record("refund attempt", n=self.request.retries, amount=amount)
    try:
        gateway(self.request.retries)
    except ConnectionError as error:
        self.retry(exc=error, countdown=1)
        record("never reached")


def gateway(attempt):
    if attempt < 1:
        raise ConnectionError("refused")
