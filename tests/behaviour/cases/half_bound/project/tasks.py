from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True)
def plain(self):
    record("plain", n=self.request.retries)


@app.task(bind=True)
def again(self, n):
    record("again", n=n)
    if n:
        raise self.retry(args=(n - 1,), countdown=0)


@app.task(bind=True)
def starred(*args):
    record("starred", n=args[1])


@app.task(bind=True)
def same_name(self, same_name):
    record("same name", value=same_name, id=len(self.request.id))


@app.task(bind=True)
def delivered(self):
    record("delivered", info=self.request.delivery_info["redelivered"])


@app.task(bind=True)
def limits(self):
    self.max_retries = 1
    record("limits", n=self.request.retries)
    if self.request.retries < 1:
        raise self.retry(countdown=0)


@app.task(bind=True, max_retries=1)
def caught(self):
    record("caught", n=self.request.retries)
    try:
        raise self.retry(countdown=0)
    except Exception:
        record("went on", n=self.request.retries)


@app.task(bind=True)
def asked(self):
    record("asked", host=bool(self.request.get("hostname")))


@app.task(bind=len("computed") > 3)
def perhaps(self):
    record("perhaps", name=self.name)


@app.task(bind=True)
def handed(self):
    record("handed", host=bool(getattr(self.request, "hostname")))
