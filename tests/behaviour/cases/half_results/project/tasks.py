import time

from celery import Celery
from celery.result import allow_join_result
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def plain(n):
    record("plain", n=n)
    return n


@app.task
def parent():
    record("parent")


@app.task(bind=True)
def watched(self):
    self.update_state(state="PROGRESS", meta={"half": True})
    time.sleep(1)  # so that somebody waits when it ends
    record("watched")


@app.task(bind=True)
def finished(self):
    self.update_state(state="FAILURE", meta={"exc_type": "KeyError", "exc_message": ["x"], "exc_module": "builtins"})
    record("finished")


@app.task
def waits():
    with allow_join_result():
        return plain.delay(2).get(timeout=10)


@app.task
def traced():
    record("traced")
