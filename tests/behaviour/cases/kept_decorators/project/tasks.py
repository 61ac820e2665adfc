from celery import Celery, shared_task
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", include=["other"])

job = app.task(bind=True, max_retries=2)
retried = shared_task(autoretry_for=(OSError,), retry_kwargs={"max_retries": 1, "countdown": 0})
plain = app.task(expires=60)
task = app.task


@job
def first(self):
    record("first", n=self.request.retries, name=self.name)
    raise self.retry(countdown=3)


@job
def second(self, number):
    record("second", number=number, n=self.request.retries)
    raise ValueError(number)


@retried
def third(number):
    record("third", number=number)
    raise OSError


@plain
def fourth(number):
    record("fourth", number=number)


@task(ignore_result=True)
def seventh():
    record("seventh", name=seventh.name)
