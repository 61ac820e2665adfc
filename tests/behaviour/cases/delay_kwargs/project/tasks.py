from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task()
def resize(path, width=800, *, height=None):
    record("resized", path=path, width=width, height=height)


@app.task()
def collect(*args, **kwargs):
    record("collected", args=args, kwargs=kwargs)
