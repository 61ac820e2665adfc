from celery import Celery
from trace import record

app = Celery("tasks", broker="pyamqp://guest@localhost//")
app.conf.task_queue_max_priority = 5


@app.task
def add(x, y):
    record("added", total=x + y)


@app.task(queue="mail")
def mail(to):
    record("mail", to=to)


@app.task
def bad():
    record("bad")
    raise ValueError("once")


@app.task(bind=True, max_retries=2)
def flaky(self):
    record("flaky", n=self.request.retries)
    if self.request.retries == 0:
        raise self.retry(countdown=1)
