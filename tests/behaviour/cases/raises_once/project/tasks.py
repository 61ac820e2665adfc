from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def broken(order_id):
    record("broken", order_id=order_id)
    raise ValueError(order_id)


@app.task(max_retries=5, default_retry_delay=1)
def limited(order_id):
    record("limited", order_id=order_id)
    return {}["missing"]


@app.task
def exits():
    record("exits")
    raise SystemError("not an exit")
