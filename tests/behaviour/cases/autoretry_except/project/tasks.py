from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


class Refused(ConnectionError):
    pass


@app.task(
    autoretry_for=(ConnectionError,),
    dont_autoretry_for=(Refused,),
    retry_kwargs={"max_retries": 2, "countdown": 1},
)
def call(kind):
    record("call", kind=kind)
    raise Refused(kind) if kind == "refused" else ConnectionError(kind)
