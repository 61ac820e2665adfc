from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(autoretry_for=(ConnectionError,), retry_kwargs={"max_retries": 2, "countdown": 2})
def fetch(url):
    record("attempt", url=url)
    raise ConnectionError(url)


@app.task(autoretry_for=(ConnectionError, OSError), retry_kwargs={"max_retries": 2, "countdown": 1})
def other_error():
    record("other error")
    raise ValueError("not retried")


@app.task(autoretry_for=(OSError,), max_retries=1, retry_kwargs={"max_retries": None, "countdown": 0})
def none_given():
    record("none given")
    raise OSError
