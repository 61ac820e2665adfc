from celery import Celery
from celery.exceptions import Ignore, Reject
from trace import record

from hooks import Closed, Recorded

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(base=Closed)
def add(x, y=0):
    record("add", x=x, y=y)
    return x + y


@app.task(base=Closed)
def fails(x):
    record("raise", x=x)
    raise KeyError(x)


@app.task(base=Recorded, autoretry_for=(ValueError,), retry_kwargs={"max_retries": 1, "countdown": 0})
def tries(x):
    record("tries", x=x)
    raise ValueError(x)


@app.task(bind=True, base=Closed, max_retries=1)
def asks(self, x):
    record("asks", x=x, n=self.request.retries)
    try:
        raise OSError(x)
    except OSError as error:
        raise self.retry(exc=error, countdown=0)


@app.task(bind=True, base=Closed, max_retries=1)
def waits(self):
    record("waits", n=self.request.retries)
    if not self.request.retries:
        raise self.retry(countdown=0)


@app.task(base=Closed)
def ignores():
    record("ignores")
    raise Ignore()


@app.task(base=Closed, acks_late=True)
def rejects():
    record("rejects")
    raise Reject("no", requeue=False)


@app.task
def plain():
    record("plain", direct=add(5))
