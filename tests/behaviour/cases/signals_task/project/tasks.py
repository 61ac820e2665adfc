import receivers
from celery import Celery, Task
from celery.exceptions import Ignore
from celery.signals import task_success
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


class Hooked(Task):
    def before_start(self, task_id, args, kwargs):
        record("before")

    def on_success(self, retval, task_id, args, kwargs):
        record("on success")

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        record("after return")


@app.task(base=Hooked)
def add(x, y):
    record("add", x=x, y=y)
    return x + y


@app.task
def fails(x):
    raise KeyError(x)


@app.task(autoretry_for=(ValueError,), retry_kwargs={"max_retries": 1, "countdown": 0})
def tries(x):
    raise ValueError(x)


@app.task(bind=True, max_retries=1)
def asks(self):
    if self.request.retries == 0:
        raise self.retry(exc=OSError("asked"), countdown=0)
    return "done"


@app.task
def other():
    record("other")


@app.task
def late():
    record("late")


@app.task
def ignores():
    raise Ignore()


@task_success.connect(sender=other)
def only(sender, **kwargs):
    record("only", name=sender.name)
