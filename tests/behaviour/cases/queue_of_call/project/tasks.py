from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def resize(n):
    record("resized", n=n)


@app.task(bind=True, max_retries=2)
def shrink(self, n):
    queue = self.request.delivery_info["routing_key"]
    record("shrunk", n=n, bulk=queue == "bulk", retries=self.request.retries)
    if n == 1 and self.request.retries == 0:
        raise self.retry(countdown=1)


@app.task(queue="elsewhere")
def home(n):
    record("home", n=n)


@app.task
def computed(n):
    record("computed", n=n)
