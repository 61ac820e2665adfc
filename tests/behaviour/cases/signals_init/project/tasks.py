from celery import Celery, signals
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
state = {}


@signals.celeryd_init.connect
def configure(**kwargs):
    record("configured")


@signals.worker_init.connect
def init(sender=None, **kwargs):
    state["init"] = True
    record("init")


@app.task
def look():
    record("look", state=state)
