from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.update(
    s3_bucket="results",
    broker_connection_timeout=10,
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_acks_on_failure_or_timeout=False,
    task_compression="gzip",
    task_send_sent_event=False,
    worker_log_format="%(levelname)s %(message)s",
    worker_lost_wait=30,
    worker_concurrency=2,
    worker_prefetch_multiplier=1,
    task_default_rate_limit=None,
    task_ignore_result=False,
)


@app.task
def one(n):
    record("one", n=n)
    two.delay(n)


@app.task
def two(n):
    record("two", n=n)
