import bases
from bases import Asking, Flaky, Limited, Retrying, wait
from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, base=Retrying)
def first(self):
    record("retries", name=self.name, n=self.request.retries)
    raise Flaky("first")


@app.task(bind=True, base=bases.Limited)
def second(self):
    record("retries", name=self.name, n=self.request.retries)
    raise OSError("second")


@app.task(bind=True, base=Limited, autoretry_for=(LookupError,))
def third(self):
    record("retries", name=self.name, n=self.request.retries)
    raise LookupError("third")


@app.task(bind=True, base=Asking)
def asks(self):
    record("asks", n=self.request.retries)
    raise self.retry()


@app.task(base=Asking)
def slow():
    record("slow")
    wait(5)
