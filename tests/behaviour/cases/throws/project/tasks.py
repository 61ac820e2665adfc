from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


class NotFound(LookupError):
    pass


@app.task(throws=(NotFound,))
def get(key):
    record("get", key=key)
    raise NotFound(key)


@app.task(throws=(NotFound, ValueError))
def parse(text):
    record("parse", text=text)
    return int(text)
