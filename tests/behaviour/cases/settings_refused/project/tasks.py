from celery import Celery
from kombu import Queue
from trace import record


class Annotate:
    def annotate(self, task):
        return {}

    def annotate_any(self):
        return {}


def route(name, args, kwargs, options, task=None, **other):
    return {"queue": "mail"}


app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.broker_read_url = "redis://localhost:6379/0"
app.conf.task_default_rate_limit = "1000/s"
app.conf.task_routes = (route,)
app.conf.task_annotations = [Annotate()]
app.conf.task_queues = [Queue("celery"), Queue("mail", queue_arguments={"x-expires": 60000})]
app.conf.beat_schedule = {"elsewhere": {"task": "elsewhere.task", "schedule": 3600.0}}
app.conf.beat_scheduler = "elsewhere.Scheduler"


@app.task
def one(n):
    record("one", n=n)
