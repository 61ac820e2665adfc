from celery import Celery
from celery.signals import task_prerun, task_received, task_success
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def add(x, y):
    record("add", x=x, y=y)
    return x + y


@task_received.connect
def received(request, **kwargs):
    record("received", name=request.name)


@task_prerun.connect
def starts(sender, **kwargs):
    record("starts", app=sender.app.main)


@task_success.connect(retry=True)
def succeeds(**kwargs):
    record("succeeds", result=kwargs["result"])
