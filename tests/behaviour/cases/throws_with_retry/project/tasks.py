from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(
    throws=(KeyError,),
    autoretry_for=(KeyError,),
    retry_kwargs={"max_retries": 1, "countdown": 1},
)
def get(key):
    record("get", key=key)
    raise KeyError(key)
