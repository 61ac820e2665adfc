import time

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")
app.conf.task_track_started = True


@app.task(bind=True)
def count(self, to):
    for n in range(to):
        self.update_state(state="PROGRESS", meta={"done": n, "of": to})
        time.sleep(0.2)
    time.sleep(2)
    return {"done": to}


@app.task(bind=True, max_retries=1)
def again(self):
    if self.request.retries == 0:
        raise self.retry(exc=KeyError("first"), countdown=3)
    record("again")
    return "second"


@app.task(bind=True)
def fail(self):
    self.update_state(state="PROGRESS", meta={"done": 0})
    raise ValueError("too bad", self.AsyncResult(self.request.id).state)
