from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task(ignore_result=True, store_errors_even_if_ignored=True)
def broken(n):
    record("broken", n=n)
    raise ValueError(n)
