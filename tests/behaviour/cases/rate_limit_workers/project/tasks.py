from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.worker_prefetch_multiplier = 1


@app.task(rate_limit="20/m")
def slow():
    record("slow")
