import os

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
LIMIT = int(os.environ.get("LIMIT", "1"))
WAIT = {2: 3}


@app.task(bind=True)
def again(self, n, by="drive"):
    request = self.request
    own = request.id == self.request.get("id") and not request.called_directly
    record("ran", n=n, by=by, own=own, kwargs=request.get("kwargs"))
    if n == 0:
        self.delay(1, by="delay")
    elif n == 1:
        self.apply_async((2,), {"by": "apply_async"}, countdown=WAIT.get(n + 1))
    elif n == 2:
        self.apply_async(args=[3], countdown=WAIT.get(n + 1))


@app.task(bind=True, max_retries=LIMIT)
def limited(self):
    record("limited", retries=self.request.retries, limit=self.max_retries)
    if self.request.retries < self.max_retries:
        raise self.retry(countdown=0)
    record("last")
