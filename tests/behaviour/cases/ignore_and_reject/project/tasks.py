import redis
from celery import Celery
from celery.exceptions import Ignore, Reject
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
runs = redis.Redis.from_url("redis://localhost:6379/3")


@app.task
def duplicate(pk):
    record("duplicate", pk=pk)
    raise Ignore()


@app.task(acks_late=True, max_retries=0)
def poison(pk):
    record("poison", pk=pk)
    raise Reject("poisoned", requeue=False)


@app.task(acks_late=True, bind=True)
def twice(self, pk):
    run = runs.incr("twice")
    record("twice", pk=pk, run=run, retries=self.request.retries)
    if run < 3:
        raise Reject("not yet", requeue=True)
