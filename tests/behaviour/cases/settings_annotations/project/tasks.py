from celery import Celery
from kombu import Exchange, Queue
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.task_queues = [Queue("celery"), Queue("slow", Exchange("slow"), routing_key="slow")]
app.conf.task_routes = {"tasks.s*": "slow"}
app.conf.task_annotations = {
    "tasks.failing": {"max_retries": 4, "default_retry_delay": 0},
    "*": {"max_retries": 1},  # is set last, whatever stands first here
}


@app.task(bind=True, max_retries=5)
def failing(self):
    record("failing", retries=self.request.retries)
    try:
        raise KeyError("missing")
    except KeyError as error:
        raise self.retry(exc=error)


@app.task
def slow():
    record("slow")


@app.task
def quick():
    record("quick")
