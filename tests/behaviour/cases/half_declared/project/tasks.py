import os
from datetime import datetime

from celery import Celery, Task
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.task_soft_time_limit = 60
PUBLIC = []
TIMES = int(os.environ.get("TIMES", "1"))


def public(task):
    PUBLIC.append(task.name)
    return task


def declare():
    @app.task(name="tasks.inner")
    def inner():
        record("inner")

    return inner


class Hooked(Task):
    def on_success(self, retval, task_id, args, kwargs):
        record("hook", got=retval, app=self.app.main)


class Registered(Task):
    name = "tasks.registered"

    def __init__(self, start):
        self.start = start

    def run(self, n):
        record("registered", n=self.start + n, name=self.name)


class Started(Task):
    def run(self):
        record("started")

    def before_start(self, task_id, args, kwargs):
        record("hook", got=args, app=self.app.main)


class Announced(Task):
    name = "tasks.announced"

    def run(self):
        record("announced")


def job(function):
    return app.task(name=f"tasks.{function.__name__}")(function)


class Job:
    def __call__(self, function):
        return app.task(acks_late=True)(function)


class Maker:
    def __call__(self, function):
        return app.task()(function)


class Jobs:
    def job(self, function):
        return app.task(function)


def conditional(function):
    if not PUBLIC:
        return app.task(function)
    return app.task(acks_late=True)(function)


def numbered(self, number):
    record("numbered", number=number, name=self.name)


def unseen():
    record("unseen")


inner = declare()
jobs = Jobs()
registered = app.register_task(Registered(1))
started = app.register_task(Started())
announced = app.register_task(Announced())
made = app.task(numbered, bind=True)
kept = app.task(name="tasks.kept")
hidden = [Maker()][0](unseen)


@job
def wrapped():
    record("wrapped")


@app.task
def plain():
    record("plain", public=PUBLIC)


@app.task(queue="mail:low")
def queued():
    record("queued")


@public
@app.task
def listed():
    record("listed")


@app.task
async def coroutine():
    record("nobody awaits this")


RETRY = {key: 0 for key in ("max_retries", "countdown")}


@app.task(autoretry_for=(OSError,), retry_kwargs=RETRY)
def computed():
    record("computed")


@app.task(bind=True, autoretry_for=(OSError,), retry_kwargs={"max_retries": 0}, max_retries=1)
def two_limits(self):
    record("two limits", n=self.request.retries)
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    raise OSError


@app.task(expires=datetime(2999, 1, 1))
def until():
    record("until")


@app.task(delivery_mode=1)
def transient():
    record("transient")


RATE = 100


@app.task(rate_limit=f"{RATE}/s")
def limited():
    record("limited")


@app.task(base=Hooked)
def hooked():
    return 1


@Job()
def classed():
    record("classed")


@jobs.job
def by_method():
    record("by method")


@conditional
def by_condition():
    record("by condition")


@kept
def renamed():
    record("renamed")


@app.task(time_limit=60 + TIMES)
def timed():
    record("timed")
