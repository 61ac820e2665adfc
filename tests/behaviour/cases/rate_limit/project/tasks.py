from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task(rate_limit="30/m")
def slow(n):
    record("slow", n=n)
    return n


@app.task(rate_limit="5/s", bind=True, max_retries=1)
def quick(self, n):
    record("quick", n=n)
    if n == 5 and self.request.retries == 0:
        raise self.retry(countdown=0)


@app.task(rate_limit=None)
def other():
    record("other")
