import functools

from celery import Celery, shared_task
from trace import record

app = Celery("jobs", broker="redis://localhost:6379/0", include=["tasks"])


def job(function):
    return app.task(acks_late=True)(function)


def retried(**options):
    def declare(function):
        return shared_task(
            autoretry_for=(OSError,), retry_kwargs={"countdown": 3, "max_retries": 2}, **options
        )(function)

    return declare


def logged(function):
    @app.task(ignore_result=True)
    @functools.wraps(function)
    def inner(*args, **kwargs):
        record("before", of=function.__name__)
        return function(*args, **kwargs)

    return inner


def task(*args, **kwargs):
    return app.task(*args, **kwargs)
